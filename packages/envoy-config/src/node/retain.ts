/** Chains that new connections are not for any more stay while there may be connections that were made by them. */
import { isDeepStrictEqual } from 'node:util';
import type { Listener, NamedResource } from '../table.ts';

const PORT = /^port\/\d+\//;

/** Of a connection manager, what is the node's settings and the port's, and no policy's. */
const SETTINGS = ['http_filters', 'upgrade_configs', 'access_log', 'original_ip_detection_extensions'];

/**
 * The listener with the chains of HTTP that a former version of it had. There are as many as there are ways to read requests, so that
 * they do not become more and more. What was let by uninspected is not kept: Envoy drains it, and cuts it then.
 */
export function retain(former: Listener | undefined, next: Listener): Listener {
  const left = former?.filter_chains.filter((chain) => isKept(chain, next)) ?? [];
  return left.length === 0 ? next : { ...next, filter_chains: [...next.filter_chains, ...left] };
}

/** Names of the tables of routes that its chains ask for. */
export const routesAsked = ({ filter_chains }: Listener): readonly string[] =>
  filter_chains.flatMap((chain) => {
    const name: unknown = managerOf(chain)?.rds?.route_config_name;
    return typeof name === 'string' ? [name] : [];
  });

/** With another certificate or other settings a port's connections are to be made anew. */
function isKept(chain: NamedResource, { filter_chains }: Listener): boolean {
  const port = PORT.exec(chain.name)?.[0];
  if (port === undefined || filter_chains.some(({ name }) => name === chain.name)) return false;
  const own = filter_chains.find(({ name }) => name.startsWith(port));
  return own !== undefined && isDeepStrictEqual(settingsOf(own), settingsOf(chain));
}

const managerOf = ({ filters }: NamedResource) =>
  Array.isArray(filters) ? filters[0]?.typed_config : undefined;

const settingsOf = (chain: NamedResource): unknown => [
  chain.transport_socket,
  ...SETTINGS.map((field) => managerOf(chain)?.[field]),
];
