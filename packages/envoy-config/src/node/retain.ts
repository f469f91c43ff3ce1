/** Chains that new connections are not for any more stay while there may be connections that were made by them, and so do virtual hosts. */
import { isDeepStrictEqual } from 'node:util';
import type { Listener, NamedResource, RouteTable } from '../table.ts';
import { READINGS } from './reading.ts';
import { merged } from './routes.ts';

const PORT = /^port\/\d+\//;

/** In the name of a table of routes, and in that of its file. */
const TABLE = new RegExp(`/(?:${READINGS.join('|')})\\b`, 'g');

/** Of a connection manager, what says how requests are read: by these, and by its table of routes, chains of a port differ. */
const READING = [
  'normalize_path',
  'merge_slashes',
  'path_with_escaped_slashes_action',
  'request_timeout',
  'request_headers_timeout',
];

/**
 * The listener with the chains of HTTP that a former version of it had. There are as many as there are ways to read requests, so that
 * they do not become more and more. What was let by uninspected is not kept: Envoy drains it, and cuts it then.
 */
export function retain(former: Listener | undefined, next: Listener): Listener {
  const left = former?.filter_chains.filter((chain) => isKept(chain, next)) ?? [];
  return left.length === 0 ? next : { ...next, filter_chains: [...next.filter_chains, ...left] };
}

/** The table with the virtual hosts that a former version of it had for ports that this one knows nothing of. */
export function retainHosts(former: RouteTable | undefined, next: RouteTable): RouteTable {
  if (former === undefined) return next;
  const known = new Set(next.virtual_hosts.flatMap(({ domains }) => domains));
  const left = former.virtual_hosts.flatMap((host) => {
    const domains = host.domains.filter((domain) => !known.has(domain));
    return domains.length === 0 ? [] : [{ ...host, domains }];
  });
  return left.length === 0 ? next : { ...next, virtual_hosts: merged([...next.virtual_hosts, ...left]) };
}

/**
 * With another certificate, another protocol or other settings a port's connections are to be made anew, and so they are where another version
 * of this code says anything else of them: what nobody writes any more would stay as it is for ever.
 */
function isKept(chain: NamedResource, { filter_chains }: Listener): boolean {
  const port = PORT.exec(chain.name)?.[0];
  if (port === undefined || filter_chains.some(({ name }) => name === chain.name)) return false;
  const own = filter_chains.find(({ name }) => name.startsWith(port));
  return own !== undefined && isDeepStrictEqual(withoutReading(own), withoutReading(chain));
}

/** What all chains of a port have in common. Only what is told apart by how requests are read may differ. */
function withoutReading({ name: _, filters, ...chain }: NamedResource): unknown {
  const text = JSON.stringify(filters, (field, value: unknown) =>
    READING.includes(field) ? undefined : value,
  );
  return { ...chain, filters: text?.replaceAll(TABLE, '/') };
}
