/**
 * sha1: the SHA-1 digest, 20 raw bytes.
 *
 * Source: reference manual, "sha1".
 */
import { digest } from './digest.ts';
import type { Transformation } from './transformation.ts';

export const sha1: Transformation = { name: 'sha1', apply: (value) => digest('sha1', value) };
