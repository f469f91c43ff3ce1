/**
 * What an operator is. A rule's operator is made once, when a rule set is linked, and then asked about many values.
 *
 * An operator that cannot decide (a match limit, a native failure) throws an `EngineError`; it never answers "no match".
 */

/** Groups 0 to 9 of a match; an unset group is undefined. Empty for operators that capture nothing. */
export type Captures = readonly (string | undefined)[];

/** The answer "matches, and captures nothing". */
export const NO_CAPTURES: Captures = Object.freeze([]);

export interface OperatorInstance {
  /**
   * Whether `value` satisfies the operator (negation is the caller's business).
   *
   * @param value the transformed value, one byte a character
   * @param argument the operator's argument with its macros expanded; the static argument where it has none
   * @returns null for no match, else what it captured
   */
  match(value: string, argument: string): Captures | null;
  /** As `match`, where it is cheaper to tell only whether. */
  test?(value: string, argument: string): boolean;
  /** Of an operator that finds out more than captures: asked for a value that matched, before the rule's actions run. */
  tell?(findings: OperatorFindings, value: string, argument: string): void;
}

/** What operators find out beside captures. */
export interface OperatorFindings {
  /** GEO. */
  geo: readonly Finding[];
  /** ARGS_PATH. */
  pathArguments: readonly Finding[];
}

interface Finding {
  readonly key: string;
  readonly lowerKey: string;
  readonly value: string;
}

/** Where a search found its match: bytes from `start` up to `end`. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly captures: Captures;
}

/** A compiled pattern, in linear time unless it is said otherwise. */
export interface Regex {
  test(value: string): boolean;
  /** Leftmost-first match with groups 0 to 9, or null. */
  exec(value: string): Captures | null;
  /** The same among the matches that begin at `from` or behind it; `^`, `\b` and look-behind see what stands before. */
  search(value: string, from: number): Found | null;
}

/** What operators need from outside: native code is injected, so that each operator stands alone in its tests. */
export interface OperatorEnvironment {
  compileRegex(pattern: string): Regex;
  /** The fingerprint where the value is SQL injection by libinjection, else null. */
  detectSqli(value: string): string | null;
  detectXss(value: string): boolean;
}

export interface OperatorArgument {
  /** As written, macros not expanded. */
  readonly text: string;
  /** True where the text has macros: then nothing can be prepared from it before a request. */
  readonly hasMacros: boolean;
  /**
   * Of the …FromFile operators: the words or lines of the files, trimmed, comments and blank lines left out. Of those that
   * read one file as a whole: its text alone.
   */
  readonly lines: readonly string[] | null;
}

/** One operator of the language. `create` refuses a bad static argument with SECLANG_BAD_ARGUMENT. */
export interface OperatorDefinition {
  /** As the reference manual spells it, without the `@`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /**
   * Where the argument names data files that are read when rules are compiled: by lines, or one file as a whole; or a
   * SecDataset.
   */
  readonly readsFile?: 'lines' | 'whole' | 'dataset';
  create(argument: OperatorArgument, environment: OperatorEnvironment): OperatorInstance;
}
