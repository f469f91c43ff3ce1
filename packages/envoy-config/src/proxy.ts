/** Bootstrap of an Envoy that stands in front of workloads as their address: a listener and a workload each. */
import { isIP } from 'node:net';
import { refuse } from './errors.ts';
import type { Json } from './json.ts';
import { CONNECTION_BUFFER_BYTES_MAX, DEFAULTS, PORT_MAX } from './limits.ts';
import { overloadManager } from './resources/bootstrap.ts';
import { sluiceCluster, type Upstream, workloadCluster } from './resources/clusters.ts';
import { connectionManager } from './resources/connection-manager.ts';
import { type PolicyRoute, policiesOf, routeConfiguration } from './resources/routes.ts';
import { checkSettings } from './settings.ts';
import type { NamedPolicy, PathTreatment } from './table.ts';

export interface EnvoyListener {
  readonly name: string;
  /** IP address. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly upstream: Upstream;
  readonly policy: NamedPolicy;
  /** Paths with a policy of their own; the first that fits is taken. */
  readonly routes?: readonly PolicyRoute[];
  /** Default: `Normalised` where a policy blocks. */
  readonly paths?: PathTreatment;
  /** HTTP upgrades that the workload needs, in lower case. */
  readonly upgrades?: readonly string[];
}

export interface ProxyOptions {
  readonly listeners: readonly EnvoyListener[];
  /** Unix sockets of Sluice's processes. */
  readonly sluiceSockets: readonly string[];
  /** A longer body is refused with 413 in Block, and inspected up to here in Detect. */
  readonly maxRequestBytes?: number;
  /** Time for Sluice's verdict; the server's own deadline (verdictMillisMax) should be shorter. */
  readonly verdictMillis?: number;
  /** HTTP status where Sluice does not answer and the policy is Closed. */
  readonly statusOnError?: number;
  /** File of the access log; null writes none. */
  readonly accessLog?: string | null;
  /** Address of the admin interface, which lets whoever reaches it stop Envoy. Default: a free port of 127.0.0.1. */
  readonly admin?: Upstream;
}

type Settings = Required<ProxyOptions>;

/** @throws EnvoyConfigError ENVOY_OPTION */
export function proxyBootstrap(options: ProxyOptions): Json {
  const settings: Settings = { ...DEFAULTS, admin: { host: '127.0.0.1', port: 0 }, ...options };
  check(settings);
  const { admin, listeners } = settings;
  return {
    admin: { address: { socket_address: { address: admin.host, port_value: admin.port } } },
    overload_manager: overloadManager(),
    static_resources: {
      listeners: listeners.map((listener) => listenerOf(listener, settings)),
      clusters: [
        sluiceCluster(settings.sluiceSockets),
        ...listeners.map((listener) => workloadCluster(clusterName(listener), listener.upstream)),
      ],
    },
  };
}

const clusterName = (listener: EnvoyListener): string => `workload/${listener.name}`;

function check(settings: Settings): void {
  const { listeners, sluiceSockets } = settings;
  if (listeners.length === 0) refuse('listeners', 'none is given');
  if (new Set(listeners.map(({ name }) => name)).size < listeners.length)
    refuse('listeners', 'two of them have the same name');
  if (sluiceSockets.length === 0) refuse('sluiceSockets', 'none is given');
  for (const { name, host, port } of [...listeners, { name: 'admin', ...settings.admin }]) {
    if (isIP(host) === 0) refuse(name, `${host} is no IP address`);
    if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) refuse(name, `${port} is no port`);
  }
  checkSettings(settings);
}

function listenerOf(listener: EnvoyListener, settings: Settings): Json {
  const { name, policy, routes = [] } = listener;
  return {
    name,
    address: { socket_address: { address: listener.host, port_value: listener.port } },
    per_connection_buffer_limit_bytes: CONNECTION_BUFFER_BYTES_MAX,
    filter_chains: [
      {
        filters: [
          connectionManager({
            ...settings,
            ...(listener.paths === undefined ? {} : { paths: listener.paths }),
            ...(listener.upgrades === undefined ? {} : { upgrades: listener.upgrades }),
            name,
            codec: 'Http',
            policies: policiesOf({ policy, routes }),
            client: { kind: 'Edge' },
            defaultHost: null,
            routes: {
              route_config: routeConfiguration({
                name,
                cluster: clusterName(listener),
                policy,
                routes,
                maxRequestBytes: settings.maxRequestBytes,
                ownRequestId: false,
                transparent: false,
                ...(listener.upgrades === undefined ? {} : { upgrades: listener.upgrades }),
              }),
            },
          }),
        ],
      },
    ],
  };
}
