/**
 * What stands in a selected pod's network namespace: one nftables table, a routing rule with its table, and three sysctls
 * (routing.ts).
 *
 * - capture: the first packet of a connection from outside to a selected port is redirected to Envoy's listener in the pod;
 *   conntrack does the same with the rest of it. Only a SYN begins a connection: one that is under way when the pod is selected
 *   is new to conntrack too, and goes on as it is.
 * - inner: Envoy's connection to the workload has its client's address, and may have the port of another connection of that
 *   client. Conntrack would take one for the other, so it does not see this one.
 * - guard: Envoy's ports cannot be reached but by redirection.
 * - before_…: no hook and no rules; its name keeps what the sysctls were, and which agent's all this is, for whoever takes it away.
 */
import { createHash } from 'node:crypto';
import { REDIRECT_PORTS } from '../limits.ts';

export interface Redirection {
  /** Ascending. */
  readonly ports: readonly number[];
  /** Null lets connections through to the workload; those that were redirected go on. */
  readonly redirectPort: number | null;
  readonly mark: number;
  readonly exemptSources: readonly string[];
  readonly ipFamilies: readonly ('IPv4' | 'IPv6')[];
}

/**
 * Values of the three sysctls before anything was installed, a digit each, `x` where the kernel has none; then `_` and the agent's
 * name.
 */
export type Provenance = string;

/** An agent's name is its folder's: the next agent of the same folder is the same. */
export const agentName = (stateDirectory: string): string =>
  createHash('sha256').update(stateDirectory).digest('hex').slice(0, 8);

export const TABLE = 'inet sluice';

/** Beginning of the name of the chain that keeps what the sysctls were. */
const BEFORE = 'before_';

/** Null where the table does not say. */
export const provenanceOf = (table: string): Provenance | null =>
  new RegExp(`chain ${BEFORE}([0-9x]{3}_[0-9a-f]{8}) `).exec(table)?.[1] ?? null;

const BEGINS = 'tcp flags & (fin | syn | rst | ack) == syn';

/** Chains by name, with where they hook in. */
const CHAINS = {
  capture: 'nat hook prerouting priority dstnat',
  inner: 'filter hook output priority raw',
  guard: 'filter hook input priority filter',
} as const;

/** Sets by name, with what they hold. */
const SETS = {
  ports: 'type inet_service',
  exempt4: 'type ipv4_addr; flags interval; auto-merge',
  exempt6: 'type ipv6_addr; flags interval; auto-merge',
} as const;

type ChainName = keyof typeof CHAINS;
type SetName = keyof typeof SETS;

const EMPTY_RULES: Readonly<Record<ChainName, readonly string[]>> = { capture: [], inner: [], guard: [] };
const EMPTY_SETS: Readonly<Record<SetName, readonly string[]>> = { ports: [], exempt4: [], exempt6: [] };

/** The whole table, as it is to stand. */
export function tableText(redirection: Redirection, before: Provenance): string {
  const { ports, redirectPort, mark, exemptSources } = redirection;
  const target = 'iif != "lo" fib daddr type local tcp dport @ports';
  const capture = [
    'ip saddr @exempt4 accept',
    'ip6 saddr @exempt6 accept',
    `${target} ${BEGINS} counter redirect to :${redirectPort}`,
  ];
  const guarded = `tcp dport { ${REDIRECT_PORTS.join(', ')} } ct status & dnat == 0`;
  return render(
    {
      ports: ports.map(String),
      exempt4: exemptSources.filter((range) => !range.includes(':')),
      exempt6: exemptSources.filter((range) => range.includes(':')),
    },
    {
      capture: redirectPort === null || ports.length === 0 ? [] : capture,
      inner: [`meta mark ${mark} notrack`],
      guard: [`iif != "lo" ${guarded} counter reject with tcp reset`],
    },
    [`  chain ${BEFORE}${before} {`, '  }'],
  );
}

/**
 * What makes the table so in one transaction. Chains that are there keep their place in the kernel's hooks: a packet that is on
 * its way through them sees the former rules or the new ones, never none.
 */
export function updateTable(text: string): string {
  const flushes = [
    ...Object.keys(CHAINS).map((name) => `flush chain ${TABLE} ${name}`),
    ...Object.keys(SETS).map((name) => `flush set ${TABLE} ${name}`),
  ];
  return `${render(EMPTY_SETS, EMPTY_RULES)}${flushes.join('\n')}\n${text}`;
}

/** The same where something else stands under our names. */
export const replaceTable = (text: string): string => `table ${TABLE}\ndelete table ${TABLE}\n${text}`;

function render(
  sets: Readonly<Record<SetName, readonly string[]>>,
  chains: Readonly<Record<ChainName, readonly string[]>>,
  more: readonly string[] = [],
): string {
  const lines = [
    `table ${TABLE} {`,
    ...entries(SETS).flatMap(([name, type]) => [
      `  set ${name} {`,
      `    ${type}`,
      ...(sets[name].length === 0 ? [] : [`    elements = { ${sets[name].join(', ')} }`]),
      '  }',
    ]),
    ...entries(CHAINS).flatMap(([name, hook]) => [
      `  chain ${name} {`,
      `    type ${hook}; policy accept;`,
      ...chains[name].map((rule) => `    ${rule}`),
      '  }',
    ]),
    ...more,
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** Entries with their names as names. */
function entries<K extends string, V>(record: Readonly<Record<K, V>>): readonly (readonly [K, V])[] {
  const names: readonly K[] = Object.keys(record) as K[];
  return names.map((name) => [name, record[name]]);
}
