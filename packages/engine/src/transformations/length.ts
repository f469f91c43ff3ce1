/**
 * length: the number of bytes, in decimal digits.
 *
 * Source: reference manual, "length".
 */
import type { Transformation } from './transformation.ts';

export const length: Transformation = { name: 'length', apply: (value) => String(value.length) };
