/**
 * A pod's listener. What changes with a policy is which chain new connections are for, which is no part of the chains: connections that were
 * made by them go on, and are judged by what the routes say now.
 */
import { duration, type Json, typed } from '../json.ts';
import { CONNECTION_BUFFER_BYTES_MAX, SNIFF_MILLIS_MAX } from '../limits.ts';
import { ANY_ADDRESS } from '../resources/clusters.ts';
import { connectionManager } from '../resources/connection-manager.ts';
import type {
  InterceptedPod,
  InterceptedPort,
  IpFamily,
  Listener,
  NamedResource,
  NodeSettings,
} from '../table.ts';
import { matcher } from './matcher.ts';
import { blocks, clusterName, isInspected, managerName, policyOf, resourceName } from './names.ts';
import { chainName, PREPARED, readingOf } from './reading.ts';
import { domainOf, offeredUpgrades, routesFrom } from './routes.ts';

export type ListenerSettings = Required<NodeSettings> & {
  /** Of Envoy's files. */
  readonly directory: string;
};

export function listenerOf(pod: InterceptedPod, family: IpFamily, settings: ListenerSettings): Listener {
  const inspected = pod.ports.filter(isInspected);
  const open = inspected.filter((port) => isPlain(port) && !blocks(pod, port));
  const refuses = pod.ports.some((port) => blocks(pod, port));
  return {
    name: resourceName(pod, family),
    address: {
      socket_address: {
        address: ANY_ADDRESS[family],
        port_value: settings.redirectPort,
        network_namespace_filepath: pod.networkNamespacePath,
      },
    },
    per_connection_buffer_limit_bytes: CONNECTION_BUFFER_BYTES_MAX,
    // The same for all policies: Envoy would leave every connection of a listener for another filter here.
    listener_filters: [
      listenerFilter('original_dst', 'OriginalDst', {}),
      listenerFilter('original_src', 'OriginalSrc', { mark: settings.originalSourceMark }),
      ...(inspected.some(isPlain) ? [httpInspector(pod.ports.filter((port) => !isPlain(port)))] : []),
    ],
    listener_filters_timeout: duration(SNIFF_MILLIS_MAX),
    // Detect lets through who speaks late; to Block it is all the same what was seen.
    continue_on_listener_filters_timeout: true,
    ...matcher(pod, inspected),
    filter_chains: [
      ...inspected.map((port) => chainOf(pod, port, family, settings)),
      ...open.map(({ number }) => passage(pod, family, `uninspected/${number}`)),
    ],
    default_filter_chain: refuses ? refusal() : passage(pod, family, 'uninspected'),
  };
}

/** HTTP that is not inside TLS: of what is, whoever has no chain for it has the key. */
const isPlain = ({ protocol }: InterceptedPort): boolean => protocol === 'http' || protocol === 'h2c';

const listenerFilter = (
  name: string,
  message: string,
  fields: Readonly<Record<string, Json>>,
): NamedResource => ({
  name: `envoy.filters.listener.${name}`,
  typed_config: typed(`envoy.extensions.filters.listener.${name}.v3.${message}`, fields),
});

/** @param others ports at whose first bytes nobody looks */
function httpInspector(others: readonly InterceptedPort[]): Json {
  const ranges = others.map(({ number }) => ({
    destination_port_range: { start: number, end: number + 1 },
  }));
  const [first] = ranges;
  if (first === undefined) return listenerFilter('http_inspector', 'HttpInspector', {});
  const disabled: Json = ranges.length === 1 ? first : { or_match: { rules: ranges } };
  return { ...listenerFilter('http_inspector', 'HttpInspector', {}), filter_disabled: disabled };
}

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

const passage = (pod: InterceptedPod, family: IpFamily, name: string): NamedResource => ({
  name,
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

function chainOf(
  pod: InterceptedPod,
  port: InterceptedPort,
  family: IpFamily,
  settings: ListenerSettings,
): NamedResource {
  const { tls } = port;
  return {
    name: chainName(policyOf(pod, port), port),
    ...(tls === undefined ? {} : { transport_socket: terminateTls(port, tls) }),
    filters: [managerOf(pod, port, family, settings)],
  };
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

function managerOf(
  pod: InterceptedPod,
  port: InterceptedPort,
  family: IpFamily,
  settings: ListenerSettings,
): Json {
  const name = managerName(pod, family, port);
  const policy = policyOf(pod, port);
  const { trustedProxies, directory, ...common } = settings;
  return connectionManager({
    ...common,
    ...(port.paths === undefined ? {} : { paths: port.paths }),
    upgrades: offeredUpgrades(port),
    name,
    codec: port.protocol === 'h2c' ? 'Http2' : 'Http',
    policies: [policy],
    prepared: PREPARED,
    client: {
      kind: 'Transparent',
      trustedProxies,
      destination: { host: domainOf(name), cluster: clusterName(pod, family, port.protocol === 'tls') },
    },
    defaultHost: pod.name,
    routes: routesFrom(directory, readingOf(policy, port)),
  });
}
