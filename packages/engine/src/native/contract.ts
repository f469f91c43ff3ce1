/** What the engine's addon offers. Values and patterns are latin1 strings: one byte a character. */

export interface NativeRegex {
  /**
   * @param from where a match may begin, 0 without it; `^`, `\b` and look-behind see what stands before it
   */
  test(value: string, from?: number): boolean;
  /**
   * Leftmost-first match from there on. Returns null, or byte offsets [start0, end0, start1, end1, …], -1 for a group that took no
   * part, for at most 10 groups (0 to 9).
   */
  exec(value: string, from?: number): Int32Array | null;
}

export interface NativeEngine {
  /** RE2 in Latin-1 mode, `.` takes newlines, `$` and `^` only at the ends. Throws a NativeError on a bad pattern. */
  compileRe2(pattern: string, options: { readonly maxMemoryBytes: number }): NativeRegex;
  /**
   * PCRE2, 8-bit, DOTALL and DOLLAR_ENDONLY. `test` and `exec` throw a NativeError with code MATCH_LIMIT when the limit
   * is reached: that is never "no match".
   */
  compilePcre2(pattern: string, options: { readonly matchLimit: number }): NativeRegex;
  /** libinjection: the fingerprint where it is SQL injection, else null. */
  detectSqli(value: string): string | null;
  detectXss(value: string): boolean;
  /**
   * What the native transformation with this name makes of a value; null where it leaves it as it is. For tests: each
   * gives what its namesake in TypeScript gives. Throws a NativeError on a name that is not in transformationNames().
   */
  transform(name: string, value: string): string | null;
  /** The bytes of which one must occur for this transformation to change a value; all 256 where none need. For tests. */
  affectedBytes(name: string): string;
  /** The transformations that have a native form, as the reference manual spells them. */
  transformationNames(): readonly string[];
  /** Versions of what is linked: re2, pcre2, libinjection. */
  versions(): { readonly re2: string; readonly pcre2: string; readonly libinjection: string };
}
