/** How a pattern matches; combine them with `|`. The numbers are Hyperscan's HS_FLAG_*. */
export const Flags = Object.freeze({
  /** ASCII letters match in both cases. */
  CASELESS: 1,
  /** `.` matches newlines too. */
  DOTALL: 2,
  /** `^` and `$` match at every line. */
  MULTILINE: 4,
  /** Report the pattern at most once a value: what a scan for "which patterns match" wants. */
  SINGLEMATCH: 8,
  /** Allow a pattern that matches the empty value. */
  ALLOWEMPTY: 16,
  /** The expression is UTF-8, and so must be every value: scanning anything else is undefined. */
  UTF8: 32,
  /** `\w` and the like by Unicode properties; with UTF8 only. */
  UCP: 64,
  /** Take constructs that are not supported approximately: may match too much, never too little. */
  PREFILTER: 128,
  /**
   * Track where a match starts, for `report: 'spans'`; without it the start is 0. Slower, larger, refused for some
   * patterns and with SINGLEMATCH; streams need the option `somHorizon`.
   */
  SOM_LEFTMOST: 256,
  /**
   * The expression is a logical combination of ids, as in `1 & (2 | !3)`. Hyperscan 5.4 stops before it has judged the
   * combinations when all else is SINGLEMATCH and has matched: `compile` refuses to mix the two.
   */
  COMBINATION: 512,
  /** Do not report the pattern: it only serves combinations. */
  QUIET: 1024,
});
