/**
 * removeWhitespace: blanks, tabs, line ends, \v, \f and 0xA0 (the no-break space of ISO 8859-1) go away.
 *
 * Source: reference manual, "removeWhitespace"; 0xA0 as in ModSecurity 2.
 */
import type { Transformation } from './transformation.ts';

const SPACE = /[ \t-\r\xa0]/;
const SPACES = /[ \t-\r\xa0]+/g;

export const removeWhitespace: Transformation = {
  name: 'removeWhitespace',
  apply: (value) => (SPACE.test(value) ? value.replace(SPACES, '') : value),
};
