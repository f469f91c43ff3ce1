/** Every bound of alerts, with its unit last in the name. */
export const ALERT_LIMITS = Object.freeze({
  /** The shortest period and lookback (GlobalAlert's). */
  periodMillisMin: 60_000,
  nameCharactersMax: 256,
  textCharactersMax: 4_096,
  aggregateByMax: 8,
  substitutionsMax: 64,
  substitutionValuesMax: 10_000,
  /** Keys of one alert that are told apart at a time; what is beyond is said, and not told apart. */
  findingsMax: 1_000,
  /** Periods that are made up for after a time without a hub; those before are passed over, and said. */
  missedPeriodsMax: 1_440,
  /** Added to the lookback where no lag was measured yet. */
  lagMillis: 30_000,
  /** Time for which one hub alone evaluates; another takes over behind it. */
  leaseMillis: 30_000,
  webhooksMax: 64,
  /** Time of one attempt. */
  webhookMillisMax: 10_000,
  webhookBackoffMillisMin: 1_000,
  webhookBackoffMillisMax: 300_000,
  /** Attempts at one notification; then it is given up, and said. */
  webhookAttemptsMax: 20,
  /** Notifications that are on their way at once. */
  webhooksAtOnceMax: 8,
  /** Deliveries whose log is kept. */
  deliveriesKeptMax: 10_000,
});
