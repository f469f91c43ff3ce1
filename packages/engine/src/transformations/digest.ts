/** A digest of a value as bytes. */
import { createHash } from 'node:crypto';

export const digest = (algorithm: 'md5' | 'sha1', value: string): string =>
  createHash(algorithm).update(value, 'latin1').digest().toString('latin1');
