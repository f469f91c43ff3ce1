/** Records as nodes make them, with the fields that tests ask for. */
import type { SpoolRecord } from '@sluice/spool';

/** Ids are in the order of time, as those of events are. */
export function recordOf(
  node: string,
  index: number,
  more: Readonly<Record<string, unknown>> = {},
): SpoolRecord {
  const id = `${node}-${String(index).padStart(8, '0')}`;
  const document = {
    '@timestamp': new Date(Date.UTC(2026, 10, 23) + index).toISOString(),
    event: { id, action: 'deny', duration: 1_000 + index },
    http: { request: { id: `request-${id}`, method: 'GET' } },
    source: { ip: '192.0.2.7' },
    observer: { hostname: node },
    waf: { policy: 'default', mode: 'Block', would_block: true, latency_us: index },
    rule_info: [`[1] Host:'${node}' ID:'942100'`],
    host: node,
    ...more,
  };
  return { dataSet: 'waf', id, source: '192.0.2.7', document };
}

export const recordsOf = (node: string, from: number, count: number): readonly SpoolRecord[] =>
  Array.from({ length: count }, (_, index) => recordOf(node, from + index));
