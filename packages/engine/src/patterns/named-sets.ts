/** The byte sets that patterns call by name, as PCRE2 has them in byte mode and the C locale (pcre2pattern(3)). */
import { ByteSet } from './byte-set.ts';

const DIGIT = ByteSet.ofRanges([0x30, 0x39]);
const UPPER = ByteSet.ofRanges([0x41, 0x5a]);
const LOWER = ByteSet.ofRanges([0x61, 0x7a]);
const ALPHA = UPPER.union(LOWER);
const ALNUM = ALPHA.union(DIGIT);
const WORD = ALNUM.union(ByteSet.of('_'));
/** Space, \t, \n, \v, \f, \r: with the vertical tab, since Perl 5.18. */
const SPACE = ByteSet.of(' \t\n\v\f\r');
const HORIZONTAL_SPACE = ByteSet.of(' \t\xa0');
const VERTICAL_SPACE = ByteSet.of('\n\v\f\r\x85');
const NEWLINE = ByteSet.of('\n');
const GRAPH = ByteSet.ofRanges([0x21, 0x7e]);

export const NOT_NEWLINE = NEWLINE.complement();

/** The set of an escape such as `\d`, by its letter. `\N` is one too, but not within a class. */
export const ESCAPE_SETS: ReadonlyMap<string, ByteSet> = new Map([
  ['d', DIGIT],
  ['D', DIGIT.complement()],
  ['s', SPACE],
  ['S', SPACE.complement()],
  ['w', WORD],
  ['W', WORD.complement()],
  ['h', HORIZONTAL_SPACE],
  ['H', HORIZONTAL_SPACE.complement()],
  ['v', VERTICAL_SPACE],
  ['V', VERTICAL_SPACE.complement()],
]);

/** The set of a POSIX class such as `[:alpha:]`, by its name. */
export const POSIX_SETS: ReadonlyMap<string, ByteSet> = new Map([
  ['alnum', ALNUM],
  ['alpha', ALPHA],
  ['ascii', ByteSet.ofRanges([0x00, 0x7f])],
  ['blank', ByteSet.of(' \t')],
  ['cntrl', ByteSet.ofRanges([0x00, 0x1f], [0x7f, 0x7f])],
  ['digit', DIGIT],
  ['graph', GRAPH],
  ['lower', LOWER],
  ['print', GRAPH.union(ByteSet.of(' '))],
  ['punct', GRAPH.intersection(ALNUM.complement())],
  ['space', SPACE],
  ['upper', UPPER],
  ['word', WORD],
  ['xdigit', DIGIT.union(ByteSet.ofRanges([0x41, 0x46], [0x61, 0x66]))],
]);
