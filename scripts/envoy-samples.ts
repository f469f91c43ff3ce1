/** Configurations of every kind that the generator writes, and each setting in them by the message that it belongs to. */
import {
  type GuardPolicy,
  type InterceptedPod,
  type Json,
  nodeBootstrap,
  nodeConfig,
  proxyBootstrap,
} from '../packages/envoy-config/src/index.ts';

export interface Setting {
  /** Message and field: `HttpConnectionManager.normalize_path`. */
  readonly path: string;
  /** As JSON, with the names of the samples that have it. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

const POLICIES: readonly (readonly [string, GuardPolicy])[] = [
  ['Block', { mode: 'Block', unavailable: 'Closed' }],
  ['Block, Open', { mode: 'Block', unavailable: 'Open' }],
  ['Detect', { mode: 'Detect', unavailable: 'Closed' }],
];

/** The same with bodies in a stream. */
const STREAMED: readonly (readonly [string, GuardPolicy])[] = [
  ['Block, streaming', { mode: 'Block', unavailable: 'Closed', dataPath: 'ext_proc', responses: true }],
  [
    'Block, Open, buffered',
    { mode: 'Block', unavailable: 'Open', dataPath: 'ext_proc', profile: 'buffered' },
  ],
  ['Block, window', { mode: 'Block', unavailable: 'Closed', dataPath: 'ext_proc', profile: 'window' }],
  ['Detect, streaming', { mode: 'Detect', unavailable: 'Closed', dataPath: 'ext_proc' }],
];

const XDS = '/run/sluice/envoy';
const SOCKETS = ['/run/sluice/0.sock'];

const pod = (policy: GuardPolicy): InterceptedPod => ({
  namespace: 'shop',
  name: 'web-1',
  uid: 'UID',
  networkNamespacePath: '/var/run/netns/cni-1',
  ports: [
    { number: 8_080, protocol: 'http', upgrades: ['websocket'] },
    { number: 8_443, protocol: 'tls', tls: { certificateChainPath: '/tls.crt', privateKeyPath: '/tls.key' } },
  ],
  policy: 'shop',
  ...policy,
  ipFamilies: ['IPv4'],
});

const proxy = (
  policy: GuardPolicy,
  more: Parameters<typeof proxyBootstrap>[0]['listeners'][0]['routes'] = [],
): Json =>
  proxyBootstrap({
    listeners: [
      {
        name: 'workload',
        host: '127.0.0.1',
        port: 8_080,
        upstream: { host: '127.0.0.1', port: 3_000, protocol: 'http1' },
        policy: { name: 'shop', ...policy },
        routes: more,
        ...(policy.dataPath === 'ext_proc' ? { upgrades: ['websocket'] } : {}),
      },
    ],
    sluiceSockets: SOCKETS,
    accessLog: '/var/log/envoy.json',
  });

/** Documents, each with the name of its sample and the message that it is. */
function documents(): readonly (readonly [string, string, Json])[] {
  const settings = {
    sluiceSockets: SOCKETS,
    redirectPort: 15_006,
    originalSourceMark: 20_759,
    trustedProxies: ['10.0.0.0/8'],
  };
  const nodes = [...POLICIES, ...STREAMED].flatMap(([name, policy]) => {
    const { listeners, clusters, routes } = nodeConfig({ settings, pods: [pod(policy)] }, XDS);
    return [
      ...listeners.map((one) => [`pod, ${name}`, 'Listener', one] as const),
      ...clusters.map((one) => [`pod, ${name}`, clusterKind(one.name), one] as const),
      // They come by a name, and mean the same as where they stand in the manager itself.
      ...routes.map(({ table }) => [`pod, ${name}`, 'HttpConnectionManager.route_config', table] as const),
    ];
  });
  const open = { prefix: '/open', policy: { name: 'open', mode: 'Block', unavailable: 'Open' } as const };
  const [[, block] = ['', { mode: 'Block', unavailable: 'Closed' } as const]] = POLICIES;
  const node = {
    node: 'node-1',
    xdsDirectory: XDS,
    adminSocketPath: '/run/sluice/envoy/admin.sock',
  };
  return [
    ['node', 'Bootstrap', nodeBootstrap(node)],
    ...[...POLICIES, ...STREAMED].map(
      ([name, policy]) => [`proxy, ${name}`, 'Bootstrap', proxy(policy)] as const,
    ),
    ['proxy, two policies', 'Bootstrap', proxy(block, [open])],
    ['proxy, two policies', 'Bootstrap', proxy({ ...block, dataPath: 'ext_proc' }, [open])],
    ...nodes,
  ];
}

/** The three sorts of cluster have settings of their own. */
function clusterKind(name: unknown): string {
  if (name === 'sluice') return 'Cluster (Sluice)';
  return String(name).startsWith('pod/') ? 'Cluster (pod)' : 'Cluster (workload)';
}

/** Fields of a bootstrap that hold messages of their own. */
const MESSAGES: Readonly<Record<string, (value: Json) => string>> = {
  listeners: () => 'Listener',
  clusters: (value) => clusterKind(isObject(value) ? value.name : ''),
};

const isObject = (value: Json | undefined): value is { readonly [name: string]: Json | undefined } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names by content, which change with every word of it. */
const DIGEST = /(?<![0-9a-f])(?:[0-9a-f]{16}){1,2}(?![0-9a-f])/g;

/** Every setting of every sample, by path. */
export function settings(): readonly Setting[] {
  const found = new Map<string, Map<string, string[]>>();
  const note = (path: string, value: Json, sample: string): void => {
    const values = found.get(path) ?? new Map<string, string[]>();
    const text = JSON.stringify(value).replace(DIGEST, 'DIGEST');
    const samples = values.get(text) ?? [];
    if (!samples.includes(sample)) samples.push(sample);
    found.set(path, values.set(text, samples));
  };
  const walk = (path: string, value: Json, sample: string): void => {
    if (Array.isArray(value)) {
      if (value.length === 0) note(path, value, sample);
      for (const item of value) walk(path, item, sample);
      return;
    }
    if (!isObject(value)) {
      note(path, value, sample);
      return;
    }
    const type = value['@type'];
    const message = typeof type === 'string' ? type.slice(type.lastIndexOf('.') + 1) : path;
    const fields = Object.entries(value).filter(([name]) => name !== '@type');
    if (fields.length === 0) note(message, {}, sample);
    for (const [name, child] of fields) {
      if (child === undefined) continue;
      const kind = path === 'Bootstrap.static_resources' ? MESSAGES[name] : undefined;
      if (kind === undefined) walk(`${message}.${name}`, child, sample);
      else if (Array.isArray(child)) for (const item of child) walk(kind(item), item, sample);
    }
  };
  for (const [sample, message, document] of documents()) walk(message, document, sample);
  return [...found].map(([path, values]) => ({ path, values }));
}
