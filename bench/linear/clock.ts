/** Processor time of a repeated action. */

/** Some kernels count processor time in steps of 4 ms: a measurement is long enough that they hardly matter. */
const BATCH_MILLIS_MIN = 60;
const GLANCE_MILLIS_MIN = 20;

/** Milliseconds of processor time, all threads, that one call takes: the median of so many batches, after a warm-up. */
export function processorMillis(action: () => void, batches: number): number {
  action();
  return median(Array.from({ length: batches }, () => batchMillis(action, BATCH_MILLIS_MIN)));
}

/** The same as a first look: cold, once, and short. */
export const glanceMillis = (action: () => void): number => batchMillis(action, GLANCE_MILLIS_MIN);

function batchMillis(action: () => void, millisMin: number): number {
  const before = process.cpuUsage();
  for (let calls = 1; ; calls++) {
    action();
    const { user, system } = process.cpuUsage(before);
    const millis = (user + system) / 1_000;
    if (millis >= millisMin) return millis / calls;
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
