/** Bounds of the console, with their units. */
export const CONSOLE_LIMITS = {
  /** A session that is not used ends. */
  sessionIdleMillis: 30 * 60_000,
  /** And in any case. */
  sessionMillis: 12 * 3_600_000,
  /** Sessions of all users. The one that was used longest ago makes room. */
  sessionsMax: 1_000,
  /** Attempts to sign in that may fail in a row, of an address or of a name, before waiting begins. */
  attemptsMax: 5,
  /** First wait behind them; each failure more doubles it. */
  attemptWaitMillis: 1_000,
  attemptWaitMillisMax: 300_000,
  /** Addresses and names whose attempts are remembered. */
  attemptsKeptMax: 10_000,
  /** Passwords that are checked at once: each takes 32 MiB and a twentieth of a second. */
  passwordChecksMax: 4,
  usersMax: 1_000,
  passwordCharactersMin: 12,
  passwordCharactersMax: 200,
  /** Bytes of a request's body. */
  bodyBytesMax: 262_144,
  connectionsMax: 512,
  /** Queries that wait for room in the store: a page asks a dozen at once. */
  queriesWaitingMax: 256,
  /** Processes that judge a stored request, or read a rule, at once. */
  judgesMax: 2,
  /** Groups of an analysis that are sent to a page. */
  groupsShownMax: 200,
  /** Characters of what a change was made to, in the audit log. */
  auditCharactersMax: 2_000,
} as const;
