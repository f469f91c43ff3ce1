/**
 * How answers of a workload come back to Envoy although they go to a client's address. Envoy's connections carry a mark. A socket
 * that accepts one takes its mark over (tcp_fwmark_accept), and so does an answer that comes from no socket, such as a refusal
 * (fwmark_reflect); a routing rule keeps what is marked within the pod.
 */
import { ROUTING_TABLE } from '../limits.ts';
import type { Provenance, Redirection } from './ruleset.ts';

/** In a container /proc/sys cannot be written: SLUICE_SYSCTLS is where the machine's own /proc/sys/net is mounted. */
const { SLUICE_SYSCTLS = '/proc/sys/net' } = process.env;

const SYSCTLS = ['ipv4/tcp_fwmark_accept', 'ipv4/fwmark_reflect', 'ipv6/fwmark_reflect'].map(
  (name) => `${SLUICE_SYSCTLS}/${name}`,
);

const FLAGS = { IPv4: '-4', IPv6: '-6' } as const;
const ANY = { IPv4: '0.0.0.0/0', IPv6: '::/0' } as const;
const FAMILIES = ['IPv4', 'IPv6'] as const;

const T = ROUTING_TABLE;

const rule = (mark: number): string => `fwmark 0x${mark.toString(16)} lookup ${T}`;

/** Commands of a shell that print the rules, the routes and the sysctls, with `cut` between. */
export const inspectRouting = (cut: string): string =>
  [
    ...FAMILIES.map((family) => `ip ${FLAGS[family]} rule show pref ${T} 2>/dev/null`),
    ...FAMILIES.map((family) => `ip ${FLAGS[family]} route show table ${T} 2>/dev/null`),
    // A kernel without IPv6 has two.
    SYSCTLS.map((path) => `{ cat ${path} 2>/dev/null || echo x; }`).join('; '),
  ].join(`; echo ${cut}; `);

export class Routing {
  /** By family. */
  readonly #rules: readonly string[];
  readonly #routes: readonly string[];
  /** As in a `Provenance`. */
  readonly sysctls: string;

  /** @param parts what `inspectRouting` printed */
  constructor([rules4 = '', rules6 = '', routes4 = '', routes6 = '', sysctls = '']: readonly string[]) {
    this.#rules = [rules4, rules6];
    this.#routes = [routes4, routes6];
    this.sysctls = sysctls.replaceAll('\n', '');
  }

  get isAbsent(): boolean {
    return !this.#rules.some((text) => new RegExp(`lookup ${T}\\b`).test(text));
  }

  fits({ mark, ipFamilies }: Redirection): boolean {
    if (this.sysctls.includes('0')) return false;
    return FAMILIES.every((family, index) => {
      if (!ipFamilies.includes(family)) return true;
      const isRouted = /^local (?:default|::\/0) dev lo\b/m.test(this.#routes[index] ?? '');
      return isRouted && (this.#rules[index] ?? '').includes(rule(mark));
    });
  }

  /** Commands that take it away. */
  undo(before: Provenance | null): readonly string[] {
    const routing = FAMILIES.flatMap((family, index) => {
      const ip = `ip ${FLAGS[family]}`;
      const marks = [...(this.#rules[index] ?? '').matchAll(/fwmark (0x[0-9a-f]+) lookup (\d+)/g)]
        .filter(([, , table]) => Number(table) === T)
        .map(([, mark = '']) => `${ip} rule del pref ${T} fwmark ${mark} lookup ${T}`);
      const isRouted = (this.#routes[index] ?? '').trim() !== '';
      return [...marks, ...(isRouted ? [`${ip} route flush table ${T}`] : [])];
    });
    const sysctls = SYSCTLS.flatMap((path, index) => {
      const value = before?.[index];
      return value === undefined || value === 'x' ? [] : [`echo ${value} > ${path}`];
    });
    return [...routing, ...sysctls];
  }
}

/** Commands that add what is not there; connections that are routed so go on. */
export const routingCommands = ({ mark, ipFamilies }: Redirection): readonly string[] => [
  ...SYSCTLS.map((path) => `{ test ! -e ${path} || echo 1 > ${path}; }`),
  ...ipFamilies.flatMap((family) => {
    const ip = `ip ${FLAGS[family]}`;
    return [
      `{ ${ip} rule show pref ${T} | grep -q '${rule(mark)}' || ${ip} rule add pref ${T} ${rule(mark)}; }`,
      `${ip} route replace local ${ANY[family]} dev lo table ${T}`,
    ];
  }),
];
