/**
 * How the time of `./sluice test --long` is divided. A long test has `weight / all weights` of the processor time that the
 * budget comes to, and never more than the budget itself.
 */
export const LONG_WEIGHTS = {
  /** Generated rules against generated requests. */
  'agreement-rules': 5,
  /** Payloads of the CRS, mutated, by planned and reference evaluation. */
  'agreement-crs-low': 4,
  'agreement-crs-high': 5,
  'agreement-crs-policies': 3,
  /** Patterns of the CRS in Hyperscan, RE2 and PCRE2. */
  patterns: 4,
  /** Sluice, Coraza and libmodsecurity. */
  peers: 4,
  /** Bodies in pieces, under generated rules. */
  chunking: 2,
  /** Hostile bodies cut everywhere, and compressed. */
  'body-chunks': 1,
  /** Readers of bodies against references. */
  'body-readers': 2,
  /** Work in proportion to the size of the input. */
  'linear-cost': 1,
  /** Native parts under the address sanitiser. */
  asan: 2,
  /** Traffic through Envoy and `sluice serve`. */
  soak: 2,
} as const;

export type LongTest = keyof typeof LONG_WEIGHTS;
