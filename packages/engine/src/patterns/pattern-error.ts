/** Errors about a pattern: what is wrong, where, and the place shown. */
import { EngineError } from '../errors.ts';

/** Bytes shown on either side of the place: patterns of rules run to twelve thousand bytes. */
const WINDOW_BYTES = 30;

const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '.');

/** Two lines: the pattern around `offset`, and a caret below it. */
function pointAt(text: string, offset: number): string {
  const from = Math.max(0, offset - WINDOW_BYTES);
  const to = Math.min(text.length, offset + WINDOW_BYTES);
  const head = from > 0 ? '...' : '';
  const tail = to < text.length ? '...' : '';
  const indent = ' '.repeat(head.length + offset - from);
  return `  ${head}${printable(text.slice(from, to))}${tail}\n  ${indent}^`;
}

const patternError = (code: 'PATTERN_SYNTAX' | 'PATTERN_UNSUPPORTED') => {
  return (text: string, offset: number, problem: string): EngineError =>
    new EngineError(code, {
      reason: `${problem} at offset ${offset}\n${pointAt(text, offset)}\n`,
      problem,
      offset,
    });
};

/**
 * A pattern that PCRE2 would refuse. Details: `problem` in one line, `offset` in bytes, and `reason`, which is both with
 * the place shown.
 */
export const patternSyntax = patternError('PATTERN_SYNTAX');

/** A pattern that means something, but nothing that an engine of ours can do. Details as with `patternSyntax`. */
export const patternUnsupported = patternError('PATTERN_UNSUPPORTED');
