/** What actions may change of a transaction, besides its variables. */

import type { PolicyMode } from '../link/link.ts';
import type { LinkedExclusion } from '../link/targets.ts';
import type { PersistentStore } from '../variables/persistent.ts';
import type { VariableState } from '../variables/state.ts';

export interface ActionState extends VariableState {
  /** ctl:ruleEngine makes a policy's mode stricter or laxer for this transaction, never stricter than the policy's own. */
  mode: PolicyMode;
  readonly policyMode: PolicyMode;
  /** By rule index: 1 where the rule is switched off for this transaction. */
  readonly removedRules: Uint8Array;
  readonly removedTargets: Map<number, LinkedExclusion[]>;
  requestBodyAccess: boolean;
  responseBodyAccess: boolean;
  readonly store: PersistentStore;
}
