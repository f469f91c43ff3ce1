/**
 * removeCommentsChar: the marks of comments go away, what they enclose stays: `/*`, the end of a C comment, `<!--`,
 * `-->`, `--` and `#`.
 *
 * Source: reference manual, "removeCommentsChar". One pass: marks that come together by it stay.
 */
import type { Transformation } from './transformation.ts';

const MARK = /\/\*|\*\/|<!--|-->|--|#/;
const MARKS = /\/\*|\*\/|<!--|-->|--|#/g;

export const removeCommentsChar: Transformation = {
  name: 'removeCommentsChar',
  apply: (value) => (MARK.test(value) ? value.replace(MARKS, '') : value),
};
