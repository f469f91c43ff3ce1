/**
 * trim: white space (blank, \t, \n, \v, \f, \r) at both ends goes away.
 *
 * Source: reference manual, "trim".
 */
import type { Transformation } from './transformation.ts';
import { spaceEnd } from './trim-left.ts';
import { spaceStart } from './trim-right.ts';

export const trim: Transformation = {
  name: 'trim',
  apply: (value) => value.slice(spaceEnd(value), spaceStart(value)),
};
