/** The three engines' dialects. What RE2 and Hyperscan make of each construct is held to PCRE2 by the tests. */
import type { ByteSet } from './byte-set.ts';
import type { Dialect } from './dialect.ts';
import { type Printed, printTree } from './print.ts';
import type { PatternTree } from './tree.ts';

/** Groups that a rule can see (TX:0 to TX:9). */
const GROUPS_SEEN_MAX = 9;

const never = (): boolean => false;

/** Letters of Latin-1 above ASCII come in two rows, 0x20 apart; 0xd7 and 0xf7 are signs, 0xdf and 0xff have no partner. */
const LATIN1_PAIRS = Array.from({ length: 0x1f }, (_, i) => 0xc0 + i).filter((byte) => byte !== 0xd7);

/** RE2 folds as Unicode does, in Latin-1 mode too: \xe9 and \xc9 are one letter to it. */
const splitsLatin1Pair = (set: ByteSet): boolean =>
  LATIN1_PAIRS.some((byte) => set.has(byte) !== set.has(byte + 0x20));

const RE2: Dialect = {
  anchors: {
    start: '\\A',
    end: '\\z',
    finalNewline: null,
    lineStart: '(?m:^)',
    lineEnd: '(?m:$)',
    wordBoundary: '\\b',
    notWordBoundary: '\\B',
  },
  emptySet: '[^\\x00-\\xff]',
  backtracks: false,
  lineStartAtEnd: true,
  repeatsMax: 1_000,
  foldsBeyondAscii: splitsLatin1Pair,
  // When RE2 20220601 draws a common prefix out of branches it forgets that the prefix is Latin-1: `\xe9|\xe9.` then
  // looks for UTF-8 and misses \xe9. With an empty item first, such a prefix is neither the whole nor searched for alone.
  highByteGuard: '(?:)',
  // RE2 20220601 merges branches of one character into a class, and leaves the other case of a folding letter out when
  // the letter is in the class already: `b|(?i:b)` misses B, and so do `b|[Bb]` and `xb|x(?i:b)`. Two branches are safe.
  foldsInParts: false,
  groupsMax: GROUPS_SEEN_MAX,
};

const HYPERSCAN: Dialect = {
  anchors: { ...RE2.anchors },
  emptySet: null,
  backtracks: false,
  lineStartAtEnd: true,
  repeatsMax: Number.POSITIVE_INFINITY,
  foldsBeyondAscii: never,
  highByteGuard: '',
  foldsInParts: true,
  groupsMax: 0,
};

const PCRE2: Dialect = {
  anchors: { ...RE2.anchors, finalNewline: '\\Z' },
  emptySet: '[^\\x00-\\xff]',
  backtracks: true,
  lineStartAtEnd: false,
  repeatsMax: Number.POSITIVE_INFINITY,
  foldsBeyondAscii: never,
  highByteGuard: '',
  foldsInParts: true,
  // References may go to any group, so all keep their numbers.
  groupsMax: Number.POSITIVE_INFINITY,
};

/** For RE2 in Latin-1 mode. */
export const toRe2 = (tree: PatternTree): Printed => printTree(tree, RE2);

/**
 * For hs_compile in byte mode: without UTF8, UCP, CASELESS, MULTILINE; with ALLOWEMPTY where it can match nothing. What
 * Hyperscan refuses for its size is known only when it compiles.
 */
export const toHyperscan = (tree: PatternTree): Printed => printTree(tree, HYPERSCAN);

/** For PCRE2 in 8-bit mode without UTF. Never refused. */
export const toPcre2 = (tree: PatternTree): Printed => printTree(tree, PCRE2);
