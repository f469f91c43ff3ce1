/** Installs, compares and removes what ruleset.ts and routing.ts describe, in a pod's network namespace. */
import { canonicalTable, LIST } from './canonical.ts';
import { demandSuccess, inNamespace } from './command.ts';
import { inspectRouting, Routing, routingCommands } from './routing.ts';
import {
  type Provenance,
  provenanceOf,
  type Redirection,
  replaceTable,
  TABLE,
  tableText,
  updateTable,
} from './ruleset.ts';

/** `Foreign`: another agent's, which cannot be updated but replaced. */
export type Comparison = 'Same' | 'Different' | 'Foreign' | 'Absent';

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
export async function readProvenance(namespacePath: string, agent: string): Promise<Provenance> {
  const { table, routing } = await inspect(namespacePath);
  const before = provenanceOf(table)?.slice(0, routing.sysctls.length) ?? routing.sysctls;
  return `${before}_${agent}`;
}

/** Makes the table so in one transaction, and adds what routing lacks: connections that were redirected go on. */
export async function install(
  namespacePath: string,
  redirection: Redirection,
  before: Provenance,
  how: 'Update' | 'Replace' = 'Update',
): Promise<void> {
  const text = tableText(redirection, before);
  // Routing first: the first redirected connection needs it.
  const script = [...routingCommands(redirection), 'nft -f -'].join(' && ');
  if (how === 'Update') {
    const updated = await inNamespace(namespacePath, script, updateTable(text));
    if (updated.status === 0) return;
  }
  // Chains or sets of our names that are none of ours cannot be updated.
  const replaced = await inNamespace(namespacePath, script, replaceTable(text));
  demandSuccess(`installing in ${namespacePath}`, replaced);
}

export async function compare(
  namespacePath: string,
  redirection: Redirection,
  before: Provenance,
): Promise<Comparison> {
  const { table, routing } = await inspect(namespacePath);
  if (table === '' && routing.isAbsent) return 'Absent';
  if (table !== '' && provenanceOf(table) !== before) return 'Foreign';
  if (table !== (await canonicalTable(tableText(redirection, before)))) return 'Different';
  return routing.fits(redirection) ? 'Same' : 'Different';
}

/**
 * Leaves nothing of ours, whatever was there; what others installed stays.
 * @param known what the sysctls were, where the agent still knows; else the table itself says it
 * @returns whether there was anything
 */
export async function remove(namespacePath: string, known: Provenance | null = null): Promise<boolean> {
  const { table, routing } = await inspect(namespacePath);
  if (table === '' && routing.isAbsent) return false;
  const commands = [
    ...routing.undo(provenanceOf(table) ?? known),
    ...(table === '' ? [] : [`nft delete table ${TABLE}`]),
  ];
  const result = await inNamespace(namespacePath, commands.join(' && '));
  demandSuccess(`removing from ${namespacePath}`, result);
  return true;
}

/** Whether anything of an agent's is there; a namespace that has gone meanwhile has nothing. */
export async function hasRedirection(namespacePath: string, agent: string): Promise<boolean> {
  const { status, stdout } = await inNamespace(namespacePath, LIST);
  return status === 0 && provenanceOf(stdout)?.endsWith(`_${agent}`) === true;
}

/** New connections go to the workload; those that were redirected go on. */
export async function openThrough(namespacePath: string): Promise<void> {
  await inNamespace(namespacePath, `nft flush chain ${TABLE} capture`);
}
