/** Operators in the words of Hyperscan. */
import { compile, Flags, HyperscanError, type Pattern } from '@sluice/hyperscan-js';
import { parseWords } from '../operators/pm.ts';
import { refusedBytes } from '../operators/validate-byte-range.ts';
import { ByteSet } from '../patterns/byte-set.ts';
import { categoriesOf } from '../patterns/categories.ts';
import { classifyPattern } from '../patterns/classify.ts';
import { endingOf } from '../patterns/ending.ts';
import { toHyperscan } from '../patterns/engines.ts';
import { necessaryPieces } from '../patterns/necessary.ts';
import { areNeedsEnough, type Clause, needsOf, needsOfText, needsOfWords } from '../patterns/needs.ts';
import { restrictTree } from '../patterns/restrict.ts';
import { startApart } from '../patterns/start-apart.ts';
import type { PatternTree } from '../patterns/tree.ts';
import type { CompiledOperator } from '../rule-set/program.ts';

const WORD_BYTES = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_';

const FLAGS = Flags.DOTALL | Flags.SINGLEMATCH | Flags.ALLOWEMPTY;

/** Bytes of a pattern's text up to which Hyperscan takes the pieces of all patterns of the CRS that it refuses whole. */
const PIECE_BYTES_MAX = 1_500;

/** Characters that mean themselves in a pattern; everything else is written \xHH. */
const PLAIN = /[A-Za-z0-9_ ]/;

const escapeByte = (char: string): string =>
  PLAIN.test(char) ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** Patterns up to this length are hardly ever too large: they are not compiled alone first, which costs as much again. */
const TRUSTED_BYTES_MAX = 1_500;

/**
 * Patterns, all with the id `slot`, of which one at least is found in each value that the operator matches; or the
 * reason why there are none.
 *
 * @param trusting takes a short pattern for one that Hyperscan accepts; if it does not, ask again without
 */
export function scanPatterns(
  operator: CompiledOperator,
  slot: number,
  trusting: boolean,
): readonly Pattern[] | string {
  if (operator.name !== 'rx') return wordsOf(operator).map((word) => wordPattern(word, slot));
  return treePatterns(classifyPattern(operator.text).tree, slot, trusting);
}

/**
 * As `scanPatterns`, for values that hold nothing but bytes of an alphabet; none where the operator matches no such value.
 */
export function restrictedPatterns(
  operator: CompiledOperator,
  slot: number,
  alphabet: ByteSet,
): readonly Pattern[] | string {
  if (operator.name !== 'rx') {
    const words = wordsOf(operator).filter((word) => ByteSet.of(word).within(alphabet));
    return words.map((word) => wordPattern(word, slot));
  }
  const tree = restrictTree(classifyPattern(operator.text).tree, alphabet);
  return tree === null ? [] : treePatterns(tree, slot, true);
}

const wordsOf = ({ lines, text }: CompiledOperator): readonly string[] => lines ?? parseWords(text);

const wordPattern = (word: string, slot: number): Pattern => ({
  expression: `(?i)${[...word].map(escapeByte).join('')}`,
  id: slot,
  flags: FLAGS,
});

function treePatterns(tree: PatternTree, slot: number, trusting: boolean): readonly Pattern[] | string {
  const asPattern = (expression: string): Pattern => ({ expression, id: slot, flags: FLAGS });
  const ending = tree.text.length > TRUSTED_BYTES_MAX ? endingOf(tree) : null;
  if (ending !== null) {
    const own = printed([ending])?.map(asPattern) ?? null;
    if (own !== null && refusalOf(own) === null) return own;
  }
  const { text, refusal: beyond } = toHyperscan(tree);
  if (text === null) return `beyond the syntax of Hyperscan: ${beyond}`;
  const whole = [asPattern(text)];
  const apart = printed(startApart(tree))?.map(asPattern) ?? whole;
  if (text.length <= TRUSTED_BYTES_MAX) {
    if (trusting || refusalOf(apart) === null) return apart;
    return refusalOf(whole) ?? whole;
  }
  // Long ones are alternatives behind a prefix: what follows one of them costs far more to look for than to confirm.
  const pieces = piecesOf(tree)?.map(asPattern) ?? null;
  if (pieces !== null && refusalOf(pieces) === null) return pieces;
  return refusalOf(whole) ?? whole;
}

/** Whether an operator is looked for by what a value must hold alone, as a pattern that takes all values, or the empty one. */
export const isToldByNeeds = ({ name, text }: CompiledOperator): boolean =>
  name === 'rx' && areNeedsEnough(classifyPattern(text).tree);

/** What a value must hold for an operator to match. */
export function operatorNeeds(operator: CompiledOperator): readonly Clause[] {
  switch (operator.name) {
    case 'rx':
      return needsOf(classifyPattern(operator.text).tree);
    case 'detectXSS':
      return XSS_NEEDS;
    case 'detectSQLi':
      return SQLI_NEEDS;
    case 'validateByteRange':
      return [categoriesOf(refusedBytes(operator.text))];
    case 'beginsWith':
    case 'contains':
    case 'containsWord':
    case 'endsWith':
    case 'streq':
    case 'strmatch':
      return needsOfText(operator.text);
    default:
      return needsOfWords(wordsOf(operator));
  }
}

/**
 * libinjection's HTML tokenizer condemns a tag, a comment or a document type, which begin with `<`, or the value of an
 * attribute, which stands behind `=`.
 */
const XSS_NEEDS: readonly Clause[] = [categoriesOf(ByteSet.of('<='))];

/** A word or a number is one token to libinjection, and no fingerprint of SQL injection has a single one. */
const SQLI_NEEDS: readonly Clause[] = [categoriesOf(ByteSet.of(WORD_BYTES).complement())];

/** A necessary condition in pieces that Hyperscan has words for, or null. */
function piecesOf(tree: PatternTree): readonly string[] | null {
  const pieces = necessaryPieces(tree, PIECE_BYTES_MAX);
  return pieces === null ? null : printed(pieces.flatMap(startApart));
}

function printed(trees: readonly PatternTree[]): readonly string[] | null {
  const texts = trees.map((tree) => toHyperscan(tree).text);
  return texts.every((text) => text !== null) ? texts : null;
}

/** What Hyperscan says against patterns, or null. */
function refusalOf(patterns: readonly Pattern[]): string | null {
  try {
    compile(patterns).close();
    return null;
  } catch (error) {
    if (error instanceof HyperscanError && error.expressionId !== undefined) return error.message;
    throw error;
  }
}
