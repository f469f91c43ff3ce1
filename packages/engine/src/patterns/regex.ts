/** A pattern, compiled: RE2 where it can say it, else PCRE2 under the match limit. */
import { EngineError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { native as defaultNative } from '../native/binding.ts';
import type { NativeEngine, NativeRegex } from '../native/contract.ts';
import { classifyPattern } from './classify.ts';
import { formOf, type PatternForm } from './forms.ts';
import { wholeValueOf } from './whole-value.ts';

/** Groups 0 to 9 of a match; a group that took no part is undefined. */
type Captures = readonly (string | undefined)[];

/** A compiled pattern, in the shape that operators ask for. */
export interface CompiledPattern {
  test(value: string): boolean;
  /** The leftmost-first match, or null. */
  exec(value: string): Captures | null;
  /** The same among the matches that begin at `from` or behind it; `^`, `\b` and look-behind see what stands before. */
  search(value: string, from: number): Found | null;
}

/** Bytes from `start` up to `end`. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly captures: Captures;
}

/** Enough for the largest patterns of the CRS, program and automata together. */
export const RE2_MEMORY_BYTES_MAX = 64 * 1024 * 1024;

/**
 * @param text the pattern as the rule has it, one byte a character
 * @param form what is known of it, where it was parsed before
 * @throws EngineError PATTERN_SYNTAX, PATTERN_UNSUPPORTED, NATIVE_MISSING; what is made throws MATCH_LIMIT where PCRE2
 *   decides and reaches its limit
 */
export function compilePattern(
  text: string,
  limits: Pick<Limits, 'pcreMatchSteps'>,
  native: NativeEngine = defaultNative,
  form: PatternForm = formOf(classifyPattern(text)),
): CompiledPattern {
  const whole = wholeValueOf(text);
  if (whole !== null) return whole;
  const backtracking = (): NativeRegex =>
    native.compilePcre2(form.pcre2 ?? classifyPattern(text).engines.pcre2, {
      matchLimit: limits.pcreMatchSteps,
    });
  const linear = compileLinear(form, native);
  if (linear === null) {
    const regex = backtracking();
    return new PlacedRegex(regex, regex);
  }
  return new PlacedRegex(linear, form.re2PlacesAlike ? linear : backtracking());
}

/** RE2's form; null where there is none or RE2 finds it too large. */
function compileLinear({ re2 }: PatternForm, native: NativeEngine): NativeRegex | null {
  if (re2 === null) return null;
  try {
    return native.compileRe2(re2, { maxMemoryBytes: RE2_MEMORY_BYTES_MAX });
  } catch (error) {
    if (error instanceof EngineError && error.code === 'PATTERN_UNSUPPORTED') return null;
    throw error;
  }
}

/** One engine says whether there is a match, and one, often the same, where. */
class PlacedRegex implements CompiledPattern {
  readonly #decider: NativeRegex;
  readonly #placer: NativeRegex;

  constructor(decider: NativeRegex, placer: NativeRegex) {
    this.#decider = decider;
    this.#placer = placer;
  }

  test(value: string): boolean {
    return this.#decider.test(value);
  }

  exec(value: string): Captures | null {
    const offsets = this.#offsets(value, 0);
    return offsets === null ? null : toCaptures(value, offsets);
  }

  search(value: string, from: number): Found | null {
    const offsets = this.#offsets(value, from);
    if (offsets === null) return null;
    return { start: offsets[0] ?? from, end: offsets[1] ?? from, captures: toCaptures(value, offsets) };
  }

  #offsets(value: string, from: number): Int32Array | null {
    // A value without a match never reaches an engine that backtracks.
    if (this.#placer !== this.#decider && !this.#decider.test(value, from)) return null;
    const offsets = this.#placer.exec(value, from);
    if (offsets !== null) return offsets;
    if (this.#placer === this.#decider) return null;
    throw new EngineError('NATIVE_FAILED', { what: 'PCRE2', reason: 'it denies a match that RE2 found' });
  }
}

function toCaptures(value: string, offsets: Int32Array): Captures {
  const captures: (string | undefined)[] = [];
  for (let i = 0; i + 1 < offsets.length; i += 2) {
    const start = offsets[i] ?? -1;
    const end = offsets[i + 1] ?? -1;
    captures.push(start < 0 ? undefined : value.slice(start, end));
  }
  return captures;
}
