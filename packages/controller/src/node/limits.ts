/** Every bound and time of what runs on a node: its unit last in the name. */
export const NODE_LIMITS = Object.freeze({
  /** Bytes of the base of sluice.yaml. */
  baseBytesMax: 262_144,
  /** Requests to the API server at once for policies and keys. */
  requestsMax: 8,
  /** An answer of the API server to a single object. */
  requestMillisMax: 5_000,
  /** Between two attempts while the API server does not answer. */
  unreachableMillis: 5_000,
  /** Between two turns while the server or the agent has not taken over what was written. */
  pendingMillis: 250,
  /** Between two turns where nothing is under way. */
  turnMillis: 5_000,
  /** A turn: what it waits for has bounds far below, so that one that takes longer is stuck. */
  turnMillisMax: 180_000,
  /** Time in which whoever holds the folder yields it: a turn that is under way. Then it is taken. */
  yieldMillisMax: 30_000,
  /** Between two looks at whether the folder is still held, or free again. */
  holdMillis: 500,
  /** Between two turns behind one that failed. */
  failedMillis: 1_000,
  /** Time for which a policy that is planned no more stays in sluice.yaml: Envoy's connections of before still name it. */
  retiredMillis: 600_000,
  /** Between two offers of the same sluice.yaml to a server that has refused it. */
  offerMillis: 30_000,
  /** Time for which the server may not answer before what it had in force last is put back: it may not start with the new. */
  fallbackMillis: 120_000,
  /** Between two looks at keys of TLS: an issuer renews them weeks before they run out. */
  keysMillis: 60_000,
  /** Between two files of workloads: each is read by each process of the server. */
  workloadsMillis: 1_000,
  /** An answer of the server's page for operators, and bytes of it. */
  pageMillisMax: 2_000,
  pageBytesMax: 4_194_304,
  /** An answer of the container runtime. */
  runtimeMillisMax: 5_000,
  /** Bytes of one: a list of 500 sandboxes has 1 MB. */
  runtimeBytesMax: 67_108_864,
  /** Details of sandboxes that are asked for at once. */
  runtimeCallsMax: 4,
  /** Bytes of the agent's status: 2,000 pods take 2 MB. */
  statusBytesMax: 16_777_216,
  /** Between two reports; what changes meanwhile waits. */
  reportMillis: 2_000,
  /** Between two reports where nothing has changed. */
  heartbeatMillis: 60_000,
  /** Between two probes of the node: two requests each. */
  probeGapMillis: 500,
  /** Between two probes of a port where nothing has changed, and behind one that has not proven anything. */
  probeMillis: 300_000,
  probeAgainMillis: 30_000,
  /** Between two looks for the address of a pod that is to be probed. */
  addressMillis: 2_000,
  /** An answer to a probe. */
  probeAnswerMillisMax: 5_000,
  /** Time for which a probe's judgement may be waited for: in Detect it can come behind the answer. */
  probeJudgedMillisMax: 2_000,
});
