/**
 * A table as nft lists it. How it writes what it was given differs from version to version, so it is asked: the table is loaded
 * into a network namespace that nobody else has, and goes with it.
 */
import { demandSuccess, runCommand } from './command.ts';
import { TABLE } from './ruleset.ts';

const KEPT_MAX = 256;
const known = new Map<string, Promise<string>>();

export const LIST = `nft -s list table ${TABLE}`;

/** @throws NodeAgentError NODE_AGENT_COMMAND, NODE_AGENT_TOOL */
export function canonicalTable(text: string): Promise<string> {
  const found = known.get(text);
  if (found !== undefined) return found;
  const listed = list(text);
  known.set(text, listed);
  // What failed may succeed the next time.
  listed.catch(() => known.delete(text));
  for (const oldest of known.keys()) {
    if (known.size <= KEPT_MAX) break;
    known.delete(oldest);
  }
  return listed;
}

async function list(text: string): Promise<string> {
  const argv = ['unshare', '--net', '--', 'sh', '-c', `nft -f - && ${LIST}`];
  return demandSuccess('listing a ruleset', await runCommand(argv, text));
}
