/** Where in a value an operator found what it was looking for. For people: nothing is decided here. */
import { asciiLower } from '../bytes.ts';
import { EngineError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { loadNative } from '../native/binding.ts';
import type { NativeRegex } from '../native/contract.ts';
import { AhoCorasick } from '../operators/aho-corasick.ts';
import { parseWords } from '../operators/pm.ts';
import { classifyPattern } from '../patterns/classify.ts';
import { RE2_MEMORY_BYTES_MAX } from '../patterns/regex.ts';
import type { CompiledOperator } from '../rule-set/program.ts';

/** Bytes of a value from `start` up to `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const whole = (value: string): Span => ({ start: 0, end: value.length });

/**
 * The part of a value that an operator matched; null where a match is no part of it: a negated operator, a number, a
 * verdict about the whole.
 *
 * @param argument the operator's argument with its macros expanded
 */
export function locateMatch(
  operator: CompiledOperator,
  argument: string,
  value: string,
  limits: Pick<Limits, 'pcreMatchSteps'>,
): Span | null {
  if (operator.negated) return null;
  switch (operator.name) {
    case 'rx':
    case 'rxGlobal':
      return locatePattern(argument, value, limits);
    case 'pm':
    case 'pmFromFile':
    case 'pmFromDataset':
      return new AhoCorasick(operator.lines ?? parseWords(argument)).find(value);
    case 'contains':
    case 'strmatch':
    case 'containsWord':
      return locateText(argument, value);
    case 'beginsWith':
      return { start: 0, end: Math.min(argument.length, value.length) };
    case 'endsWith':
      return { start: Math.max(0, value.length - argument.length), end: value.length };
    case 'streq':
    case 'within':
      return whole(value);
    default:
      return null;
  }
}

function locateText(text: string, value: string): Span | null {
  const start = asciiLower(value).indexOf(asciiLower(text));
  return start < 0 ? null : { start, end: start + text.length };
}

/** As patterns/regex.ts places a match. A limit that is reached here leaves the match unmarked. */
function locatePattern(pattern: string, value: string, limits: Pick<Limits, 'pcreMatchSteps'>): Span | null {
  try {
    const offsets = placer(pattern, limits).exec(value);
    const [start = -1, end = -1] = offsets ?? [];
    return start < 0 ? null : { start, end };
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}

function placer(pattern: string, limits: Pick<Limits, 'pcreMatchSteps'>): NativeRegex {
  const native = loadNative();
  const { engines, re2PlacesAlike } = classifyPattern(pattern);
  if (engines.re2 !== null && re2PlacesAlike) {
    try {
      return native.compileRe2(engines.re2, { maxMemoryBytes: RE2_MEMORY_BYTES_MAX });
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'PATTERN_UNSUPPORTED')) throw error;
    }
  }
  return native.compilePcre2(engines.pcre2, { matchLimit: limits.pcreMatchSteps });
}
