/** Durations as Go writes them, `1h30m`, which is how GlobalAlert has them. */

const MILLIS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;

/** @returns milliseconds; null where it is no duration of zero or more */
export function parseGoDuration(text: string): number | null {
  if (text === '0') return 0;
  let end = 0;
  let millis = 0;
  for (const [part, number = '', unit = ''] of text.matchAll(PART)) {
    end += part.length;
    millis += Number(number) * (MILLIS[unit] ?? 0);
  }
  return end === text.length && end > 0 && Number.isFinite(millis) ? millis : null;
}
