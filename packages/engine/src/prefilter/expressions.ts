/** Operators in the words of Hyperscan. */
import { compile, Flags, HyperscanError, type Pattern } from '@sluice/hyperscan-js';
import { parseWords } from '../operators/pm.ts';
import { classifyPattern } from '../patterns/classify.ts';
import { toHyperscan } from '../patterns/engines.ts';
import { necessaryPieces } from '../patterns/necessary.ts';
import type { PatternTree } from '../patterns/tree.ts';
import type { CompiledOperator } from '../rule-set/program.ts';

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
  const asPattern = (expression: string): Pattern => ({ expression, id: slot, flags: FLAGS });
  if (operator.name !== 'rx') {
    const words = operator.lines ?? parseWords(operator.text);
    return words.map((word) => asPattern(`(?i)${[...word].map(escapeByte).join('')}`));
  }
  const { engines, reasons, tree } = classifyPattern(operator.text);
  if (engines.hyperscan === null) return `beyond the syntax of Hyperscan: ${reasons.hyperscan}`;
  const whole = [asPattern(engines.hyperscan)];
  if (trusting && engines.hyperscan.length <= TRUSTED_BYTES_MAX) return whole;
  const refusal = refusalOf(whole);
  if (refusal === null) return whole;
  const pieces = piecesOf(tree)?.map(asPattern) ?? null;
  return pieces === null || refusalOf(pieces) !== null ? refusal : pieces;
}

/** A necessary condition in pieces that Hyperscan has words for, or null. */
function piecesOf(tree: PatternTree): readonly string[] | null {
  const printed = necessaryPieces(tree, PIECE_BYTES_MAX)?.map((piece) => toHyperscan(piece).text);
  return printed?.every((text) => text !== null) ? printed : null;
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
