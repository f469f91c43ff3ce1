/** The resources of a node's Envoy from its table. Pure: the same table gives the same bytes. */
import { refuse } from './errors.ts';
import { duration, type Json, typed } from './json.ts';
import { CONNECTION_BUFFER_BYTES_MAX, DEFAULTS, MARK_MAX, PORT_MAX, SNIFF_MILLIS_MAX } from './limits.ts';
import { ANY_ADDRESS, originalCluster, sluiceCluster } from './resources/clusters.ts';
import { connectionManager } from './resources/connection-manager.ts';
import { routeConfiguration } from './resources/routes.ts';
import { checkRange, checkSettings } from './settings.ts';
import type {
  InterceptedPod,
  InterceptedPort,
  IpFamily,
  NamedPolicy,
  NamedResource,
  NodeConfig,
  NodeSettings,
  NodeTable,
  PortOutcome,
} from './table.ts';

type Settings = Required<NodeSettings>;

/** @throws EnvoyConfigError ENVOY_OPTION, with the place in the table */
export function nodeConfig(table: NodeTable): NodeConfig {
  const settings: Settings = { ...DEFAULTS, trustedProxies: [], ...table.settings };
  check(settings, table.pods);
  const intercepted = table.pods.filter((pod) =>
    pod.ports.some((port) => outcome(pod, port).state !== 'NotInspected'),
  );
  const each = intercepted.flatMap((pod) => pod.ipFamilies.map((family) => ({ pod, family })));
  return {
    listeners: each.map(({ pod, family }) => listenerOf(pod, family, settings)),
    clusters: [
      sluiceCluster(settings.sluiceSockets),
      ...each.flatMap(({ pod, family }) => clustersOf(pod, family)),
    ],
    ports: table.pods.flatMap((pod) => pod.ports.map((port) => outcome(pod, port))),
  };
}

/** The port's own policy, or else its pod's. */
function policyOf(pod: InterceptedPod, port: InterceptedPort): NamedPolicy {
  if (port.policy !== undefined) return port.policy;
  const { policy: name, mode, unavailable, dataPath, profile, responses } = pod;
  return {
    ...{ name, mode, unavailable },
    ...(dataPath === undefined ? {} : { dataPath }),
    ...(profile === undefined ? {} : { profile }),
    ...(responses === undefined ? {} : { responses }),
  };
}

const blocks = (pod: InterceptedPod, port: InterceptedPort): boolean => policyOf(pod, port).mode === 'Block';

/** What becomes of a port. */
function outcome(pod: InterceptedPod, port: InterceptedPort): PortOutcome {
  const at = { pod: pod.uid, port: port.number };
  if (isInspected(port)) return { ...at, state: 'Inspected', reason: null };
  const reason = port.protocol === 'tls' ? 'TlsWithoutKey' : 'NotHttp';
  const allowed = !blocks(pod, port) || port.uninspected === 'Allow';
  return { ...at, state: allowed ? 'NotInspected' : 'Refused', reason };
}

const isInspected = ({ protocol, tls }: InterceptedPort): boolean =>
  protocol === 'http' || protocol === 'h2c' || (protocol === 'tls' && tls !== undefined);

const resourceName = (pod: InterceptedPod, family: IpFamily): string => `pod/${pod.uid}/${family}`;

const clusterName = (pod: InterceptedPod, family: IpFamily, tls: boolean): string =>
  `${resourceName(pod, family)}/${tls ? 'tls' : 'plain'}`;

function clustersOf(pod: InterceptedPod, family: IpFamily): readonly NamedResource[] {
  const inspected = pod.ports.filter(isInspected);
  const kinds = [false, true].filter((tls) => inspected.some((port) => (port.protocol === 'tls') === tls));
  // What Detect lets through as it is goes to the workload in the clear, whatever its ports speak.
  const needed = new Set(pod.ports.every((port) => blocks(pod, port)) ? kinds : [false, ...kinds]);
  return [...needed].map((tls) =>
    originalCluster({
      name: clusterName(pod, family, tls),
      family,
      networkNamespacePath: pod.networkNamespacePath,
      tls,
    }),
  );
}

