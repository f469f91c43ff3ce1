/** Status of a SluiceNode: what a node says of itself, by the plan that it was given. */

export interface NodeReport {
  /** Generation of the spec that is in force, whole: table and policies. */
  readonly observedGeneration: number;
  /** As /readyz of Sluice's server says it: the same for the same rules on every node; `''` before there is one. */
  readonly ruleSetVersion: string;
  /** ISO 8601; a node that has said nothing for long is not there. */
  readonly heartbeatAt: string;
  /** Why the newest spec is not in force; `''` where it is. */
  readonly problem: string;
  /**
   * Policies in force, as the newest spec that is in force names them: what a policy is programmed by. One that a node refused is there with its
   * former digest. Absent of a node that does not tell.
   */
  readonly policies?: readonly { readonly name: string; readonly digest: string }[];
  readonly pods: readonly PodReport[];
}

export interface PodReport {
  readonly uid: string;
  readonly intercepted: boolean;
  /** Reason of the agent's condition (docs/interception.md), `''` where it is intercepted. */
  readonly reason: string;
  /** Outcome of the last probe by the policy that is in force; null where there was none. */
  readonly enforced: boolean | null;
  /** In words, for people; `''` where all is well. */
  readonly message: string;
}
