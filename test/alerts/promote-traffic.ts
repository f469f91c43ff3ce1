/**
 * A shop's traffic through the real selection, engine and decision, with the time that the test says: what becomes of each request, and the
 * event that a store gets of it.
 */
import { join } from 'node:path';
import type { EventStore } from '@sluice/hub';
import { type Document, recordOf } from '@sluice/spool';
import { baseFiles } from '../../packages/cli/src/serve/base-files.ts';
import { cacheDirectory } from '../../packages/cli/src/setup/paths.ts';
import { Engine, type HeaderList, type HttpRequestAttributes } from '../../packages/engine/src/index.ts';
import { decide } from '../../packages/server/src/decide.ts';
import { settledEvent } from '../../packages/server/src/event-outcome.ts';
import { type Config, createEngineInspector, type Inspector } from '../../packages/server/src/index.ts';
import { PolicySelector } from '../../packages/server/src/policies/select.ts';

export interface Visit {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly source: string;
  readonly method?: string;
  readonly uri: string;
  readonly body?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly isAttack: boolean;
}

export interface Outcome {
  readonly visit: Visit;
  readonly denied: boolean;
  readonly wouldBlock: boolean;
}

const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** A server as it is with one configuration: a reload makes another. */
export class Gateway {
  readonly #inspector: Inspector;
  readonly #selector: PolicySelector;
  #count = 0;

  constructor({ policies, select }: Pick<Config, 'policies' | 'select'>) {
    const files = baseFiles({ crs: true, directory: null });
    this.#inspector = createEngineInspector({ engine, baseFiles: files, policies, select }).inspector;
    this.#selector = new PolicySelector(policies, select);
  }

  /** @throws where the store refuses an event: the test would test nothing */
  async serve(visits: readonly Visit[], store: EventStore): Promise<readonly Outcome[]> {
    const served = visits.map((visit) => this.#judge(visit));
    const records = served.flatMap(({ event }) => (event === null ? [] : (recordOf(event) ?? [])));
    for (let from = 0; from < records.length; from += 500) {
      const outcomes = await store.append(records.slice(from, from + 500));
      const bad = outcomes.find(({ kind }) => kind !== 'stored');
      if (bad !== undefined) throw new TypeError(JSON.stringify(bad));
    }
    return served.map(({ outcome }) => outcome);
  }

  #judge(visit: Visit): { readonly outcome: Outcome; readonly event: Document | null } {
    const attributes = attributesOf(visit, ++this.#count);
    const { client, headers, uri } = attributes;
    const destination = { address: '10.0.0.2', port: 8_080, route: null, virtualHost: null };
    const { policy, ruleSet, name } = this.#selector.select({
      named: null,
      destination,
      client,
      headers,
      uri,
    });
    const body = Buffer.from(visit.body ?? '');
    const inspection = this.#inspector.inspect({
      ...{ attributes, body, bodyComplete: true, policy: ruleSet, probe: false },
    });
    if (inspection instanceof Promise) throw new TypeError('the inspector of one thread answers at once');
    const decision = decide(inspection.verdict, policy, inspection.mode);
    const settled = settledEvent(inspection.event, { verdict: inspection.verdict, decision, policy });
    const outcome = { visit, denied: decision.action === 'deny', wouldBlock: decision.wouldBlock };
    if (settled === null || name === '') return { outcome, event: null };
    return { outcome, event: { ...(settled as Document), '@timestamp': new Date(visit.at).toISOString() } };
  }
}

const NO_LINES: HeaderList = [];

const bodyLines = (kind: string, body: string): HeaderList => [
  ['Content-Type', kind],
  ['Content-Length', String(Buffer.byteLength(body))],
];

function attributesOf(visit: Visit, count: number): HttpRequestAttributes {
  const { source, method = 'GET', uri, body = '', headers = [] } = visit;
  const kind = body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded';
  return {
    id: `r-${visit.at}-${count}`,
    protocol: 'HTTP/1.1',
    method,
    uri,
    headers: [
      ['Host', 'shop.example'],
      ['User-Agent', AGENT],
      ['Accept', 'text/html,*/*'],
      ...headers,
      ...(body === '' ? NO_LINES : bodyLines(kind, body)),
    ],
    client: { address: source, port: 40_000 },
    server: { address: '10.0.0.2', port: 8_080 },
  };
}
