/** What a cluster's controllers and kubelets would write of workloads whose pods are network namespaces. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeName, Place } from '../interception/network.ts';
import { NODE_ADDRESSES } from '../interception/service-objects.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';

/** Names of Node objects, as the hub's certificates have them. */
export const NODE_NAMES: Readonly<Record<NodeName, string>> = { nodeA: 'node-a', nodeB: 'node-b' };
export const NAMESPACE = 'shop';
const HASH = '5d4f9c6b7d';
const PORT = 80;

export interface PodObject {
  readonly name: string;
  readonly uid: string;
  readonly node: NodeName;
  readonly place: Place;
}

export async function writeNodes(api: ApiServer): Promise<void> {
  for (const [node, name] of Object.entries(NODE_NAMES)) {
    await api.request('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } });
    const addresses = [{ type: 'InternalIP', address: NODE_ADDRESSES[node as NodeName] }];
    const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }];
    await api.request('PATCH', `/api/v1/nodes/${name}/status`, { status: { addresses, conditions } });
  }
}

export async function writeNamespace(api: ApiServer, name: string): Promise<void> {
  await api.request('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
}

const templateOf = (name: string, nodeName?: string): object => ({
  ...(nodeName === undefined ? {} : { nodeName }),
  containers: [{ name, image: name, ports: [{ name: 'http', containerPort: PORT }] }],
});

interface Seat {
  readonly node: NodeName;
  readonly place: Place;
}

/** A Deployment, its ReplicaSet and its pods, which run and are ready. A pod is named after its namespace of the network. */
export async function writeDeployment(
  api: ApiServer,
  name: string,
  seats: readonly Seat[],
): Promise<readonly PodObject[]> {
  const apps = `/apis/apps/v1/namespaces/${NAMESPACE}`;
  const labels = { app: name, 'pod-template-hash': HASH };
  const spec = (of: object): object => ({
    selector: { matchLabels: of },
    template: { metadata: { labels: of }, spec: templateOf(name) },
  });
  const deployment = await api.request('POST', `${apps}/deployments`, {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels: { app: name } } },
    spec: spec({ app: name }),
  });
  const set = await api.request('POST', `${apps}/replicasets`, {
    ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
    metadata: {
      ...{ name: `${name}-${HASH}`, labels },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: deployment.metadata.uid, controller: true },
      ],
    },
    spec: spec(labels),
  });
  const pods: PodObject[] = [];
  for (const seat of seats) pods.push(await writePod(api, name, set.metadata.uid, seat));
  return pods;
}

async function writePod(
  api: ApiServer,
  of: string,
  setUid: string,
  { node, place }: Seat,
): Promise<PodObject> {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods`;
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${of}-${HASH}`, uid: setUid };
  const { metadata } = await api.request('POST', path, {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name: place.name, labels: { app: of, 'pod-template-hash': HASH } },
      ownerReferences: [{ ...owner, controller: true }],
    },
    spec: templateOf(of, NODE_NAMES[node]),
  });
  await api.request('PATCH', `${path}/${place.name}/status`, {
    status: {
      ...{ phase: 'Running', podIP: place.ipv4, podIPs: [{ ip: place.ipv4 }, { ip: place.ipv6 }] },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });
  return { name: place.name, uid: metadata.uid, node, place };
}

/** With its EndpointSlice. */
export async function writeService(
  api: ApiServer,
  name: string,
  clusterIP: string,
  pods: readonly PodObject[],
): Promise<void> {
  const port = { name: 'http', protocol: 'TCP', port: PORT };
  await api.request('POST', `/api/v1/namespaces/${NAMESPACE}/services`, {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name } },
    spec: { clusterIP, selector: { app: name }, ports: [{ ...port, targetPort: PORT }] },
  });
  await api.request('POST', `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`, {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: { name: `${name}-x7k2q`, labels: { 'kubernetes.io/service-name': name } },
    ports: [port],
    endpoints: pods.map((pod) => ({
      ...{ addresses: [pod.place.ipv4], nodeName: NODE_NAMES[pod.node] },
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', namespace: NAMESPACE, name: pod.name, uid: pod.uid },
    })),
  });
}

/** A folder by which nodes find the network namespaces of pods. */
export class NamespaceLinks {
  readonly folder: string;

  constructor(directory: string) {
    this.folder = join(directory, 'namespaces');
    mkdirSync(this.folder, { recursive: true });
  }

  add({ uid, place }: PodObject): void {
    symlinkSync(place.path, join(this.folder, uid));
  }

  remove({ uid }: PodObject): void {
    rmSync(join(this.folder, uid));
  }
}
