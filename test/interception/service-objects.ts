/** What is told to a cluster's API server of two nodes, a pod and its Services. */
import type { ApiRequest } from './api-server.ts';
import type { NodeName, Place } from './network.ts';

export const CLUSTER_IP = '10.96.0.10';
/** Any node's port, and one that only the pod's node answers: externalTrafficPolicy is Local there. */
export const NODE_PORT = 30_080;
export const LOCAL_NODE_PORT = 30_081;
export const SERVICE_PORT = 8080;
/** Both nodes' pods; a connection from anywhere else gets a node's address on its way to a Service. */
export const POD_NETWORK = '10.72.0.0/15';
/** Addresses by which nodes know each other. */
export const NODE_ADDRESSES: Readonly<Record<NodeName, string>> = { nodeA: '10.71.0.1', nodeB: '10.71.0.2' };
/** Names of objects have no capitals. */
export const objectName = (node: NodeName): string => node.toLowerCase();

const SERVICES = '/api/v1/namespaces/shop/services';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices';

function node(name: NodeName): readonly ApiRequest[] {
  const head = { apiVersion: 'v1', kind: 'Node', metadata: { name: objectName(name) } };
  const status = { addresses: [{ type: 'InternalIP', address: NODE_ADDRESSES[name] }] };
  const path = `/api/v1/nodes/${objectName(name)}/status`;
  return [
    { method: 'POST', path: '/api/v1/nodes', body: head },
    { method: 'PUT', path, body: { ...head, status } },
  ];
}

/** With an EndpointSlice of its own, as there is no controller that would make one from a selector. */
function service(name: string, spec: object, pod: Place): readonly ApiRequest[] {
  const port = { name: 'http', protocol: 'TCP' };
  const slice = {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    ports: [{ ...port, port: 80 }],
    endpoints: [
      { addresses: [pod.ipv4], nodeName: objectName('nodeA'), conditions: { ready: true, serving: true } },
    ],
  };
  const { nodePort, ...rest } = { nodePort: 0, ...spec };
  const body = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name } },
    spec: { type: 'NodePort', ...rest, ports: [{ ...port, port: SERVICE_PORT, targetPort: 80, nodePort }] },
  };
  return [
    { method: 'POST', path: SERVICES, body },
    { method: 'POST', path: SLICES, body: slice },
  ];
}

/** @param pod on nodeA */
export const serviceObjects = (pod: Place): readonly ApiRequest[] => [
  ...node('nodeA'),
  ...node('nodeB'),
  {
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  },
  ...service('web', { clusterIP: CLUSTER_IP, nodePort: NODE_PORT }, pod),
  ...service('web-local', { nodePort: LOCAL_NODE_PORT, externalTrafficPolicy: 'Local' }, pod),
];
