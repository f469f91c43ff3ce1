/**
 * What is kept of a pattern once it was parsed: its text for the engine that decides it. Data, so that compiled rules
 * hold it and no pattern is parsed when requests come.
 */
import { type ClassifiedPattern, classifyPattern } from './classify.ts';

export interface PatternForm {
  /** Null where RE2 has no words for it. */
  readonly re2: string | null;
  /** Null where RE2 decides and places: should RE2 find it too large after all, the pattern is parsed again. */
  readonly pcre2: string | null;
  /** See ClassifiedPattern. */
  readonly re2PlacesAlike: boolean;
}

/** Forms by the pattern's text. */
export type PatternForms = ReadonlyMap<string, PatternForm>;

export const NO_FORMS: PatternForms = new Map();

export function formOf({ engines, re2PlacesAlike }: ClassifiedPattern): PatternForm {
  const isLinear = engines.re2 !== null && re2PlacesAlike;
  return { re2: engines.re2, pcre2: isLinear ? null : engines.pcre2, re2PlacesAlike };
}

/** The forms of patterns. Throws PATTERN_SYNTAX and PATTERN_UNSUPPORTED as `classifyPattern` does. */
export const formsOf = (patterns: Iterable<string>): PatternForms =>
  new Map(Array.from(patterns, (pattern) => [pattern, formOf(classifyPattern(pattern))]));
