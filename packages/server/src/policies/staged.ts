/**
 * Block in stages: a policy in Detect that blocks already for some paths, or for some of its clients. It is one more thing that can only make a policy
 * stricter, so what is in doubt is in the stage.
 */
import { isAmbiguousPath, isOneOfPaths } from '@sluice/engine/paths';

/** Where a policy in Detect is in Block already: requests to the paths, and those of the clients. */
export interface StagedBlock {
  /** As they are sent, `/search`, or `/api/*` for all below. */
  readonly paths: readonly string[];
  /** Of clients, by their address: the same ones each time, and with a higher number those of the lower one, too. */
  readonly percent: number;
}

/**
 * @param uri as it was sent. A path that may be read as another could be one of the stage's: it counts as one.
 * @param client address; a client without one is in each share
 */
export function isInStage(
  { paths, percent }: StagedBlock,
  request: { readonly policy: string; readonly uri: string; readonly client: string },
): boolean {
  if (percent >= 100) return true;
  if (percent > 0 && shareOf(request.policy, request.client) < percent * PARTS) return true;
  if (paths.length === 0) return false;
  const path = pathOf(request.uri);
  if (!path.startsWith('/') || isAmbiguousPath(path) || isOneOfPaths(path, paths)) return true;
  return path.includes('%') && isOneOfPaths(unescaped(path), paths);
}

/** As a workload may read it: `/ca%72t` is `/cart`. Escapes of escapes are ambiguous. */
const unescaped = (path: string): string =>
  path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function pathOf(uri: string): string {
  const end = uri.search(/[?#]/);
  return end < 0 ? uri : uri.slice(0, end);
}

/** Parts of a percent that are told apart. */
const PARTS = 100;

/** A number from 0 to 9,999 that a client keeps under a policy: FNV-1a, mixed as MurmurHash3 does at its end. */
function shareOf(policy: string, client: string): number {
  if (client === '') return 0;
  let hash = 0x811c9dc5;
  for (const char of `${policy} ${client}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % (100 * PARTS);
}