function listenerOf(pod: InterceptedPod, family: IpFamily, settings: Settings): NamedResource {
  const name = resourceName(pod, family);
  const blocking = pod.ports.filter((port) => blocks(pod, port));
  const allBlock = blocking.length === pod.ports.length;
  return {
    name,
    address: {
      socket_address: {
        address: ANY_ADDRESS[family],
        port_value: settings.redirectPort,
        network_namespace_filepath: pod.networkNamespacePath,
      },
    },
    per_connection_buffer_limit_bytes: CONNECTION_BUFFER_BYTES_MAX,
    listener_filters: [
      listenerFilter('original_dst', 'OriginalDst', {}),
      listenerFilter('original_src', 'OriginalSrc', { mark: settings.originalSourceMark }),
      // What is no HTTP goes through in Detect, so somebody has to look. In Block nobody does: it is HTTP or it is refused.
      ...(allBlock ? [] : [httpInspector(blocking)]),
    ],
    listener_filters_timeout: duration(SNIFF_MILLIS_MAX),
    continue_on_listener_filters_timeout: !allBlock,
    filter_chains: [
      ...pod.ports.filter(isInspected).flatMap((port) => chainsOf(pod, port, family, settings)),
      ...(blocking.length === 0 ? [] : passages(pod, family)),
    ],
    default_filter_chain: blocking.length === 0 ? passage(pod, family) : refusal(),
  };
}

const listenerFilter = (
  name: string,
  message: string,
  fields: Readonly<Record<string, Json>>,
): NamedResource => ({
  name: `envoy.filters.listener.${name}`,
  typed_config: typed(`envoy.extensions.filters.listener.${name}.v3.${message}`, fields),
});

/** @param blocking ports on which nobody looks: two bytes in front of a request would lead it past the WAF */
function httpInspector(blocking: readonly InterceptedPort[]): Json {
  const ranges = blocking.map(({ number }) => ({
    destination_port_range: { start: number, end: number + 1 },
  }));
  const [first] = ranges;
  if (first === undefined) return listenerFilter('http_inspector', 'HttpInspector', {});
  const disabled: Json = ranges.length === 1 ? first : { or_match: { rules: ranges } };
  return { ...listenerFilter('http_inspector', 'HttpInspector', {}), filter_disabled: disabled };
}

/** Where the default chain refuses: what is no HTTP on a port whose policy lets it through. TLS with a key has a chain for all that comes. */
const passages = (pod: InterceptedPod, family: IpFamily): readonly Json[] =>
  pod.ports
    .filter((port) => isInspected(port) && port.tls === undefined && !blocks(pod, port))
    .map(({ number }) => ({
      ...passage(pod, family),
      name: `uninspected/${number}`,
      filter_chain_match: { destination_port: number },
    }));

/** Closes a connection to a port that nobody declared, or that cannot be inspected and may not go by. */
const refusal = (): NamedResource => ({
  name: 'refused',
  filters: [
    {
      name: 'envoy.filters.network.direct_response',
      typed_config: typed('envoy.extensions.filters.network.direct_response.v3.Config'),
    },
  ],
});

const passage = (pod: InterceptedPod, family: IpFamily): NamedResource => ({
  name: 'uninspected',
  filters: [tcpProxy(pod, family)],
});

const tcpProxy = (pod: InterceptedPod, family: IpFamily): Json => ({
  name: 'envoy.filters.network.tcp_proxy',
  typed_config: typed('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
    stat_prefix: `uninspected/${pod.uid}`,
    cluster: clusterName(pod, family, false),
    // A quiet connection is the workload's and its client's own affair.
    idle_timeout: duration(0),
  }),
});

/** The versions of HTTP by which Envoy's http_inspector names what it saw. */
const SEEN_AS_HTTP = ['http/1.0', 'http/1.1', 'h2c'];

