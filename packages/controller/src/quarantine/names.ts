/** Names that quarantine leaves in a cluster. */
import { GROUP, QUARANTINE_LABEL } from '../kinds/names.ts';

/** Value of QUARANTINE_LABEL; policies select by its presence. */
export const QUARANTINED = 'true';

/** Annotations of a pod in quarantine; together they are its record. */
export const RECORD = {
  /** Of the pod that is meant: a copy of it with its annotations is not. */
  uid: `${QUARANTINE_LABEL}-uid`,
  /** ISO 8601. */
  since: `${QUARANTINE_LABEL}-since`,
  /** ISO 8601. */
  until: `${QUARANTINE_LABEL}-until`,
  reason: `${QUARANTINE_LABEL}-reason`,
  /** Name of the user, as the API server knows it. */
  actor: `${QUARANTINE_LABEL}-by`,
  /** `person` or `alert`. */
  origin: `${QUARANTINE_LABEL}-origin`,
  /** Id of the event that it is because of; absent where there is none. */
  event: `${QUARANTINE_LABEL}-event`,
} as const;

/** Of the NetworkPolicy in each namespace, and of Calico's GlobalNetworkPolicy. */
export const POLICY_NAME = 'sluice-quarantine';
/** On these policies: the last pod that they were written for, so that each writing shows in their version. */
export const POLICY_FOR_ANNOTATION = `${QUARANTINE_LABEL}-for`;

export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const MANAGER = 'sluice';
export const FIELD_MANAGER = 'sluice-quarantine';

/** ConfigMap in Sluice's own namespace that counts what was done without a person. */
export const LEDGER_NAME = 'sluice-quarantine-ledger';
/** Value of CONTENT_LABEL on ConfigMaps that hold a proposal. */
export const PROPOSAL_CONTENT = 'quarantine-proposal';

/** `reportingController` of Kubernetes Events. */
export const REPORTER = `${GROUP}/quarantine`;
