/**
 * hexEncode: two lower-case hexadecimal digits a byte.
 *
 * Source: reference manual, "hexEncode".
 */
import { toBytes } from '../bytes.ts';
import type { Transformation } from './transformation.ts';

export const hexEncode: Transformation = {
  name: 'hexEncode',
  apply: (value) => toBytes(value).toString('hex'),
};
