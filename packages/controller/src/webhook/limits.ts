/** Every bound of admission: its unit last in the name. */
export const WEBHOOK_LIMITS = Object.freeze({
  /** Bytes of a review: two objects of what etcd takes (1.5 MiB) at most. */
  bodyBytesMax: 4_194_304,
  /** Milliseconds after which what is undecided is refused; the API server waits for `timeoutSeconds`. */
  decisionMillisMax: 8_000,
  /** Seconds that the API server waits. */
  timeoutSeconds: 10,
  /** Reviews at once; beyond it the answer is 503. */
  reviewsMax: 64,
  /** Milliseconds for a request to come whole. */
  requestMillisMax: 5_000,
  /** Policies in whose place a RuleSet is judged before it is let in; the controller judges all. */
  placesMax: 4,
  /** Warnings of one answer, and characters of each: the API server cuts what is longer. */
  warningsMax: 10,
  warningCharactersMax: 256,
});

export const CERTIFICATE_LIMITS = Object.freeze({
  authorityDays: 365,
  servingDays: 90,
  /** Part of its time after which a certificate is replaced. */
  renewAfter: 2 / 3,
  /** Milliseconds between two looks at the Secret. */
  turnMillis: 60_000,
  /** Milliseconds for a request to the API server. */
  requestMillisMax: 10_000,
});
