/** Tables of routes, each in a file of its own: what changes with a policy, and drains no connection. */
import { createHash } from 'node:crypto';
import type { RouteSource } from '../resources/connection-manager.ts';
import { routeConfiguration } from '../resources/routes.ts';
import type { InterceptedPort, NamedPolicy, RoutesFile } from '../table.ts';
import { PREPARED, READINGS, type Reading, readingOf, refusedPaths } from './reading.ts';

/** Of the folder of Envoy's files. */
export const ROUTES_FOLDER = 'routes';
const DIGEST_CHARACTERS = 32;

/** The name holds a uid, which is any text; a file's name is not. */
const routesFile = (name: string): string =>
  `${ROUTES_FOLDER}/${createHash('sha256').update(name).digest('hex').slice(0, DIGEST_CHARACTERS)}.json`;

/** By how connections were made: those from before a change are told apart. @param name of the port's connection manager */
export const routesName = (name: string, reading: Reading): string => `${name}/${reading}`;

export const routesFrom = (directory: string, name: string): RouteSource => ({
  rds: {
    route_config_name: name,
    config_source: {
      resource_api_version: 'V3',
      path_config_source: { path: `${directory}/${routesFile(name)}` },
    },
  },
});

export interface PortRoutes {
  /** Of the port's connection manager. */
  readonly name: string;
  readonly port: InterceptedPort;
  readonly policy: NamedPolicy;
  readonly cluster: string;
  readonly maxRequestBytes: number;
  /** The pod is selected no more: what is still connected goes by, and is asked to leave. */
  readonly released: boolean;
}

/** HTTP upgrades that the port's connection managers know, whatever the policy. */
export const offeredUpgrades = ({ upgrades = [] }: InterceptedPort): readonly string[] => [
  ...new Set(['websocket', ...upgrades]),
];

/** One for each way in which a connection may have been made. @throws EnvoyConfigError ENVOY_OPTION */
export function portRoutes(options: PortRoutes): readonly RoutesFile[] {
  const { name, port, policy, cluster, released } = options;
  const now = readingOf(policy, port);
  const offered = offeredUpgrades(port);
  // Detect has to let a WebSocket through that nobody declared: refusing it would be seen.
  const upgrades = policy.mode === 'Block' && !released ? (port.upgrades ?? []) : offered;
  return READINGS.map((reading) => {
    const own = routesName(name, reading);
    const table = routeConfiguration({
      name: own,
      host: name,
      ...{ cluster, policy, upgrades, offered, released },
      routes: [],
      prepared: PREPARED,
      reconnects: true,
      maxRequestBytes: options.maxRequestBytes,
      ownRequestId: true,
      transparent: true,
      refusedPaths: released ? [] : refusedPaths(reading, now),
      leaves: released || reading !== now,
    });
    return { file: routesFile(own), table };
  });
}
