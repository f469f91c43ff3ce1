/** The key of the hashes of masked values: a file of its own, so that it is in no configuration that people show around. */
import { readFileSync } from 'node:fs';
import { reasonOf } from '@sluice/server';
import { ServeError } from './errors.ts';

const KEY_BYTES_MIN = 32;
const KEY_BYTES_MAX = 4_096;

/** @throws ServeError HASH_KEY */
export function hashKeyOf(path: string | null): Uint8Array | null {
  if (path === null) return null;
  let key: Buffer;
  try {
    key = readFileSync(path);
  } catch (error) {
    throw new ServeError('HASH_KEY', { path, reason: reasonOf(error) });
  }
  if (key.length < KEY_BYTES_MIN || key.length > KEY_BYTES_MAX) {
    const reason = `it has ${key.length} bytes, not ${KEY_BYTES_MIN} to ${KEY_BYTES_MAX}`;
    throw new ServeError('HASH_KEY', { path, reason });
  }
  return new Uint8Array(key);
}
