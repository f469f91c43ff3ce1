/**
 * Tables of routes: what changes with a policy, and drains no connection. Envoy takes an instance of inotify for each file of routes, of which
 * the kernel gives a user 128 by default and without which Envoy ends. So there are as many tables as ways to read requests, for all
 * pods together, and ports that are treated alike share a virtual host.
 */
import { createHash } from 'node:crypto';
import { DESTINATION_HEADER } from '../contract.ts';
import type { Json } from '../json.ts';
import type { RouteSource } from '../resources/connection-manager.ts';
import { hostOfRoutes, routeTable } from '../resources/routes.ts';
import type { InterceptedPort, NamedPolicy, RoutesFile, VirtualHost } from '../table.ts';
import { PREPARED, READINGS, type Reading, readingOf, refusedPaths } from './reading.ts';

/** Of the folder of Envoy's files. */
export const ROUTES_FOLDER = 'routes';
const DOMAIN_CHARACTERS = 32;
const HOST_CHARACTERS = 16;

const routesFile = (reading: Reading): string => `${ROUTES_FOLDER}/${reading}.json`;

/** By how connections were made: those from before a change are told apart. */
const routesName = (reading: Reading): string => `destinations/${reading}`;

const digest = (text: string, characters: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, characters);

/** Domain of a port's virtual host. @param name of its connection manager, which may hold anything */
export const domainOf = (name: string): string => digest(name, DOMAIN_CHARACTERS);

export const routesFrom = (directory: string, reading: Reading): RouteSource => ({
  rds: {
    route_config_name: routesName(reading),
    config_source: {
      resource_api_version: 'V3',
      path_config_source: { path: `${directory}/${routesFile(reading)}` },
    },
  },
});

export interface PortRoutes {
  /** Of the port's connection manager. */
  readonly name: string;
  readonly port: InterceptedPort;
  readonly policy: NamedPolicy;
  /** The pod is selected no more: what is still connected goes by, and is asked to leave. */
  readonly released: boolean;
}

/** HTTP upgrades that the port's connection managers know, whatever the policy. */
export const offeredUpgrades = ({ upgrades = [] }: InterceptedPort): readonly string[] => [
  ...new Set(['websocket', ...upgrades]),
];

/**
 * Each has all ports in it: a chain that is new to a port finds it in a table that Envoy may have had for long.
 * @throws EnvoyConfigError ENVOY_OPTION
 */
export function routeTables(ports: readonly PortRoutes[], maxRequestBytes: number): readonly RoutesFile[] {
  const alike = Map.groupBy(ports, ({ port: { upgrades, paths }, policy, released }) =>
    JSON.stringify([policy, upgrades, paths, released]),
  );
  return READINGS.map((reading) => {
    const hosts = [...alike.values()].flatMap(([first, ...others]) =>
      first === undefined ? [] : [hostOf([first, ...others], reading, maxRequestBytes)],
    );
    const table = routeTable(routesName(reading), merged(hosts));
    return { file: routesFile(reading), table: { ...table, vhost_header: DESTINATION_HEADER } };
  });
}

/** Those of a name are the same but for their domains. */
export function merged(hosts: readonly VirtualHost[]): readonly VirtualHost[] {
  return [...Map.groupBy(hosts, ({ name }) => name).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, domains: [first, ...others].flatMap(({ domains }) => domains) }],
  );
}

/** The virtual host of ports that are treated alike, named after what it says. */
function hostOf(
  ports: readonly [PortRoutes, ...PortRoutes[]],
  reading: Reading,
  maxRequestBytes: number,
): VirtualHost {
  const [{ port, policy, released }] = ports;
  const now = readingOf(policy, port);
  const offered = offeredUpgrades(port);
  // Detect has to let a WebSocket through that nobody declared: refusing it would be seen.
  const upgrades = policy.mode === 'Block' && !released ? (port.upgrades ?? []) : offered;
  const fields: Readonly<Record<string, Json>> = hostOfRoutes({
    cluster: null,
    ...{ policy, upgrades, offered, released },
    routes: [],
    prepared: PREPARED,
    reconnects: true,
    maxRequestBytes,
    ownRequestId: true,
    transparent: true,
    refusedPaths: released ? [] : refusedPaths(reading, now),
    leaves: released || reading !== now,
  });
  return {
    name: `${policy.name}/${digest(JSON.stringify(fields), HOST_CHARACTERS)}`,
    domains: ports.map(({ name }) => domainOf(name)),
    ...fields,
  };
}
