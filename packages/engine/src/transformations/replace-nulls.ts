/**
 * replaceNulls: each NUL byte becomes a blank.
 *
 * Source: reference manual, "replaceNulls".
 */
import type { Transformation } from './transformation.ts';

const NUL = /\0/g;

export const replaceNulls: Transformation = {
  name: 'replaceNulls',
  apply: (value) => (value.includes('\0') ? value.replace(NUL, ' ') : value),
};
