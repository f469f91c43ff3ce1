/** Bounds of the console, with their units. */
export const CONSOLE_LIMITS = {
  /** Sessions of all users. The one that was used longest ago makes room. */
  sessionsMax: 1_000,
  /** Attempts to sign in that may fail in a row, of an address or of a name, before waiting begins. */
  attemptsMax: 5,
  /** First wait behind them; each failure more doubles it. */
  attemptWaitMillis: 1_000,
  attemptWaitMillisMax: 300_000,
  /** Addresses and names whose attempts are remembered. */
  attemptsKeptMax: 10_000,
  /** How long the token for the first user holds. */
  bootstrapMillis: 3_600_000,
  /** Passwords that are checked at once: each takes 32 MiB and a twentieth of a second. */
  passwordChecksMax: 4,
  usersMax: 1_000,
  passwordCharactersMin: 12,
  passwordCharactersMax: 200,
  /** Bytes of a request's body. */
  bodyBytesMax: 262_144,
  connectionsMax: 512,
  /** How long an answer of the cluster's authorizers holds: rights that are taken away end within it. */
  grantMillis: 30_000,
  /** Namespaces of a cluster in which each is asked for: a review of some milliseconds each. */
  namespacesMax: 1_000,
  /** From the way to the provider of OpenID Connect to the way back. */
  oidcMillis: 600_000,
  /** How long the provider's own description holds. */
  oidcDiscoveryMillis: 3_600_000,
  /** Seconds for an answer of the provider. */
  oidcSecondsMax: 10,
  /** Groups of an OIDC user that are looked at. */
  groupsMax: 1_000,
  /** Characters of a token of the cluster. */
  tokenCharactersMax: 32_768,
  /** A stream of events ends, and the page asks for another: rights are looked at anew. */
  tailMillis: 300_000,
  /** Between two lines of the log about breaches of the pages' policy. */
  reportMillis: 60_000,
  /** Services that the page shows at once. */
  workloadsShownMax: 500,
  /** The time before a change of mode whose events are shown. */
  modeEventsMillis: 86_400_000,
  /** Groups of them. */
  modeGroupsMax: 10,
  /** Processes that judge a stored request, or read a rule, at once. */
  judgesMax: 2,
  /** Matched values of a rule that a replay shows. */
  replayTargetsMax: 20,
  /** Judgements of stored events at once: each reads as many as the analysis may (PROMOTE_LIMITS.eventsMax). */
  analysesMax: 4,
  /** Groups of an analysis that are sent to a page. */
  groupsShownMax: 200,
  /** Characters of an alert as it is written. */
  alertCharactersMax: 65_536,
  /** Characters of what a change was made to, in the audit log. */
  auditCharactersMax: 2_000,
  /** Saved searches of a user. */
  searchesMax: 50,
  searchNameCharactersMax: 100,
  searchQueryCharactersMax: 4_096,
  /** The longest time that a saved search looks back. */
  searchSpanMillisMax: 366 * 86_400_000,
  /** Bytes of all users' saved searches: the file is written as a whole. */
  searchesBytesMax: 4_194_304,
  /** Queries that wait for room in the store: a page asks a dozen at once. */
  queriesWaitingMax: 256,
} as const;
