/** Every bound of alerts, with its unit last in the name. */
export const ALERT_LIMITS = Object.freeze({
  /** The shortest period and lookback (GlobalAlert's). */
  periodMillisMin: 60_000,
  nameCharactersMax: 256,
  textCharactersMax: 4_096,
  severityMax: 100,
  riseMax: 1_000,
  aggregateByMax: 8,
  actionsMax: 16,
  /** A year. */
  quarantineSecondsMax: 31_536_000,
  substitutionsMax: 64,
  substitutionValuesMax: 10_000,
  /** Keys of one alert that are told apart at a time; what is beyond is said, and not told apart. */
  findingsMax: 1_000,
  /** Combinations of values of one alert that are looked at. */
  bucketsMax: 48_000,
  /** Periods that are made up for after a time without a hub; those before are passed over, and said. */
  missedPeriodsMax: 1_440,
  /** How late documents may be without the hub having seen them come. */
  lagMillis: 30_000,
  /** From then on a document that comes is noted as late. */
  lateMillis: 15_000,
  /** What came late is noted by intervals of so long. */
  arrivalMillis: 5_000,
  /** Time from the end of such an interval until every store shows what came in it: Elasticsearch refreshes once a second. */
  settleMillis: 5_000,
  /** For so long is remembered what came late. */
  arrivalsKeptMillis: 86_400_000,
  /** Time for which one hub alone evaluates; another takes over behind it. */
  leaseMillis: 15_000,
  /** The longest time between two looks at what is due. */
  lookMillis: 5_000,
  /** The shortest one, where something is due and cannot be done. */
  lookMillisMin: 500,
  webhooksMax: 64,
  /** Time of one attempt. */
  webhookMillisMax: 10_000,
  webhookBackoffMillisMin: 1_000,
  webhookBackoffMillisMax: 300_000,
  /** Attempts at one notification; then it is given up, and said. */
  webhookAttemptsMax: 20,
  /** Notifications that are on their way at once. */
  webhooksAtOnceMax: 8,
  /** Evaluations of a preview: a day by the minute. */
  previewEvaluationsMax: 1_440,
  /** Of what a preview finds, as much is shown. */
  previewFiringsMax: 100,
  /** The longest time that anything is silenced for: a year. */
  silenceSecondsMax: 31_536_000,
  /** Deliveries whose log is kept. */
  deliveriesKeptMax: 10_000,
});
