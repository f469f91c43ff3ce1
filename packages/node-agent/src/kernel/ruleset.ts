/**
 * What stands in a selected pod's network namespace: one nftables table, and a routing rule with its table.
 *
 * - capture: the first packet of a connection from outside to a selected port is redirected to Envoy's listener in the pod;
 *   conntrack does the same with the rest of it. Only a SYN begins a connection: one that is under way when the pod is selected
 *   is new to conntrack too, and goes on as it is.
 * - zone: Envoy's connection to the workload has its client's address, and perhaps the same port: in a zone of its own it
 *   cannot be taken for the client's. Its answers are told apart by their port, so that the zone is of one direction only.
 * - answers: what the workload answers to such a connection is marked, and the mark routes it to Envoy instead of the client.
 * - guard: Envoy's ports cannot be reached but by redirection.
 */
import { REDIRECT_PORTS, ROUTING_TABLE } from '../limits.ts';

export interface Redirection {
  /** Ascending. */
  readonly ports: readonly number[];
  /** Null lets connections through to the workload; those that were redirected go on. */
  readonly redirectPort: number | null;
  readonly mark: number;
  readonly exemptSources: readonly string[];
  readonly ipFamilies: readonly ('IPv4' | 'IPv6')[];
}

export const TABLE = 'inet sluice';

const BEGINS = 'tcp flags & (fin | syn | rst | ack) == syn';

export function tableText({ ports, redirectPort, mark, exemptSources }: Redirection): string {
  const exempt4 = exemptSources.filter((range) => !range.includes(':'));
  const exempt6 = exemptSources.filter((range) => range.includes(':'));
  const target = 'iif != "lo" fib daddr type local tcp dport @ports';
  const capture = [
    ...(exempt4.length > 0 ? ['ip saddr @exempt4 accept'] : []),
    ...(exempt6.length > 0 ? ['ip6 saddr @exempt6 accept'] : []),
    ...(redirectPort === null || ports.length === 0
      ? []
      : [`${target} ${BEGINS} counter redirect to :${redirectPort}`]),
  ];
  const lines = [
    `table ${TABLE} {`,
    ...portSet(ports),
    ...rangeSet('exempt4', 'ipv4_addr', exempt4),
    ...rangeSet('exempt6', 'ipv6_addr', exempt6),
    ...chain('capture', 'nat hook prerouting priority dstnat', capture),
    ...chain('zone', 'filter hook output priority -310', [
      `meta mark ${mark} ct original zone set ${ROUTING_TABLE}`,
    ]),
    ...chain('answers', 'route hook output priority mangle', [
      `meta mark ${mark} ct mark set ${mark} accept`,
      `ct mark ${mark} meta mark set ${mark}`,
    ]),
    ...chain('guard', 'filter hook input priority filter', [
      `iif != "lo" tcp dport { ${REDIRECT_PORTS.join(', ')} } ct status & dnat == 0 counter reject with tcp reset`,
    ]),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** The table as nft takes it in one transaction, whatever stood there before. */
export const replaceTable = (text: string): string => `table ${TABLE}\ndelete table ${TABLE}\n${text}`;

const chain = (name: string, hook: string, rules: readonly string[]): readonly string[] => [
  `  chain ${name} {`,
  `    type ${hook}; policy accept;`,
  ...rules.map((rule) => `    ${rule}`),
  '  }',
];

const elements = (items: readonly (string | number)[]): readonly string[] =>
  items.length === 0 ? [] : [`    elements = { ${items.join(', ')} }`];

const portSet = (ports: readonly number[]): readonly string[] => [
  '  set ports {',
  '    type inet_service',
  ...elements(ports),
  '  }',
];

function rangeSet(name: string, type: string, ranges: readonly string[]): readonly string[] {
  if (ranges.length === 0) return [];
  return [
    `  set ${name} {`,
    `    type ${type}`,
    '    flags interval',
    '    auto-merge',
    ...elements(ranges),
    '  }',
  ];
}
