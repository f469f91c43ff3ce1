/** One text for one value, whatever the order in which its keys were written: what digests are made of. */
import { createHash } from 'node:crypto';

/**
 * JSON without blanks, keys by their UTF-16 code units, keys without a value left out.
 * @param value as `JSON.stringify` takes it, without `toJSON`
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`);
  return `{${fields.join(',')}}`;
}

/** SHA-256 of the canonical text, in 64 hexadecimal digits. */
export const digestOfJson = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex');
