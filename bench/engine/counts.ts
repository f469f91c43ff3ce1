/** What a batch of requests makes the engine do, in counts: unlike times, they are the same on every machine. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import {
  foldHeadsAfter,
  rememberScans,
  type Work,
  work,
  workSince,
} from '../../packages/engine/src/index.ts';
import type { BenchRequest } from './request.ts';
import { attributesOf, type SluiceInspector } from './sluice.ts';

export interface Counts {
  /** Per request, as means over the batch. */
  readonly work: Readonly<Work>;
  /** Bytes allocated on the JavaScript heap, a request; null where the process cannot tell. */
  readonly heapBytes: number | null;
  /** Share of the values that were looked for among those that are remembered, and found: requests one after another. */
  readonly rememberedShare: number;
}

/** The work is counted without what is remembered of other requests. Buffers lie outside of the heap and are not counted. */
export async function countBatch(
  inspector: SluiceInspector,
  requests: readonly BenchRequest[],
): Promise<Counts> {
  const prepared = requests.map(attributesOf);
  const inspectAll = (): void => {
    for (const [index, attributes] of prepared.entries())
      inspector.inspect(attributes, requests[index]?.body ?? new Uint8Array());
  };
  // As it is for heads that have come often.
  foldHeadsAfter(0);
  rememberScans(true);
  const started = { ...work };
  inspectAll();
  const { valuesLookedUp, valuesRemembered } = workSince(started);
  const rememberedShare = valuesLookedUp === 0 ? 0 : valuesRemembered / valuesLookedUp;
  rememberScans(false);
  const before = { ...work };
  inspectAll();
  const done = workSince(before);
  const names = Object.keys(done) as (keyof Work)[];
  const mean = Object.fromEntries(names.map((name) => [name, done[name] / requests.length])) as Record<
    keyof Work,
    number
  >;
  return { work: mean, heapBytes: await heapBytesOf(inspectAll, requests.length), rememberedShare };
}

/** The growth of the heap while nothing is collected. A collection in between makes the figure void. */
async function heapBytesOf(inspectAll: () => void, count: number): Promise<number | null> {
  const { gc } = globalThis;
  if (gc === undefined) return null;
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  gc();
  await turn();
  observer.observe({ entryTypes: ['gc'] });
  const before = process.memoryUsage().heapUsed;
  inspectAll();
  const grown = process.memoryUsage().heapUsed - before;
  // What was collected is told in a later turn.
  await turn();
  await turn();
  observer.disconnect();
  return collections === 0 ? grown / count : null;
}
