/** Installs, compares and removes what ruleset.ts describes, in a pod's network namespace. */
import { ROUTING_TABLE } from '../limits.ts';
import { canonicalTable, LIST } from './canonical.ts';
import { demandSuccess, inNamespace } from './command.ts';
import { type Redirection, replaceTable, TABLE, tableText } from './ruleset.ts';

export type Comparison = 'Same' | 'Different' | 'Absent';

/** Between the parts of what the shell prints. */
const CUT = '----';

const FLAGS = { IPv4: '-4', IPv6: '-6' } as const;
const FAMILIES = ['IPv4', 'IPv6'] as const;
const ANY = { IPv4: '0.0.0.0/0', IPv6: '::/0' } as const;

const T = ROUTING_TABLE;

const rule = (mark: number): string => `fwmark 0x${mark.toString(16)} lookup ${T}`;

/** Replaces the table in one transaction and adds what routing lacks: connections that were redirected go on. */
export async function install(namespacePath: string, redirection: Redirection): Promise<void> {
  const { mark, ipFamilies } = redirection;
  const routing = ipFamilies.flatMap((family) => {
    const ip = `ip ${FLAGS[family]}`;
    return [
      `{ ${ip} rule show pref ${T} | grep -q '${rule(mark)}' || ${ip} rule add pref ${T} ${rule(mark)}; }`,
      `${ip} route replace local ${ANY[family]} dev lo table ${T}`,
    ];
  });
  // Routing first: the first redirected connection needs it.
  const script = [...routing, 'nft -f -'].join(' && ');
  const input = replaceTable(tableText(redirection));
  demandSuccess(`installing in ${namespacePath}`, await inNamespace(namespacePath, script, input));
}

export async function compare(namespacePath: string, redirection: Redirection): Promise<Comparison> {
  const { table, rules, routes } = await inspect(namespacePath);
  if (table === '' && rules.every((each) => each === '')) return 'Absent';
  if (table !== (await canonicalTable(tableText(redirection)))) return 'Different';
  const isRouted = FAMILIES.every((family, index) => {
    if (!redirection.ipFamilies.includes(family)) return true;
    const hasRule = (rules[index] ?? '').includes(rule(redirection.mark));
    return hasRule && /^local (?:default|::\/0) dev lo\b/m.test(routes[index] ?? '');
  });
  return isRouted ? 'Same' : 'Different';
}

interface Found {
  readonly table: string;
  /** IPv4's, IPv6's. */
  readonly rules: readonly string[];
  readonly routes: readonly string[];
}

async function inspect(namespacePath: string): Promise<Found> {
  const { stdout } = await look(
    namespacePath,
    [
      `${LIST} 2>/dev/null`,
      ...FAMILIES.map((family) => `ip ${FLAGS[family]} rule show pref ${T} 2>/dev/null`),
      ...FAMILIES.map((family) => `ip ${FLAGS[family]} route show table ${T} 2>/dev/null`),
    ].join(`; echo ${CUT}; `),
  );
  const [table = '', rules4 = '', rules6 = '', routes4 = '', routes6 = ''] = stdout.split(`${CUT}\n`);
  return { table, rules: [rules4, rules6], routes: [routes4, routes6] };
}

/** A namespace that cannot be entered is an error; a table that is not there is an answer. */
async function look(namespacePath: string, script: string): Promise<{ readonly stdout: string }> {
  const result = await inNamespace(namespacePath, `${script}; true`);
  return { stdout: demandSuccess(`looking into ${namespacePath}`, result) };
}

/** Leaves nothing, whatever was there of ours; what others installed stays. @returns whether there was anything */
export async function remove(namespacePath: string): Promise<boolean> {
  const { table, rules, routes } = await inspect(namespacePath);
  const routing = FAMILIES.flatMap((family, index) => {
    const ip = `ip ${FLAGS[family]}`;
    const marks = [...(rules[index] ?? '').matchAll(/fwmark (0x[0-9a-f]+) lookup (\d+)/g)]
      .filter(([, , table = '']) => Number(table) === T)
      .map(([, mark = '']) => `${ip} rule del pref ${T} fwmark ${mark} lookup ${T}`);
    const isRouted = (routes[index] ?? '').trim() !== '';
    return [...marks, ...(isRouted ? [`${ip} route flush table ${T}`] : [])];
  });
  const commands = [...(table === '' ? [] : [`nft delete table ${TABLE}`]), ...routing];
  if (commands.length === 0) return false;
  demandSuccess(`removing from ${namespacePath}`, await inNamespace(namespacePath, commands.join(' && ')));
  return true;
}

/** Whether anything of ours is there; a namespace that has gone meanwhile has nothing. */
export async function hasRedirection(namespacePath: string): Promise<boolean> {
  const result = await inNamespace(
    namespacePath,
    `${LIST} >/dev/null 2>/dev/null || ip rule show pref ${T} | grep -q 'lookup ${T}'`,
  );
  return result.status === 0;
}

/** New connections go to the workload; those that were redirected go on. */
export async function openThrough(namespacePath: string): Promise<void> {
  await inNamespace(namespacePath, `nft flush chain ${TABLE} capture`);
}
