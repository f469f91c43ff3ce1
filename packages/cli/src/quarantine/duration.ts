/** Lengths of time as people write them: `90s`, `15m`, `1h`, `2d`. */
import { QUARANTINE_LIMITS, QuarantineError } from '@sluice/controller/quarantine';

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** @returns seconds @throws QuarantineError QUARANTINE_OPTION */
export function parseDuration(text: string): number {
  const [, number, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(number) * (UNIT_SECONDS[unit] ?? Number.NaN);
  const { expirySecondsMin: min, expirySecondsMax: max } = QUARANTINE_LIMITS;
  if (seconds >= min && seconds <= max) return seconds;
  throw new QuarantineError('QUARANTINE_OPTION', {
    option: '--for',
    reason: `${text} is no time from ${min}s to ${max / 86_400}d: 90s, 15m, 1h, 2d`,
  });
}

const STEPS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
  [1, 's'],
] as const;

/** In its two largest units: `1 h 5 m`. */
export function shownDuration(millis: number): string {
  let rest = Math.max(0, Math.round(millis / 1000));
  const parts: string[] = [];
  for (const [seconds, unit] of STEPS) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}
