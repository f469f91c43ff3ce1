/** One text for one value, whatever the order in which its keys were written: what digests are made of. */
import { createHash } from 'node:crypto';

/**
 * JSON without blanks, keys by their UTF-16 code units, keys without a value left out.
 * @param value as `JSON.stringify` takes it, without `toJSON`
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let fields = '';
  // Tables of nodes pass here with each plan: a loop takes half the time of a chain of arrays.
  for (const key of Object.keys(value).sort()) {
    const entry: unknown = (value as Readonly<Record<string, unknown>>)[key];
    if (entry !== undefined)
      fields += `${fields === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(entry)}`;
  }
  return `{${fields}}`;
}

const digests = new WeakMap<object, string>();

/** `digestOfJson` of what never changes, made once. */
export function digestOnce(value: object): string {
  const known = digests.get(value) ?? digestOfJson(value);
  digests.set(value, known);
  return known;
}

/** SHA-256 of the canonical text, in 64 hexadecimal digits. */
export const digestOfJson = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex');
