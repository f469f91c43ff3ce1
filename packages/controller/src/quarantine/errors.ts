/** Errors of quarantine: what is refused, and what is missing to do it. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const QUARANTINE_ERRORS = {
  QUARANTINE_TARGET: {
    message: '{target} names no pod: {reason}',
    remedy: "Give a pod's name with -n NAMESPACE, NAMESPACE/POD, a pod's UID, or --event ID.",
  },
  QUARANTINE_OPTION: {
    message: '{option}: {reason}',
    remedy: 'sluice quarantine --help shows examples.',
  },
  QUARANTINE_POD_UNKNOWN: {
    message: 'there is no pod {pod}',
    remedy:
      'See kubectl get pods -A. A pod that is gone needs no quarantine; its workload may have made another.',
  },
  QUARANTINE_POD_REPLACED: {
    message: 'the pod {pod} with the UID {uid} is gone; what has its name now is another one',
    remedy: 'Look at newer events before you cut off the pod that has the name now.',
  },
  QUARANTINE_EVENT_UNKNOWN: {
    message: 'no event {event} is kept',
    remedy: 'Give the id of an event (sluice events search), and its store by --store.',
  },
  QUARANTINE_EVENT_WITHOUT_POD: {
    message: 'the event {event} names no pod as its source: {reason}',
    remedy:
      'Who is outside of the cluster is kept out by addresses.deny of a policy, a node by its operator.',
  },
  QUARANTINE_SYSTEM_NAMESPACE: {
    message: '{pod} is in a namespace whose pods are never put into quarantine',
    remedy: 'Act on the pod with the means of whoever runs that namespace.',
  },
  QUARANTINE_NODE: {
    message: '{pod} is part of its node: {reason}',
    remedy: 'A NetworkPolicy does not hold such a pod back. Drain the node, or change what makes the pod.',
  },
  QUARANTINE_GATEWAY: {
    message: '{pod} passes on what others send: {reason}',
    remedy: 'Find who is behind it: the attack came through it, not from it.',
  },
  QUARANTINE_LAST_READY: {
    message: '{pod} is the last ready pod of {workload}',
    remedy: 'Add a pod to the workload first, or say --force and take the outage.',
  },
  QUARANTINE_TOO_MANY: {
    message: '{pod} is not put into quarantine by itself: {reason}',
    remedy: 'Look at the proposal (sluice quarantine --list) and decide by hand.',
  },
  QUARANTINE_RIGHTS_MISSING: {
    message: '{user} may not {rights}',
    remedy: 'Ask for a role with these rights; docs/quarantine.md has one that is ready to be bound.',
  },
  QUARANTINE_PROPOSALS_FULL: {
    message: 'there are {count} proposals already',
    remedy:
      'Look at them (sluice quarantine --list); what has caused so many is likely a rule or an alert that is wrong.',
  },
  QUARANTINE_REFUSED: {
    message: 'the API server refuses {what} with {status}: {reason}',
    remedy:
      'Where it is 403, ask for a role with this right; docs/quarantine.md has one that is ready to be bound.',
  },
  QUARANTINE_LEDGER_DAMAGED: {
    message: 'the ConfigMap {name} does not hold what is counted there: {reason}',
    remedy: 'Delete it. Until then nothing is put into quarantine by itself.',
  },
  QUARANTINE_CONFLICT: {
    message: '{object} has changed {attempts} times while it was written',
    remedy: 'Try again. If it goes on, find who else writes it.',
  },
} as const;

export type QuarantineErrorCode = keyof typeof QUARANTINE_ERRORS;

export class QuarantineError extends CodedError<QuarantineErrorCode> {
  override readonly name = 'QuarantineError';

  constructor(code: QuarantineErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(QUARANTINE_ERRORS, code, details, cause);
  }
}
