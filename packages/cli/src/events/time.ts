/** Points in time as people write them on a command line. */
import { EventsError } from './errors.ts';

const UNIT_MILLIS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `now`, `-15m`, `now-1d`: so long ago. */
const RELATIVE = /^(?:now)?(?:-(\d{1,9})([smhdw]))?$/;
/** ISO 8601: a day, or a day and a time. Without a zone it is UTC, as events are. */
const ISO = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * @param now milliseconds since the epoch
 * @returns milliseconds since the epoch
 * @throws EventsError EVENTS_OPTION
 */
export function parseTime(option: string, text: string, now: number): number {
  const relative = text === '' ? null : RELATIVE.exec(text);
  if (relative !== null) return now - Number(relative[1] ?? 0) * (UNIT_MILLIS[relative[2] ?? ''] ?? 0);
  const iso = ISO.exec(text);
  if (iso !== null) {
    const zoned = iso[1] === undefined && text.includes('T') ? `${text}Z` : text;
    const millis = Date.parse(zoned);
    if (!Number.isNaN(millis)) return millis;
  }
  throw new EventsError('EVENTS_OPTION', {
    option,
    reason: `${text} is no time: 2026-11-23, 2026-11-23T06:15:00Z, now, -15m, now-1d (s, m, h, d, w)`,
  });
}

/** As tables show it: UTC, with milliseconds. */
export const shownTime = (millis: number): string => new Date(millis).toISOString();
