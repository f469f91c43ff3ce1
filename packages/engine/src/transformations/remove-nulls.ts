/**
 * removeNulls: NUL bytes go away.
 *
 * Source: reference manual, "removeNulls".
 */
import type { Transformation } from './transformation.ts';

const NULS = /\0+/g;

export const removeNulls: Transformation = {
  name: 'removeNulls',
  apply: (value) => (value.includes('\0') ? value.replace(NULS, '') : value),
};
