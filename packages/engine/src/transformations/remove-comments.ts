/**
 * removeComments: C comments and HTML comments go away; one without an end becomes a blank; `--` and `#` outside of a
 * comment end the value.
 *
 * Source: reference manual, "removeComments", and ModSecurity 2, where either kind of end closes either kind of
 * comment. (It copies the byte after a comment unseen; here that byte may begin the next comment.)
 */
import type { Transformation } from './transformation.ts';

const COMMENT_START = /\/\*|<!--|--|#/g;
const COMMENT_END = /\*\/|-->/g;

/** A search from `index`: where it begins and ends, or null. */
function find(pattern: RegExp, value: string, index: number): { start: number; end: number } | null {
  pattern.lastIndex = index;
  const match = pattern.exec(value);
  return match === null ? null : { start: match.index, end: match.index + match[0].length };
}

function apply(value: string): string {
  let open = find(COMMENT_START, value, 0);
  if (open === null) return value;
  let result = '';
  let copied = 0;
  while (open !== null) {
    result += value.slice(copied, open.start);
    const opener = value.slice(open.start, open.end);
    if (opener === '--' || opener === '#') return result;
    const close = find(COMMENT_END, value, open.end);
    if (close === null) return `${result} `;
    copied = close.end;
    open = find(COMMENT_START, value, copied);
  }
  return result + value.slice(copied);
}

export const removeComments: Transformation = { name: 'removeComments', apply };
