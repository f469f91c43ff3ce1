/** Namespaces, Nodes, Services, EndpointSlices and Pods that run, as a cluster's controllers and kubelets would make them. */
import type { ApiRequests } from './api-requests.ts';

/** Requests under way at once: more of them do not make the server faster. */
const CONCURRENCY = 32;
const PODS_PER_NODE = 110;

export interface WorkloadCounts {
  readonly namespaces: number;
  readonly nodes: number;
  /** Spread over the namespaces. */
  readonly services: number;
  /** Spread over the Services; those of a Service are of one Deployment. */
  readonly pods: number;
}

export interface WorkloadOptions {
  /** Of all that it makes; two that are there at once must differ. */
  readonly prefix?: string;
  /** Of each Service. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface FakePod {
  readonly namespace: string;
  readonly name: string;
  /** Name of its Service and of its Deployment. */
  readonly service: string;
  readonly node: string;
  readonly address: string;
}

export interface FakeWorkloads {
  readonly namespaces: readonly string[];
  readonly nodes: readonly string[];
  readonly services: readonly { readonly namespace: string; readonly name: string }[];
  readonly pods: readonly FakePod[];
}

const PORT = 8080;
/** As a ReplicaSet's hash of its template looks. */
const TEMPLATE_HASH = '5d4f9c6b7d';
const suffix = (index: number): string => index.toString(36).padStart(5, '0');
const range = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Names alone: nothing is written. @throws RangeError for more pods than fit the network 10.128.0.0/9 or the nodes */
export function planWorkloads(counts: WorkloadCounts, prefix = 'bulk'): FakeWorkloads {
  if (counts.pods > counts.nodes * PODS_PER_NODE) throw new RangeError(`${counts.nodes} nodes are too few`);
  const namespaces = range(counts.namespaces, (index) => `${prefix}-${index}`);
  const nodes = range(counts.nodes, (index) => `${prefix}-node-${index}`);
  const services = range(counts.services, (index) => ({
    namespace: namespaces[index % namespaces.length] ?? '',
    name: `shop-${index}`,
  }));
  const pods = range(counts.pods, (index) => {
    const { namespace = '', name = '' } = services[index % services.length] ?? {};
    return {
      namespace,
      name: `${name}-${TEMPLATE_HASH}-${suffix(index)}`,
      service: name,
      node: nodes[index % nodes.length] ?? '',
      address: `10.${128 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
    };
  });
  return { namespaces, nodes, services, pods };
}

/** Five thousand pods and a thousand Services take about eight seconds. */
export async function fakeWorkloads(
  api: ApiRequests,
  counts: WorkloadCounts,
  { prefix, annotations = {} }: WorkloadOptions = {},
): Promise<FakeWorkloads> {
  const planned = planWorkloads(counts, prefix);
  const { namespaces, nodes, services, pods } = planned;
  await inParallel(namespaces, (name) =>
    api.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  );
  await inParallel(nodes, (name, index) => writeNode(api, name, index));
  const owners = new Map<string, string>();
  const podsOf = Map.groupBy(pods, ({ namespace, service }) => `${namespace}/${service}`);
  await inParallel(services, async ({ namespace, name }) => {
    const owner = await writeReplicaSet(api, namespace, name);
    owners.set(`${namespace}/${name}`, owner);
    await writeService(api, namespace, name, annotations);
  });
  await inParallel(pods, (pod) => writePod(api, pod, owners.get(`${pod.namespace}/${pod.service}`) ?? ''));
  await inParallel(services, ({ namespace, name }) =>
    writeSlice(api, namespace, name, podsOf.get(`${namespace}/${name}`) ?? []),
  );
  return planned;
}

async function inParallel<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  const entries = items.entries();
  await Promise.all(
    range(CONCURRENCY, async () => {
      for (const [index, item] of entries) await work(item, index);
    }),
  );
}

async function writeNode(api: ApiRequests, name: string, index: number): Promise<void> {
  const address = `10.0.${index >> 8}.${index & 255}`;
  await api.request('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  await api.request('PATCH', `/api/v1/nodes/${name}/status`, {
    status: {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
    },
  });
}

/** Owned by a Deployment that is not there: nobody asks for it but by name. @returns its UID */
async function writeReplicaSet(api: ApiRequests, namespace: string, service: string): Promise<string> {
  const labels = { app: service, 'pod-template-hash': TEMPLATE_HASH };
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: service, uid: crypto.randomUUID() };
  const { metadata } = await api.request('POST', `/apis/apps/v1/namespaces/${namespace}/replicasets`, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      ...{ name: `${service}-${TEMPLATE_HASH}`, labels },
      ownerReferences: [{ ...deployment, controller: true }],
    },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec('') } },
  });
  return metadata.uid;
}

const podSpec = (nodeName: string): object => ({
  ...(nodeName === '' ? {} : { nodeName }),
  containers: [{ name: 'shop', image: 'shop', ports: [{ name: 'http', containerPort: PORT }] }],
});

function writeService(
  api: ApiRequests,
  namespace: string,
  name: string,
  annotations: Readonly<Record<string, string>>,
): Promise<unknown> {
  return api.request('POST', `/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, annotations },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  });
}

/** Running and ready. */
async function writePod(api: ApiRequests, pod: FakePod, ownerUid: string): Promise<void> {
  const path = `/api/v1/namespaces/${pod.namespace}/pods`;
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${pod.service}-${TEMPLATE_HASH}` };
  await api.request('POST', path, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      labels: { app: pod.service, 'pod-template-hash': TEMPLATE_HASH },
      ownerReferences: [{ ...owner, uid: ownerUid, controller: true }],
    },
    spec: podSpec(pod.node),
  });
  await api.request('PATCH', `${path}/${pod.name}/status`, { status: podStatus(pod.address) });
}

/** What a kubelet says of a pod that runs. */
export const podStatus = (address: string, ready = true): object => ({
  phase: 'Running',
  podIP: address,
  podIPs: [{ ip: address }],
  conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
});

function writeSlice(
  api: ApiRequests,
  namespace: string,
  service: string,
  pods: readonly FakePod[],
): Promise<unknown> {
  return api.request('POST', `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: { name: `${service}-x7k2q`, labels: { 'kubernetes.io/service-name': service } },
    ports: [{ name: 'http', port: PORT, protocol: 'TCP' }],
    endpoints: pods.map(({ name, address, node }) => ({
      ...{ addresses: [address], nodeName: node },
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', namespace, name },
    })),
  });
}
