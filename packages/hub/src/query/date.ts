/** Dates as queries have them: ISO 8601, or a distance from now. */

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const RELATIVE = /^now(?:([+-])(\d{1,9})([smhdw]))?$/;

/** Years of four digits, which is what documents and stores write. */
const EARLIEST_MILLIS = Date.parse('0000-01-01T00:00:00.000Z');
const LATEST_MILLIS = Date.parse('9999-12-31T23:59:59.999Z');

const UNIT_MILLIS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const showable = (millis: number): number | undefined =>
  millis >= EARLIEST_MILLIS && millis <= LATEST_MILLIS ? millis : undefined;

/** Milliseconds since the epoch. Without an offset a date is in UTC; what is finer than a millisecond is cut off. */
export function isoMillis(text: string): number | undefined {
  const parts = ISO.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset = 'Z'] = parts;
  const at = new Date(0);
  at.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (at.getUTCMonth() !== Number(month) - 1 || at.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  at.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, '0').slice(0, 3)));
  if (offset === 'Z') return at.getTime();
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  if (hours > 23 || minutes > 59) return undefined;
  const distance = (hours * 60 + minutes) * 60_000;
  return showable(at.getTime() + (offset.startsWith('-') ? distance : -distance));
}

/** `now`, `now-15m`, `now+1h`, or a date in ISO 8601. */
export function dateMillis(text: string, now: number): number | undefined {
  const relative = RELATIVE.exec(text);
  if (relative === null) return isoMillis(text);
  const [, sign, count = '0', unit = 's'] = relative;
  const at = now + (sign === '-' ? -1 : 1) * Number(count) * (UNIT_MILLIS[unit] ?? 0);
  return showable(at);
}
