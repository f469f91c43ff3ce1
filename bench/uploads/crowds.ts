/** The uploads that GETs have beside them. */
import type { UploadBody, UploadCrowd } from '../server/load.ts';

/** None ends in less than two minutes: a file of 1 MB (less than Envoy holds) and a form of 100 KB in turn, a piece a second. */
const SLOW_BODIES: readonly UploadBody[] = [
  { kind: 'file', bytes: 1_000_000, firstBytes: 65_536, pieceBytes: 4_096 },
  { kind: 'form', bytes: 100_000, firstBytes: 32_768, pieceBytes: 256 },
];
const SLOW_PERIOD_MILLIS = 1_000;
/** A second for 500: what is measured is a crowd that is there, not one that comes. */
const RAMP_MILLIS_EACH = 2;

export const HUGE_BYTES = 1_073_741_824;
const HUGE_BODIES: readonly UploadBody[] = [
  { kind: 'file', bytes: HUGE_BYTES, firstBytes: 262_144, pieceBytes: 262_144 },
];

export const slow = (port: number, count: number): UploadCrowd => ({
  port,
  count,
  bodies: SLOW_BODIES,
  periodMillis: SLOW_PERIOD_MILLIS,
  rampMillis: count * RAMP_MILLIS_EACH,
});

export const huge = (port: number, count: number): UploadCrowd => ({
  port,
  count,
  bodies: HUGE_BODIES,
  periodMillis: 0,
  rampMillis: 0,
});
