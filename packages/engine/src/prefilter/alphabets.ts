/**
 * Values of few different bytes are scanned for less: patterns are made smaller for them (see patterns/restrict.ts), so
 * that all fit into a database or two. Most values are such.
 */
import { ByteSet } from '../patterns/byte-set.ts';
import { bytesOf, categoriesOf, LENGTH_BITS } from '../patterns/categories.ts';

export interface Alphabet {
  /** Categories, and all lengths, as bits: a value that holds no other is scanned by these databases. */
  readonly holds: number;
  readonly bytes: ByteSet;
  /** Patterns are so small for it that families which an argument is scanned for stand in one database: see families.ts. */
  readonly isNarrow: boolean;
}

const LENGTHS = LENGTH_BITS.reduce((bits, [, bit]) => bits | (1 << bit), 0);

function alphabet(bytes: string, isNarrow = false): Alphabet {
  const categories = categoriesOf(ByteSet.of(bytes));
  return { holds: (categories | LENGTHS) >>> 0, bytes: bytesOf(categories), isNarrow };
}

const TOKEN = 'aA0_-.';
const WORD = `${TOKEN} ,`;

/** The smallest first: the first one that a value fits is its own. Values that fit none are scanned for everything. */
export const ALPHABETS: readonly Alphabet[] = [
  // Names, numbers, tokens.
  alphabet(TOKEN, true),
  // Words.
  alphabet(WORD, true),
  // Text in any language, addresses, media types.
  alphabet(`${WORD}\t/:=;+*\xe9`),
  // User agents.
  alphabet(`${WORD}\t/:=;+*\xe9()`),
];
