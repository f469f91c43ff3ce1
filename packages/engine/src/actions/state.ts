/** What actions may change of a transaction, besides its variables. */

import type { LinkedRule } from '../link/linked.ts';
import type { PolicyMode, RuleSet } from '../link/rule-set.ts';
import type { LinkedExclusion } from '../link/targets.ts';
import type { Sanitised } from '../rule-set/program.ts';
import type { RecordStore } from '../variables/persistent.ts';
import type { VariableState } from '../variables/state.ts';

/** A name, in lower case; or a label such as `ARGS:password` of what a rule matched. */
export interface Hidden {
  readonly what: Sanitised;
  readonly name: string;
}

/** A target that some rules no longer read in this transaction. */
export interface RemovedTarget {
  readonly rules: ReadonlySet<LinkedRule>;
  readonly exclusion: LinkedExclusion;
}

export interface ActionState extends VariableState {
  /** ctl:ruleEngine makes a policy's mode stricter or laxer for this transaction, never stricter than the policy's own. */
  mode: PolicyMode;
  readonly policyMode: PolicyMode;
  readonly ruleSet: RuleSet;
  /** Rules that are switched off for this transaction. */
  readonly removedRules: Set<LinkedRule>;
  /** Whether a variable was written that the clean course takes for unchanged. */
  isMarked: boolean;
  /** Says that a rule writes a variable of TX, by its lower-case name; what is folded is not said. */
  noteWrite(lowerName: string): void;
  /** Whether rules about TX are no longer those of the set: then what was folded does not hold. */
  isUnfolded: boolean;
  readonly removedTargets: RemovedTarget[];
  /** Whether what is folded for it follows from the shape of its head, too. */
  readonly isShaped: boolean;
  requestBodyAccess: boolean;
  responseBodyAccess: boolean;
  /** Bytes of a body that are inspected; ctl:requestBodyLimit and ctl:responseBodyLimit change them. */
  requestBodyBytesMax: number;
  responseBodyBytesMax: number;
  /** ctl:forceResponseBodyVariable: the body is inspected whatever its media type. */
  forceResponseBody: boolean;
  /** Seconds. */
  readonly collectionTimeout: number;
  /** What sanitise… actions hide in the event. */
  readonly sanitised: Hidden[];
  readonly store: RecordStore;
}
