/** What an event costs the thread that speaks with Envoy: flood guard, encoding, checksum, copy. The disk has its own thread. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Document, FloodGuard, recordOf, SpoolWriter } from '../../packages/spool/src/index.ts';
import { BenchError } from '../engine/errors.ts';
import { ascending, percentile, sumOf } from '../engine/percentile.ts';

export interface AppendCost {
  readonly events: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly meanUs: number;
  /** Of the heap, and beside it, for each event that is written. */
  readonly allocatedBytes: number;
  /** On disk. */
  readonly recordBytes: number;
  /** As JSON, for comparison. */
  readonly jsonBytes: number;
  /** Mean of an event that is counted in a summary only. */
  readonly summarisedUs: number;
}

const BATCHES = 200;
const BATCH = 100;
const NO_SHARES = { perSecond: 1_000_000_000, burst: 1_000_000_000 };
const NOTHING = { perSecond: 1, burst: 1, sampleOneIn: 1_000_000_000 };

/** @param documents of real events, taken in turn */
export async function measureAppend(directory: string, documents: readonly Document[]): Promise<AppendCost> {
  if (documents.length === 0) {
    throw new BenchError('BENCH_CONTENDER', { name: 'spool', reason: 'it has no event' });
  }
  const limits = { bytesMax: 4_294_967_296, bufferBytesMax: 268_435_456 };
  const writer = await SpoolWriter.open({ directory, limits });
  const guardWith = (shares: object): FloodGuard =>
    new FloodGuard({ limits: shares, append: (record) => writer.append(record), makeId: () => 'summary' });
  const [kept, summed] = [guardWith(NO_SHARES), guardWith(NOTHING)];
  const times = await timesOf(kept, documents, () => writer.flush());
  const summarised = await timesOf(summed, documents, async () => undefined);
  const allocatedBytes = await allocatedBy(kept, documents, () => writer.flush());
  kept.close();
  summed.close();
  await writer.flush();
  const { bytes, acknowledged } = writer.stats;
  await writer.close();
  return {
    events: BATCHES * BATCH,
    p50Us: percentile(ascending(times), 0.5),
    p99Us: percentile(ascending(times), 0.99),
    meanUs: sumOf(times) / times.length,
    allocatedBytes,
    recordBytes: Math.round(bytes / acknowledged),
    jsonBytes: Math.round(
      sumOf(documents.map((document) => Buffer.byteLength(JSON.stringify(document)))) / documents.length,
    ),
    summarisedUs: sumOf(summarised) / summarised.length,
  };
}

/** So few that nothing is collected meanwhile, and the median of so many attempts, as something may be all the same. */
const ALLOCATIONS = 20;
const ATTEMPTS = 15;

async function allocatedBy(
  guard: FloodGuard,
  documents: readonly Document[],
  pause: () => Promise<void>,
): Promise<number> {
  const collect = collector();
  const allocated: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await pause();
    collect();
    const before = process.memoryUsage();
    for (let index = 0; index < ALLOCATIONS; index++) accept(guard, documents, index);
    const after = process.memoryUsage();
    allocated.push(after.heapUsed - before.heapUsed + after.external - before.external);
  }
  return Math.round(percentile(ascending(allocated), 0.5) / ALLOCATIONS);
}

function accept(guard: FloodGuard, documents: readonly Document[], index: number): void {
  const document = documents[index % documents.length];
  const record = document === undefined ? null : recordOf(document);
  if (record !== null) guard.accept(record);
}

/** Microseconds of each event; between batches the disk has its turn. */
async function timesOf(
  guard: FloodGuard,
  documents: readonly Document[],
  pause: () => Promise<void>,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    for (let each = 0; each < BATCH; each++) {
      const startedAt = performance.now();
      accept(guard, documents, batch * BATCH + each);
      times.push((performance.now() - startedAt) * 1_000);
    }
    await pause();
  }
  // The first half compiles.
  return times.slice(times.length / 2);
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') return () => undefined;
  return () => void collect();
}
