/**
 * How a chain of filters reads requests: what is fixed for a connection's life. All else that a policy says is in routes, which change
 * under connections that go on.
 */
import { isLong } from '../resources/connection-manager.ts';
import type { GuardPolicy, InterceptedPort, NamedPolicy, PathTreatment } from '../table.ts';

/** `Open`: as Detect and Off need it; paths as they are sent, and no request is refused for being slow. The others are Block's. */
export const READINGS = ['Open', 'AsSent', 'Normalised', 'Strict'] as const;
export type Reading = 'Open' | PathTreatment;

export const readingOf = (policy: GuardPolicy, { paths = 'Normalised' }: InterceptedPort): Reading =>
  policy.mode === 'Block' ? paths : 'Open';

/** Name of the chain that new connections to a port are for. Two of a name are the same but for the node's settings. */
export const chainName = (policy: NamedPolicy, port: InterceptedPort): string =>
  `port/${port.number}/${readingOf(policy, port)}${isLong(policy) ? '/long' : ''}`;

/** Of every policy that there may be, so that no change of one asks for another filter. */
export const PREPARED: readonly GuardPolicy[] = [
  { mode: 'Block', unavailable: 'Closed', dataPath: 'ext_proc' },
  { mode: 'Block', unavailable: 'Closed' },
  { mode: 'Block', unavailable: 'Open' },
  { mode: 'Detect', unavailable: 'Closed' },
];

/** `/.`, `/..` and `\..` as parts of a path, escaped or not: what normalising takes out. */
const DOT_SEGMENTS = String.raw`.*[/\\](?:\.|%2[eE]){1,2}(?:[/\\].*)?`;
const ESCAPED_SLASHES = '.*%(?:2[fF]|5[cC]).*';

/**
 * What a connection from before must not get by with: paths that new connections have resolved before anybody sees them, or refused.
 * Merged slashes are not among them: who writes two stays below what he wrote before.
 */
export function refusedPaths(connection: Reading, now: Reading): readonly string[] {
  if (now === 'Open' || now === 'AsSent' || connection === now || connection === 'Strict') return [];
  const dots = connection === 'Normalised' ? [] : [DOT_SEGMENTS];
  return now === 'Strict' ? [...dots, ESCAPED_SLASHES] : dots;
}
