/**
 * compressWhitespace: each run of blanks, tabs, line ends, \v, \f and 0xA0 becomes one blank.
 *
 * Source: reference manual, "compressWhitespace"; 0xA0 as in ModSecurity 2.
 */
import type { Transformation } from './transformation.ts';

/** What is not a single blank already. */
const COMPRESSIBLE = /[\t-\r\xa0]| [ \t-\r\xa0]/;
const SPACES = /[ \t-\r\xa0]+/g;

export const compressWhitespace: Transformation = {
  name: 'compressWhitespace',
  apply: (value) => (COMPRESSIBLE.test(value) ? value.replace(SPACES, ' ') : value),
};
