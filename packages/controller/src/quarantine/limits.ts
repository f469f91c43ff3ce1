/** Every bound of quarantine, its unit last in the name. */
export const QUARANTINE_LIMITS = Object.freeze({
  /** How long a quarantine lasts where nobody says. `quarantine.expirySeconds` of the Sluice object. */
  expirySeconds: 3_600,
  /** The longest that may be asked for, here and in the Sluice object: what is to last is a policy of one's own, in the open. */
  expirySecondsMax: 31_536_000,
  /** The shortest. */
  expirySecondsMin: 60,
  /** Pods of a workload that are put into quarantine by themselves. `quarantine.podsPerWorkloadAndHour`. */
  podsPerWorkloadAndHour: 1,
  /** Pods of the whole cluster that are put into quarantine by themselves: a rule that is wrong is wrong everywhere. */
  automaticPodsPerHourMax: 10,
  /** What counts as the last hour for both. */
  automaticWindowMillis: 3_600_000,
  /** Characters of a reason. */
  reasonCharactersMax: 512,
  /** Characters of an actor's name that are kept. */
  actorCharactersMax: 256,
  /** Proposals that are kept at once. */
  proposalsMax: 200,
  /** How long a proposal is kept. */
  proposalMillisMax: 604_800_000,
  /** Attempts to write what others write, too. */
  attemptsMax: 10,
  /** Objects a page of a list. */
  pageObjects: 500,
  /** Time for one answer of the API server. */
  answerMillisMax: 15_000,
  /** Between two looks at what is in quarantine, where nothing falls due earlier. */
  sweepMillis: 30_000,
  /** Documents of deeds that wait for the store of events: the oldest is given up for one more. The Events beside the pods stay. */
  deedsWaitingMax: 1_000,
  /** Documents that are delivered at once: 2 KB each, and a hub may be set to take 64 KB. */
  deedsPerDelivery: 20,
  /** In a sweep no delivery begins after this time: the rest is for the next one. */
  deliveryMillis: 5_000,
  /** Characters of a note of a Kubernetes Event: the API server takes 1,024. */
  noteCharactersMax: 1_000,
});
