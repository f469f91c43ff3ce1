/** What the tests of `sluice events` share: events, and the commands with a store of their own. */
import type { EventStore } from '@sluice/hub';
import type { Document, SpoolRecord } from '@sluice/spool';
import type { StoreAddress } from '../../packages/cli/src/events/address.ts';
import type { EventsEnvironment } from '../../packages/cli/src/events/session.ts';
import { MemoryStore } from '../event-store/memory-store.ts';

export const NOW = Date.parse('2026-11-23T12:00:00.000Z');
export const STORE = 'sqlite:/nowhere/events.db';

export interface EventParts {
  readonly id: string;
  /** Milliseconds before NOW. */
  readonly ago?: number;
  readonly outcome?: 'blocked' | 'would block' | 'cut short' | 'allowed';
  readonly requestId?: string;
  readonly rules?: readonly Document[];
  readonly waf?: Document;
  readonly more?: Document;
}

export const rule = (id: string, score: number, more: Document = {}): Document => ({
  id,
  message: `message of ${id}`,
  data: '',
  severity: 'CRITICAL',
  tags: [],
  phase: 2,
  paranoia_level: 1,
  file: '/rules/REQUEST-942.conf',
  line: 45,
  score,
  targets:
    score === 0
      ? [{ variable: 'TX:score', value: '5', score: 0 }]
      : [{ variable: 'ARGS:q', value: "' UNION", score }],
  targets_left_out: 0,
  ...more,
});

/** An attack that scores 5 of 5, unless said otherwise. */
export function event({
  id,
  ago = 0,
  outcome = 'blocked',
  requestId,
  rules,
  waf,
  more,
}: EventParts): Document {
  const isAttack = outcome === 'blocked' || outcome === 'would block';
  return {
    '@timestamp': new Date(NOW - ago).toISOString(),
    event: {
      id,
      kind: 'event',
      dataset: 'sluice.waf',
      type: [outcome === 'blocked' ? 'denied' : 'allowed'],
      action: isAttack ? 'deny' : outcome === 'cut short' ? 'uninspectable' : 'allow',
      outcome: outcome === 'cut short' ? 'failure' : 'success',
    },
    http: { request: { id: requestId ?? `request-${id}`, method: 'GET' } },
    url: { original: '/search?q=1', domain: 'shop.example', path: '/search' },
    source: { ip: '203.0.113.7', port: 1234 },
    destination: { ip: '10.0.0.1', port: 80 },
    ...(isAttack ? { rule: { id: '949110' } } : {}),
    waf: {
      policy: 'shop',
      mode: outcome === 'would block' ? 'Detect' : 'Block',
      would_block: isAttack,
      ...(isAttack ? { status: 403, detail: 'rule 949110' } : {}),
      ...(outcome === 'cut short' ? { cause: 'body_partial', detail: 'half a body' } : {}),
      scores: { blocking_inbound_anomaly_score: isAttack ? 5 : 0, inbound_anomaly_score_threshold: 5 },
      rules: rules ?? (isAttack ? [rule('942100', 5), rule('949110', 0)] : []),
      coverage: { request_bytes_seen: 10, request_bytes_passed: outcome === 'blocked' ? 0 : 10, skipped: [] },
      ...waf,
    },
    rule_info: `[1] ID:'942100'`,
    ...more,
  };
}

export const record = (document: Document, id: string): SpoolRecord => ({
  dataSet: 'waf',
  id,
  source: '203.0.113.7',
  document,
});

/** @throws where the store refuses one: the test would test nothing */
export async function storeWith(events: readonly EventParts[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  await add(store, events);
  return store;
}

export async function add(store: EventStore, events: readonly EventParts[]): Promise<void> {
  const outcomes = await store.append(events.map((parts) => record(event(parts), parts.id)));
  for (const outcome of outcomes) if (outcome.kind !== 'stored') throw new TypeError(JSON.stringify(outcome));
}

export interface Spoken extends EventsEnvironment {
  readonly out: () => string;
  readonly err: () => string;
  readonly opened: StoreAddress[];
}

/** @param columns of a terminal; none, where it is none */
export function speaking(store: EventStore, columns?: number): Spoken {
  let out = '';
  let err = '';
  const opened: StoreAddress[] = [];
  return {
    stdout: {
      write: (text) => (out += text),
      ...(columns === undefined ? {} : { isTTY: true, columns }),
    },
    stderr: { write: (text) => (err += text) },
    variables: { SLUICE_STORE: STORE, XDG_STATE_HOME: '/nowhere' },
    now: () => NOW,
    open: (address) => {
      opened.push(address);
      return Promise.resolve(store);
    },
    out: () => out,
    err: () => err,
    opened,
  };
}

export const SELECT = { dataSet: 'waf' } as const;
export const SEARCH = { ...SELECT, sort: '@timestamp', size: '20' } as const;
export const EXPORT = { ...SELECT, format: 'ndjson' } as const;
