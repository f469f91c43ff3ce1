/** Bounds of our kinds, each with its unit last in its name: what an object may hold, so that none outgrows what the API server keeps. */
export const KIND_LIMITS = Object.freeze({
  /** Targets of a policy: as Gateway API bounds its own lists of references. */
  targetsMax: 16,
  /** RuleSets of a policy. */
  ruleSetsMax: 64,
  /** TLS keys of a policy. */
  tlsMax: 64,
  /** Expressions of a label selector, and values of one. */
  selectorExpressionsMax: 64,
  selectorValuesMax: 256,
  /** Characters of one fragment of SecLang: two of them and their tests stay far below the 1.5 MiB that etcd takes. */
  fragmentCharactersMax: 262_144,
  /** Tests of a RuleSet. */
  testsMax: 200,
  /** Header lines of a test's request. */
  testHeadersMax: 64,
  /** Characters of a test's body. */
  testBodyCharactersMax: 16_384,
  /** Ids that a test expects. */
  testRulesMax: 256,
  /** Namespaces of one list. */
  namespacesMax: 1_000,
  /** Addresses and ranges of one list of the installation's. */
  networksMax: 1_000,
  /** Characters of an alert's query. */
  queryCharactersMax: 16_384,
  /** Fields of one list of an alert's, and its actions. */
  alertFieldsMax: 32,
  alertActionsMax: 16,
  /** Substitutions of an alert, and values of one. */
  substitutionsMax: 64,
  substitutionValuesMax: 1_000,
  /** Pods of a node: what Kubernetes itself is tested with is 110, and large nodes have 250. */
  podsPerNodeMax: 512,
  /** Ports of a pod of a node: what the node agent's table takes, which would refuse the whole table for more. */
  portsPerPodMax: 64,
  /** Workloads of a slice. */
  workloadsPerSliceMax: 200,
  /** Characters of a condition's message, as Kubernetes bounds them. */
  messageCharactersMax: 32_768,
});
