/** Installs, compares and removes what ruleset.ts and routing.ts describe, in a pod's network namespace. */
import { ROUTING_TABLE } from '../limits.ts';
import { canonicalTable, LIST } from './canonical.ts';
import { demandSuccess, inNamespace } from './command.ts';
import { inspectRouting, Routing, routingCommands } from './routing.ts';
import {
  type Redirection,
  replaceTable,
  type SysctlsBefore,
  sysctlsBefore,
  TABLE,
  tableText,
  updateTable,
} from './ruleset.ts';

export type Comparison = 'Same' | 'Different' | 'Absent';

/** Between the parts of what the shell prints. */
const CUT = '----';

interface Found {
  readonly table: string;
  readonly routing: Routing;
}

/** A namespace that cannot be entered is an error; a table that is not there is an answer. */
async function inspect(namespacePath: string): Promise<Found> {
  const script = `${LIST} 2>/dev/null; echo ${CUT}; ${inspectRouting(CUT)}; true`;
  const stdout = demandSuccess(`looking into ${namespacePath}`, await inNamespace(namespacePath, script));
  const [table = '', ...parts] = stdout.split(`${CUT}\n`);
  return { table, routing: new Routing(parts) };
}

/** What the sysctls are, or were before an agent came: to be known before the first installation. */
export async function readBefore(namespacePath: string): Promise<SysctlsBefore> {
  const { table, routing } = await inspect(namespacePath);
  return sysctlsBefore(table) ?? routing.sysctls;
}

/** Makes the table so in one transaction, and adds what routing lacks: connections that were redirected go on. */
export async function install(
  namespacePath: string,
  redirection: Redirection,
  before: SysctlsBefore,
): Promise<void> {
  const text = tableText(redirection, before);
  // Routing first: the first redirected connection needs it.
  const script = [...routingCommands(redirection), 'nft -f -'].join(' && ');
  const updated = await inNamespace(namespacePath, script, updateTable(text));
  if (updated.status === 0) return;
  // Chains or sets of our names that are none of ours cannot be updated.
  const replaced = await inNamespace(namespacePath, script, replaceTable(text));
  demandSuccess(`installing in ${namespacePath}`, replaced);
}

export async function compare(
  namespacePath: string,
  redirection: Redirection,
  before: SysctlsBefore,
): Promise<Comparison> {
  const { table, routing } = await inspect(namespacePath);
  if (table === '' && routing.isAbsent) return 'Absent';
  if (table !== (await canonicalTable(tableText(redirection, before)))) return 'Different';
  return routing.fits(redirection) ? 'Same' : 'Different';
}

/**
 * Leaves nothing of ours, whatever was there; what others installed stays.
 * @param known what the sysctls were, where the agent still knows; else the table itself says it
 * @returns whether there was anything
 */
export async function remove(namespacePath: string, known: SysctlsBefore | null = null): Promise<boolean> {
  const { table, routing } = await inspect(namespacePath);
  if (table === '' && routing.isAbsent) return false;
  const commands = [
    ...routing.undo(sysctlsBefore(table) ?? known),
    ...(table === '' ? [] : [`nft delete table ${TABLE}`]),
  ];
  const result = await inNamespace(namespacePath, commands.join(' && '));
  demandSuccess(`removing from ${namespacePath}`, result);
  return true;
}

/** Whether anything of ours is there; a namespace that has gone meanwhile has nothing. */
export async function hasRedirection(namespacePath: string): Promise<boolean> {
  const rule = `ip rule show pref ${ROUTING_TABLE} | grep -q 'lookup ${ROUTING_TABLE}'`;
  const result = await inNamespace(namespacePath, `${LIST} >/dev/null 2>/dev/null || ${rule}`);
  return result.status === 0;
}

/** New connections go to the workload; those that were redirected go on. */
export async function openThrough(namespacePath: string): Promise<void> {
  await inNamespace(namespacePath, `nft flush chain ${TABLE} capture`);
}
