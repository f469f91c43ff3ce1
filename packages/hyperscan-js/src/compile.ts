import { native } from './binding.ts';
import { Database, INTERNAL } from './database.ts';
import { HyperscanError } from './errors.ts';
import type { DatabaseHandle, NativeExpressionInfo, Refusal } from './native.ts';
import {
  type CompileOptions,
  checkExpression,
  checkUint32,
  type Pattern,
  type Platform,
  packOptions,
  packPatterns,
  platformOf,
} from './options.ts';
import { checked, checkedNumber, isRefusal } from './status.ts';

/** What Hyperscan says about an expression without making a database of it. */
export interface ExpressionInfo {
  /** Bytes of the shortest match. */
  readonly minWidth: number;
  /** Bytes of the longest match, or Infinity. */
  readonly maxWidth: number;
  /** Matches may be reported out of order. */
  readonly unorderedMatches: boolean;
  readonly matchesAtEnd: boolean;
  readonly matchesOnlyAtEnd: boolean;
}

/**
 * Makes one database of all patterns. Blocks: large sets take seconds, and hostile patterns any time and memory, so
 * compile those in a process with limits.
 * @throws HyperscanError HS_COMPILE with `expressionId` and `expressionIndex` of a refused pattern; HS_BAD_ARGUMENT,
 *   HS_NOT_LATIN1, HS_NUL_IN_EXPRESSION, HS_UNSAFE_COMBINATION; HS_NO_MEMORY
 */
export function compile(patterns: readonly Pattern[], options: CompileOptions = {}): Database {
  const settings = packOptions(options, 0);
  const { expressions, numbers } = packPatterns(patterns);
  return databaseOf(native().compile(expressions, numbers, settings), patterns);
}

/** The database that the addon made of patterns or literals, or the error that says which one it refuses. */
export function databaseOf(
  answer: DatabaseHandle | Refusal | number,
  patterns: readonly { readonly id: number }[],
): Database {
  const made = checked(answer, 'compile');
  if (isRefusal(made)) throw refusedPattern(made, patterns);
  return new Database(INTERNAL, made);
}

function refusedPattern(refusal: Refusal, patterns: readonly { readonly id: number }[]): HyperscanError {
  const pattern = patterns[refusal.index];
  if (pattern === undefined) {
    return new HyperscanError('HS_COMPILE', { what: 'patterns', reason: refusal.message });
  }
  return new HyperscanError(
    'HS_COMPILE',
    { what: `pattern ${refusal.index} (id ${pattern.id})`, reason: refusal.message },
    { expressionId: pattern.id, expressionIndex: refusal.index },
  );
}

/**
 * How an expression would match.
 * @throws HyperscanError HS_COMPILE for one that is refused; HS_BAD_ARGUMENT, HS_NOT_LATIN1, HS_NUL_IN_EXPRESSION
 */
export function expressionInfo(expression: string, flags: number): ExpressionInfo {
  checkExpression(expression, 'expression');
  checkUint32(flags, 'flags');
  const answer = checked<NativeExpressionInfo | Refusal>(
    native().expressionInfo(expression, flags),
    'expressionInfo',
  );
  if (isRefusal(answer)) {
    throw new HyperscanError('HS_COMPILE', { what: 'expression', reason: answer.message });
  }
  return {
    minWidth: answer.minWidth,
    maxWidth: answer.maxWidth,
    unorderedMatches: answer.unorderedMatches !== 0,
    matchesAtEnd: answer.matchesAtEnd !== 0,
    matchesOnlyAtEnd: answer.matchesOnlyAtEnd !== 0,
  };
}

/** What 'host' stands for on this CPU: databases of another machine load where this is the same. */
export const hostPlatform = (): Exclude<Platform, 'host'> =>
  platformOf(checkedNumber(native().hostFeatures(), 'hostPlatform'));