function chainsOf(
  pod: InterceptedPod,
  port: InterceptedPort,
  family: IpFamily,
  settings: Settings,
): readonly Json[] {
  const { tls } = port;
  const seen = blocks(pod, port) || tls !== undefined ? {} : { application_protocols: SEEN_AS_HTTP };
  return [
    {
      name: `port/${port.number}`,
      filter_chain_match: { destination_port: port.number, ...seen },
      ...(tls === undefined ? {} : { transport_socket: terminateTls(port, tls) }),
      filters: [managerOf(pod, port, family, settings)],
    },
  ];
}

function terminateTls(port: InterceptedPort, tls: NonNullable<InterceptedPort['tls']>): Json {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: typed('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
      common_tls_context: {
        alpn_protocols: port.protocol === 'h2c' ? ['h2'] : ['h2', 'http/1.1'],
        tls_certificates: [
          {
            certificate_chain: { filename: tls.certificateChainPath },
            private_key: { filename: tls.privateKeyPath },
          },
        ],
      },
    }),
  };
}

function managerOf(pod: InterceptedPod, port: InterceptedPort, family: IpFamily, settings: Settings): Json {
  const name = `${resourceName(pod, family)}/${port.number}`;
  const policy = policyOf(pod, port);
  const { trustedProxies, ...common } = settings;
  return connectionManager({
    ...common,
    ...(port.paths === undefined ? {} : { paths: port.paths }),
    ...(port.upgrades === undefined ? {} : { upgrades: port.upgrades }),
    name,
    codec: port.protocol === 'h2c' ? 'Http2' : 'Http',
    policies: [policy],
    client: { kind: 'Transparent', trustedProxies },
    defaultHost: pod.name,
    routes: routeConfiguration({
      name,
      cluster: clusterName(pod, family, port.protocol === 'tls'),
      policy,
      routes: [],
      reconnects: true,
      maxRequestBytes: settings.maxRequestBytes,
      ownRequestId: true,
      transparent: true,
      ...(port.upgrades === undefined ? {} : { upgrades: port.upgrades }),
    }),
  });
}

function check(settings: Settings, pods: readonly InterceptedPod[]): void {
  const { sluiceSockets, redirectPort, originalSourceMark, trustedProxies } = settings;
  if (sluiceSockets.length === 0) refuse('sluiceSockets', 'none is given');
  checkPort('redirectPort', redirectPort);
  if (!Number.isInteger(originalSourceMark) || originalSourceMark < 1 || originalSourceMark > MARK_MAX)
    refuse('originalSourceMark', `${originalSourceMark} is no mark of 1 to ${MARK_MAX}`);
  for (const range of trustedProxies) checkRange('trustedProxies', range);
  checkSettings(settings);
  const uids = new Set<string>();
  const namespaces = new Set<string>();
  for (const pod of pods) {
    const place = `pods.${pod.namespace}/${pod.name}`;
    if (uids.has(pod.uid)) refuse(place, `another pod has uid ${pod.uid} too`);
    // Envoy would refuse the second of two listeners at one address.
    if (namespaces.has(pod.networkNamespacePath))
      refuse(place, `another pod is in ${pod.networkNamespacePath} too`);
    uids.add(pod.uid);
    namespaces.add(pod.networkNamespacePath);
    checkPod(place, pod);
  }
}

function checkPod(place: string, pod: InterceptedPod): void {
  if (pod.uid === '' || pod.policy === '') refuse(place, 'uid or policy is empty');
  if (!pod.networkNamespacePath.startsWith('/')) refuse(place, 'networkNamespacePath is no absolute path');
  if (pod.ipFamilies.length === 0) refuse(place, 'it has no IP family');
  if (new Set(pod.ipFamilies).size < pod.ipFamilies.length) refuse(place, 'it names an IP family twice');
  const numbers = new Set<number>();
  for (const { number, protocol, tls, policy } of pod.ports) {
    if (policy?.name === '') refuse(`${place}.ports`, `the policy of ${number} has no name`);
    checkPort(`${place}.ports`, number);
    if (numbers.has(number)) refuse(place, `it names port ${number} twice`);
    numbers.add(number);
    if (tls !== undefined && protocol !== 'tls')
      refuse(`${place}.ports`, `${number} has a key and speaks no TLS`);
  }
}

function checkPort(option: string, port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > PORT_MAX) refuse(option, `${port} is no port`);
}
