/** Every bound of other people's rules: its unit last in the name. They bound what a tenant may cost, and are not settings. */
export const RULE_LIMITS = Object.freeze({
  /** Bytes of one RuleSet's SecLang, `before` and `after` together. A policy's ConfigMap holds a MiB. */
  ruleSetBytesMax: 262_144,
  /** Rules of one RuleSet. */
  rulesMax: 1_000,
  /** SecRuleRemove… and SecRuleUpdate… of one RuleSet: each is held against every rule. */
  amendmentsMax: 200,
  /** RuleSets of one policy. */
  ruleSetsMax: 64,
  /** Problems that one verdict tells of. */
  problemsMax: 10,
  /** Tests of one RuleSet. */
  testsMax: 100,
  /** Bytes of a test's request: URI, headers and body together. */
  testBytesMax: 65_536,
  /** Milliseconds for the tests of one RuleSet together; looked at after each. */
  testMillisMax: 5_000,
});

/** Bounds of the process in which they are judged. */
export const JUDGE_LIMITS = Object.freeze({
  /** Milliseconds for one place, from the moment in which the process begins with it. */
  placeMillisMax: 20_000,
  /** Milliseconds until the base is there: the CRS takes a minute where it was never compiled on this machine. */
  baseMillisMax: 600_000,
  /** Bytes of memory that the process may have beyond what Node takes to start; the CRS takes one GiB to compile. */
  memoryBytesMax: 2_147_483_648,
  /** Places after which the process is ended and begun anew: what native code leaks does not add up. */
  placesMax: 500,
  /** Bytes of one answer. */
  answerBytesMax: 4_194_304,
  /** Places that wait; beyond it asking is refused, and asked again later. */
  waitingMax: 1_024,
  /** Verdicts that are kept in memory, and on disk. */
  verdictsMax: 4_096,
});
