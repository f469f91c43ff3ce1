/** A day of events of two namespaces in a store of SQLite, the same for the same seed, made once and kept in the cache. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../packages/cli/src/setup/paths.ts';
import { SqliteStore } from '../../packages/hub/src/index.ts';
import type { Document, SpoolRecord } from '../../packages/spool/src/record.ts';
import { eventAt, numbers } from '../store/events.ts';

const DAY_MILLIS = 86_400_000;
const MINUTE_MILLIS = 60_000;
/** End of the day that the store holds, in milliseconds since the epoch. */
export const SEEDED_UNTIL = Date.UTC(2026, 10, 2);
const BATCH = 2_000;
/** Batches on their way at once, as a shipper has them. */
const IN_FLIGHT = 3;
const SAY_EVERY = 50_000;
const PATHS = 2_000;
const OWNERS = 20;
const TEMPLATES = ['/items', '/items/{n}', '/cart', '/login'];
const NAMESPACES = ['shop', 'bank'];
/** Of the records that this file makes: stores of another are not used. */
const SHAPE = 2;

const of = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;

/** One of `events` over the day: two namespaces, two in three refused, two thousand paths. */
export function dayEvent(at: number, events: number, random: (below: number) => number): SpoolRecord {
  const record = eventAt(at, random);
  const document = record.document;
  const namespace = random(5) === 0 ? 'bank' : 'shop';
  const isDenied = random(3) !== 0;
  const path = `/${namespace}/items/${random(PATHS)}`;
  const waf = document.waf as Document;
  return {
    ...record,
    document: {
      ...document,
      '@timestamp': new Date(
        SEEDED_UNTIL - DAY_MILLIS + Math.floor((at / events) * DAY_MILLIS),
      ).toISOString(),
      event: { ...(document.event as Document), type: [isDenied ? 'denied' : 'allowed'] },
      url: { ...(document.url as Document), path, original: `${path}?id=1%20OR%201=1` },
      waf: {
        ...waf,
        ...{ policy: namespace, mode: isDenied ? 'Block' : 'Detect', would_block: true },
        destination: { namespace, owner: `Deployment/${namespace}-${random(OWNERS)}` },
        source: { namespace: 'outside', owner: `Deployment/browser-${random(3)}` },
      },
    },
  };
}

/** Each minute a document for each workload and path of it. */
export function* dayTraffic(random: (below: number) => number): Generator<SpoolRecord> {
  for (let at = SEEDED_UNTIL - DAY_MILLIS; at < SEEDED_UNTIL; at += MINUTE_MILLIS) {
    for (let group = 0; group < OWNERS * NAMESPACES.length; group += 1) {
      const namespace = of(NAMESPACES, group);
      const id = `l7-${at}-${group}`;
      const time = new Date(at).toISOString();
      const document: Document = {
        '@timestamp': time,
        event: { id, kind: 'metric', start: time },
        source: { ip: `10.1.0.${group}` },
        destination: { ip: `10.0.12.${group}`, port: 8_080 },
        http: { request: { method: 'GET' }, response: { status_code: 200 } },
        l7: {
          ...{ schema: 1, policy: namespace, template: of(TEMPLATES, group), status_class: '2xx' },
          source: { namespace: 'outside', owner: `Deployment/browser-${group % 3}` },
          destination: { namespace, owner: `Deployment/${namespace}-${group >> 1}` },
          ...{ count: 100 + random(50), blocked: random(5), would_block: random(3), responses: 100 },
        },
      };
      yield { dataSet: 'l7', id, source: '', document };
    }
  }
}

/**
 * @param say told how far it is
 * @returns the file of the store
 */
export async function seededStore(
  events: number,
  seed: number,
  say: (line: string) => void,
): Promise<string> {
  const folder = join(cacheDirectory(), 'bench-console');
  const path = join(folder, `events-${SHAPE}-${seed}-${events}.db`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}`;
  try {
    const store = await SqliteStore.open({ path: next });
    await fill(store, events, numbers(seed), say);
    await store.close();
    renameSync(next, path);
    return path;
  } finally {
    for (const ending of ['', '-wal', '-shm']) rmSync(next + ending, { force: true });
  }
}

async function fill(
  store: SqliteStore,
  events: number,
  random: (below: number) => number,
  say: (line: string) => void,
): Promise<void> {
  for (let from = 0; from < events; from += BATCH * IN_FLIGHT) {
    const batches = Array.from({ length: IN_FLIGHT }, (_, index) => {
      const first = from + index * BATCH;
      const length = Math.max(0, Math.min(BATCH, events - first));
      return Array.from({ length }, (__, at) => dayEvent(first + at, events, random));
    });
    await Promise.all(batches.map((records) => store.append(records)));
    const made = Math.min(events, from + BATCH * IN_FLIGHT);
    if (Math.floor(from / SAY_EVERY) !== Math.floor(made / SAY_EVERY)) say(`${made} of ${events} events`);
  }
  const traffic = [...dayTraffic(random)];
  for (let from = 0; from < traffic.length; from += BATCH)
    await store.append(traffic.slice(from, from + BATCH));
}
