/** Processor time of a repeated action. */

/** Some kernels count processor time in steps of 4 ms: a measurement is long enough that they do not matter. */
const BATCH_MILLIS_MIN = 60;

/** Milliseconds of processor time, all threads, that one call takes: the median of so many batches. */
export function processorMillis(action: () => void, batches: number): number {
  action();
  const results = Array.from({ length: batches }, () => batchMillis(action));
  return median(results);
}

function batchMillis(action: () => void): number {
  const before = process.cpuUsage();
  for (let calls = 1; ; calls++) {
    action();
    const { user, system } = process.cpuUsage(before);
    const millis = (user + system) / 1_000;
    if (millis >= BATCH_MILLIS_MIN) return millis / calls;
  }
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
