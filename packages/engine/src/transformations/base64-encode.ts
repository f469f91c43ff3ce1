/**
 * base64Encode: base64 with padding.
 *
 * Source: reference manual, "base64Encode".
 */
import { toBytes } from '../bytes.ts';
import type { Transformation } from './transformation.ts';

export const base64Encode: Transformation = {
  name: 'base64Encode',
  apply: (value) => toBytes(value).toString('base64'),
};
