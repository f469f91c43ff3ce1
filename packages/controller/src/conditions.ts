/** Conditions as Kubernetes has them (metav1.Condition). */

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/**
 * - `Accepted`: the object says something that can be done.
 * - `Validated`: its SecLang compiles and its tests pass.
 * - `Programmed`: nodes (or gateways) have been told.
 * - `Enforcing`: a probe through each selected workload's own Envoy was answered as the policy says, on n of m nodes.
 */
export type ConditionType = 'Accepted' | 'Validated' | 'Programmed' | 'Enforcing';

/** One word, for programs; docs/kubernetes.md has what each means and what to do. */
export type Reason =
  | 'Accepted'
  | 'Invalid'
  | 'Conflicted'
  | 'TargetNotFound'
  | 'TargetNotSelected'
  | 'RuleSetNotFound'
  | 'SecretNotFound'
  | 'WeakerThanAllowed'
  | 'ProtectedRule'
  | 'SystemNamespace'
  | 'ManagedByCalico'
  | 'NotSupported'
  | 'RefNotPermitted'
  | 'Compiled'
  | 'SecLangInvalid'
  | 'TestsFailed'
  | 'Pending'
  | 'Programmed'
  | 'NothingSelected'
  | 'NodesBehind'
  | 'TooLarge'
  | 'Enforced'
  | 'PartlyEnforced'
  | 'NotEnforced'
  | 'NotProbed'
  | 'NodeSilent'
  | 'PlanFailed'
  | 'WriteFailed';

/** Without the time, which is kept where the status does not change. */
export interface ConditionFact {
  readonly type: ConditionType;
  readonly status: ConditionStatus;
  readonly reason: Reason;
  /** A sentence, for people; with what to do where something is wrong. */
  readonly message: string;
}

export interface Condition extends ConditionFact {
  readonly observedGeneration: number;
  /** ISO 8601. */
  readonly lastTransitionTime: string;
}
