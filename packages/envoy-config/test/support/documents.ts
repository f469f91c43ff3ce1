/** Configurations for the doctor: sound ones, and where in them to break something. */
import {
  diagnose,
  type FindingCode,
  type GuardPolicy,
  type InterceptedPod,
  type NodeConfig,
  nodeConfig,
  proxyBootstrap,
} from '../../src/index.ts';

/** JSON that may be reached into and changed: what a parser gives, whose form these tests know. */
export type Loose = ReturnType<typeof JSON.parse>;

export const SOCKETS = ['/run/sluice/0.sock', '/run/sluice/1.sock'];
export const PLAIN = { host: '127.0.0.1', port: 8_080 };

export const proxy = (
  policy: GuardPolicy = { mode: 'Block', unavailable: 'Closed' },
  more: object = {},
): Loose =>
  structuredClone(
    proxyBootstrap({
      listeners: [
        {
          name: 'shop',
          host: '0.0.0.0',
          port: 80,
          upstream: PLAIN,
          policy: { name: 'shop', ...policy },
          ...more,
        },
      ],
      sluiceSockets: SOCKETS,
    }),
  );

export const POD: InterceptedPod = {
  namespace: 'shop',
  name: 'web-1',
  uid: 'u1',
  networkNamespacePath: '/var/run/netns/one',
  ports: [
    { number: 8_080, protocol: 'http', upgrades: ['websocket'] },
    { number: 8_081, protocol: 'h2c' },
    { number: 443, protocol: 'tls', tls: { certificateChainPath: '/c', privateKeyPath: '/k' } },
    { number: 3_306, protocol: 'tcp' },
  ],
  policy: 'shop',
  mode: 'Block',
  unavailable: 'Closed',
  ipFamilies: ['IPv4', 'IPv6'],
};

/** A node's resources as one document. */
export function node(change: Partial<InterceptedPod>): Loose {
  const settings = { sluiceSockets: SOCKETS, redirectPort: 15_006, originalSourceMark: 7 };
  const { listeners, clusters, routes } = nodeConfig({ settings, pods: [{ ...POD, ...change }] });
  const document: Loose = structuredClone({ static_resources: { listeners, clusters } });
  for (const { filters } of document.static_resources.listeners.flatMap(chainsOf)) inline(filters[0], routes);
  return document;
}

const chainsOf = ({ filter_chains }: Loose): Loose => filter_chains;

/** Puts the table of routes where its name was. */
function inline({ typed_config: own }: Loose, routes: NodeConfig['routes']): void {
  if (own.rds === undefined) return;
  own.route_config = structuredClone(
    routes.find(({ table }) => table.name === own.rds.route_config_name)?.table,
  );
  delete own.rds;
}

export const codes = (document: unknown): readonly FindingCode[] =>
  diagnose(document).findings.map(({ code }) => code);

export const ALL: readonly GuardPolicy[] = (['Block', 'Detect', 'Off'] as const).flatMap((mode) =>
  (['Closed', 'Open'] as const).map((unavailable) => ({ mode, unavailable })),
);

export const listener = (document: Loose): Loose => document.static_resources.listeners[0];
export const manager = (document: Loose): Loose =>
  listener(document).filter_chains[0].filters[0].typed_config;
export const guard = (document: Loose): Loose => manager(document).http_filters[0].typed_config;
export const host = (document: Loose): Loose => manager(document).route_config.virtual_hosts[0];
export const route = (document: Loose): Loose => host(document).routes.at(-1);
export const settings = (document: Loose): Loose =>
  route(document).typed_per_filter_config['envoy.filters.http.ext_authz'].check_settings;
export const cluster = (document: Loose): Loose => document.static_resources.clusters[0];
export const TCP_CHAIN = {
  filters: [
    { name: 'tcp', typed_config: { '@type': 'type.googleapis.com/envoy…v3.TcpProxy', cluster: 'shop' } },
  ],
};
export const LUA = { name: 'lua', typed_config: { '@type': 'type.googleapis.com/envoy…v3.Lua' } };
export const ROUTE_OFF = { '@type': 'type.googleapis.com/envoy…v3.ExtAuthzPerRoute', disabled: true };
