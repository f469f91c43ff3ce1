/** What to do about each reason: of conditions, and of what nodes say of pods. */
import type { Reason } from '../conditions.ts';

/** `''` where there is nothing to do. */
const OF_CONDITIONS: Readonly<Record<Reason, string>> = {
  Accepted: '',
  Invalid: 'Correct the field that the message names, and apply it again.',
  Conflicted: 'Delete one of the two, or change what one of them is for.',
  TargetNotFound: 'Create the target, or correct its name, kind or port in targetRefs.',
  TargetNotSelected: 'Take away what keeps the Service out, or choose another target.',
  RuleSetNotFound: 'Create the RuleSet, or take its name out of ruleSets.',
  SecretNotFound: 'Create a Secret of type kubernetes.io/tls, or take the entry out of tls.',
  WeakerThanAllowed:
    'Make the policy stricter, or ask whoever has the ClusterWAFPolicy for more in its allow.',
  ProtectedRule: 'Leave the rule as it is: no policy of a namespace may change it.',
  SystemNamespace: 'Move it to a namespace of your own: nothing is ever selected here.',
  ManagedByCalico: 'Write the same as kinds of sluice.dev: sluice import calico translates.',
  NotSupported: 'See docs/kubernetes.md for what can be inspected instead.',
  RefNotPermitted:
    'Write a WAFPolicy in the namespace of the Service, or a ReferenceGrant there that has from: {group: sluice.dev, kind: WAFPolicy, namespace: that of the policy}.',
  Compiled: '',
  SecLangInvalid: 'Correct the SecLang at the line and column of the message.',
  TestsFailed: 'Correct the rule or its test: sluice rules test runs the same.',
  Pending: 'Wait a moment; where it stays, see whether the controller and the node pods of Sluice run.',
  Programmed: '',
  NothingSelected: 'Annotate a Service with sluice.dev/inspect=true, or name it in a WAFPolicy.',
  NodesBehind: 'Wait a moment; where it stays, look at the log of the node pod.',
  TooLarge: 'Make it smaller, or split it.',
  Enforced: '',
  PartlyEnforced: 'Look at the pods that are named.',
  NotEnforced: 'Run sluice probe against the pod, and look at the logs of Envoy and the server on its node.',
  NodeSilent:
    'Look at the node and its Sluice pod: it inspects as it did, and has not told so for three minutes.',
  NotProbed: 'Wait for the next probe; where it stays, see whether the pod is ready.',
  PlanFailed: "Look at the controller's log; what was in force stays.",
  WriteFailed: "Check the rights of the controller's service account, and the API server.",
};

/** The node agent's (docs/interception.md), those of the node's controller, and those of this view. */
const OF_PODS: Readonly<Record<string, string>> = {
  NotSupported: 'Take the pod off the host network, or put a gateway with the filter in front of it.',
  EnvoyDown: 'It is started again by itself; where it stays, look at the log of the node pod.',
  EnvoyRejected: 'Correct what the message names: the former configuration serves until then.',
  NothingToInspect: 'Declare the port as HTTP: appProtocol, its name, or the annotation sluice.dev/ports.',
  Releasing: '',
  NoNamespace: "See whether the node's container runtime answers, and whether the pod's sandbox runs.",
  PolicyPending: 'Wait a moment; where it stays, look at the log of the node pod.',
  KeyMissing: 'Check the Secret that tls names, and that the node may read it.',
  NodeMissing: 'See whether the DaemonSet of Sluice has a pod there: tolerations, nodeSelector, resources.',
  NodeNotTold: 'See whether the controller runs and leads: kubectl get lease -n sluice-system.',
  NodeSilent: 'See whether the node is up, and its pod of Sluice.',
  Hidden: 'Ask for the role sluice-view-cluster: docs/status.md.',
  Quarantined: 'sluice quarantine --list says why and until when; --undo lets it go.',
  Off: 'Set mode Detect or Block where it should be inspected.',
};

/** @param reason of a condition, or of a pod */
export const remedyOf = (reason: string): string =>
  OF_PODS[reason] ?? (OF_CONDITIONS as Readonly<Record<string, string>>)[reason] ?? '';

/** Of a condition only. */
export const remedyOfCondition = (reason: Reason): string => OF_CONDITIONS[reason];
