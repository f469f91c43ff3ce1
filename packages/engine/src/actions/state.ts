/** What actions may change of a transaction, besides its variables. */

import type { LinkedRule } from '../link/linked.ts';
import type { PolicyMode, RuleSet } from '../link/rule-set.ts';
import type { LinkedExclusion } from '../link/targets.ts';
import type { PersistentStore } from '../variables/persistent.ts';
import type { VariableState } from '../variables/state.ts';

export interface ActionState extends VariableState {
  /** ctl:ruleEngine makes a policy's mode stricter or laxer for this transaction, never stricter than the policy's own. */
  mode: PolicyMode;
  readonly policyMode: PolicyMode;
  readonly ruleSet: RuleSet;
  /** Rules that are switched off for this transaction. */
  readonly removedRules: Set<LinkedRule>;
  readonly removedTargets: Map<LinkedRule, LinkedExclusion[]>;
  requestBodyAccess: boolean;
  responseBodyAccess: boolean;
  readonly store: PersistentStore;
}
