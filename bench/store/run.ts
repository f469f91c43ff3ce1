/** The embedded store by itself: node bench/main.ts store [--events N] [--batch N] [--synchronous NORMAL|FULL] [--json] */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../packages/hub/src/index.ts';
import { readOptions, wholeWithin } from '../options.ts';
import { eventAt, numbers } from './events.ts';
import { questionsOf } from './questions.ts';

const ROUNDS = 5;
/** Batches on their way at once, as a shipper has them. */
const IN_FLIGHT = 3;

const OPTIONS = {
  events: { type: 'string', default: '1000000' },
  batch: { type: 'string', default: '1000' },
  synchronous: { type: 'string', default: 'NORMAL' },
  folder: { type: 'string', default: tmpdir() },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const HELP = `Usage: sluice bench store [options]

What the embedded store takes in, and how long it looks for what people ask.

  --events N              documents of some 2.9 KB (1000000)
  --batch N               documents a batch, each a transaction (1000)
  --synchronous WHAT      NORMAL or FULL (NORMAL)
  --folder FOLDER         where the store is made (the system's for temporary files)
  --json                  one line of JSON
`;

interface Filled {
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly slowestBatchMillis: number;
  readonly bytesPerEvent: number;
  readonly jsonBytesPerEvent: number;
}

async function fill(store: SqliteStore, events: number, batch: number): Promise<Filled> {
  const random = numbers(7);
  let millis = 0;
  let slowest = 0;
  let json = 0;
  let cpu = 0;
  for (let from = 0; from < events; from += batch * IN_FLIGHT) {
    const batches = Array.from({ length: IN_FLIGHT }, (_, index) => {
      const first = from + index * batch;
      const length = Math.max(0, Math.min(batch, events - first));
      return Array.from({ length }, (__, at) => eventAt(first + at, random));
    });
    json += JSON.stringify(batches[0]?.[0]?.document ?? {}).length;
    const usage = process.cpuUsage();
    const start = performance.now();
    await Promise.all(batches.map((records) => store.append(records)));
    const took = performance.now() - start;
    const { user, system } = process.cpuUsage(usage);
    cpu += user + system;
    millis += took;
    slowest = Math.max(slowest, took / IN_FLIGHT);
  }
  const { bytes } = await store.stats();
  return {
    eventsPerSecond: Math.round((events / millis) * 1_000),
    cpuMicrosPerEvent: Math.round((cpu / events) * 10) / 10,
    slowestBatchMillis: Math.round(slowest),
    bytesPerEvent: Math.round(bytes / events),
    jsonBytesPerEvent: Math.round(json / Math.ceil(events / (batch * IN_FLIGHT))),
  };
}

interface Asked {
  readonly name: string;
  readonly found: number;
  readonly medianMillis: number;
}

async function ask(store: SqliteStore, events: number): Promise<readonly Asked[]> {
  const answers: Asked[] = [];
  for (const { name, ask: run } of questionsOf(events)) {
    const times: number[] = [];
    let found = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = performance.now();
      found = await run(store);
      times.push(performance.now() - start);
    }
    const median = times.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0;
    answers.push({ name, found, medianMillis: Math.round(median * 10) / 10 });
  }
  return answers;
}

export async function runStore(args: readonly string[]): Promise<number> {
  const options = readOptions('bench store', args, OPTIONS);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const events = wholeWithin('--events', options.events, 1_000, 100_000_000);
  const batch = wholeWithin('--batch', options.batch, 1, 100_000);
  const folder = mkdtempSync(join(options.folder, 'sluice-bench-store-'));
  try {
    const synchronous = options.synchronous === 'FULL' ? 'FULL' : 'NORMAL';
    const store = await SqliteStore.open({ path: join(folder, 'events.db'), synchronous });
    const filled = await fill(store, events, batch);
    const asked = await ask(store, events);
    await store.close();
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ events, batch, synchronous, filled, asked })}\n`
        : table(filled, asked),
    );
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function table(filled: Filled, asked: readonly Asked[]): string {
  const head = [
    `${filled.eventsPerSecond} events a second, ${filled.cpuMicrosPerEvent} µs of processor time an event (both threads)`,
    `slowest batch ${filled.slowestBatchMillis} ms; ${filled.bytesPerEvent} bytes an event, of JSON ${filled.jsonBytesPerEvent}`,
    '',
  ];
  const rows = asked.map(
    ({ name, found, medianMillis }) =>
      `${name.padEnd(42)}${String(found).padStart(9)}${medianMillis.toFixed(1).padStart(10)} ms`,
  );
  return `${[...head, ...rows].join('\n')}\n`;
}
