/**
 * md5: the MD5 digest, 16 raw bytes.
 *
 * Source: reference manual, "md5".
 */
import { digest } from './digest.ts';
import type { Transformation } from './transformation.ts';

export const md5: Transformation = { name: 'md5', apply: (value) => digest('md5', value) };
