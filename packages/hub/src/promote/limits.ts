/** Every bound of the analysis before a policy goes to Block, and every number that its judgement rests on. */
export const PROMOTE_LIMITS = Object.freeze({
  /** Events that are read, newest first: some 400 bytes of memory each. */
  eventsMax: 100_000,
  /** Events that a group shows. */
  examplesMax: 3,
  /** Attacks that are named where an exclusion would let them pass. */
  attacksShownMax: 5,
  /** Events that are shown of those that would pass with an exclusion. */
  passingShownMax: 20,
  /** Words at one place of a path that stand in templates as they are; with one more, all of them become `{…}`. */
  wordsMax: 20,
  /** Paths that an exclusion names one by one; with one more it is for all below what they share. */
  pathsMax: 5,
  /** Characters of a parameter's name that an exclusion may name. */
  nameCharactersMax: 64,
  /** Exclusions that are looked for: what takes more is no list of exceptions any more. */
  exclusionsMax: 100,
});

/** Numbers of the rules of judgement (judgement.ts, signals.ts). RATIONALE.md has the reasons. */
export const JUDGEMENT = Object.freeze({
  /** Sources from which on a group is one of many users. */
  manySources: 5,
  /** The most that one source may have of a group of many users. */
  sourceShareMax: 0.5,
  /** The share of a group from which on one source has it. */
  oneSourceShare: 0.8,
  /** Events of a group from which on a share says anything. */
  eventsMin: 4,
  /** The part of a group's events that must have no other signal. */
  aloneShare: 0.8,
  /** Rules that a request of a false positive has, at most, in the middle. */
  fewRules: 3,
  /** Times the threshold that such a request scores, at most, in the middle. */
  lowScoreTimes: 2,
  /** The part of a group's events that look like attacks, from which on the group counts as touched by them. */
  attackShare: 0.2,
  /** Path templates on which one source is stopped, cookies and headers left out, from which on it probes. */
  probedTemplates: 6,
  /** Families of attacks that one source has put into one field, from which on it probes. */
  probedFamilies: 3,
  /** Combinations of rule, target and path that one source has met, from which on it probes. */
  probedGroups: 20,
  /** Families in one request that speak for an attack by themselves. */
  familiesInRequest: 3,
  /** Times the threshold from which on a score speaks for an attack. */
  highScoreTimes: 4,
  /** Points from which on one request looks like an attack. */
  attackPoints: 2,
  /** Points from which on a group looks like a false positive; at their negative it looks like an attack. */
  groupPoints: 3,
});
