/** What is said of a RuleSet once its SecLang was compiled, reviewed and tried in the place where it will stand. */
import type { Reason } from '../conditions.ts';
import type { Allowances, RuleSetSpec } from '../kinds/objects.ts';

/** What a RuleSet may do: all that rule files may but read files, or what its namespace is allowed. */
export type RuleRights =
  | { readonly kind: 'cluster' }
  /** `allow` is that of the ClusterWAFPolicy that the namespace inherits from; empty where there is none. */
  | { readonly kind: 'namespace'; readonly namespace: string; readonly allow: Allowances };

/** A RuleSet with what it may do. */
export interface Candidate {
  /** `namespace/name`. */
  readonly key: string;
  readonly spec: RuleSetSpec;
  readonly rights: RuleRights;
}

/** Where RuleSets stand: those of one policy, in their order, cluster's first, under the policy's settings. */
export interface RulePlace {
  /** As of PlannedPolicy. */
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly candidates: readonly Candidate[];
}

export type RefusalReason = Extract<
  Reason,
  'SecLangInvalid' | 'ProtectedRule' | 'WeakerThanAllowed' | 'TestsFailed' | 'TooLarge'
>;

/** One thing that is wrong. */
export interface RuleProblem {
  readonly reason: RefusalReason;
  /** `spec.before`, `spec.after`, `spec.tests[2]`; `spec` where it is neither. */
  readonly field: string;
  /** From 1; null where there is no place. Columns count bytes. */
  readonly line: number | null;
  readonly column: number | null;
  /** With place, line and caret where there is a place; then what to do. */
  readonly message: string;
}

export type RuleSetVerdict =
  | {
      readonly kind: 'ok';
      readonly rules: number;
      /** Ascending. */
      readonly ids: readonly number[];
      /** What is legal, and most likely not meant. */
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'refused';
      /** Of the first problem. */
      readonly reason: RefusalReason;
      /** All of them, for people. */
      readonly message: string;
      readonly problems: readonly RuleProblem[];
    };

/** What is known of RuleSets at this moment, for the planner, which does not wait. */
export interface RuleSetVerdicts {
  /** Null while it is not known: judging has begun, and whoever asked to be told is told when it ends. */
  of(candidate: Candidate, place: RulePlace): RuleSetVerdict | null;
}
