/**
 * Programs to a rule set: a base (shared, compiled once) with an overlay (what a policy adds) on it. The set is frozen;
 * a transaction uses one set for its whole life.
 */
import type { PatternForms } from '../patterns/forms.ts';
import type { Prefilter } from '../prefilter/prefilter.ts';
import type { EngineSettings, RuleProgram } from '../rule-set/program.ts';
import type { HeadShape } from '../variables/head-shape.ts';
import type { TxPairs } from '../variables/tx-collection.ts';
import type { CleanCourse, FoldedPhase } from './folded.ts';
import type { LinkedPhase, LinkedRule } from './linked.ts';
import type { PipelineTree } from './pipelines.ts';
import type { Selections } from './selections.ts';
import type { UnitScan } from './unit-scan.ts';

/** A program with its prefilter: a base, or the rules that an overlay adds. */
export interface RuleUnit {
  readonly program: RuleProgram;
  readonly prefilter: Prefilter;
  /** Its patterns, parsed; those that are not here are parsed when they are first asked. */
  readonly patterns?: PatternForms;
}

export type PolicyMode = 'Off' | 'Detect' | 'Block';

/** What a policy adds to a base. */
export interface Overlay {
  readonly name: string;
  /** The last word over SecRuleEngine; null leaves it to the rule files. */
  readonly mode: PolicyMode | null;
  /** TX variables by lower-case name that rules cannot change: paranoia levels, thresholds. */
  readonly pinned: ReadonlyMap<string, string>;
  /** The last word over what rule files set: limits, access to bodies. */
  readonly settings?: RuleProgram['settings'];
  readonly before: readonly RuleUnit[];
  readonly after: readonly RuleUnit[];
}

export interface ScanUnit {
  readonly prefilter: Prefilter;
  /** Added to the unit's slots: slots are counted over the whole set. */
  readonly slotOffset: number;
}

/** A rule set as it is linked: see `fold` of evaluate/ for what transactions take. */
export interface LinkedRuleSet {
  readonly name: string;
  readonly mode: PolicyMode;
  readonly settings: EngineSettings;
  /** TX variables that rules cannot change. */
  readonly pinned: TxPairs;
  readonly rules: readonly LinkedRule[];
  /** By phase number; index 0 is unused. */
  readonly phases: readonly LinkedPhase[];
  readonly pipelines: PipelineTree;
  /** The base first: its slots are the same in each set that is put on it. */
  readonly scans: readonly UnitScan[];
  /** Which rules a ctl speaks of, in this set. */
  readonly selections: Selections;
}

export interface RuleSet extends LinkedRuleSet {
  /** By phase number; index 0 is unused. Made when first read, which takes some milliseconds. */
  readonly folded: readonly FoldedPhase[];
  /** The course of a transaction in which no rule with a condition has written what others decide by. */
  readonly clean: CleanCourse;
  /** The same for transactions of which heads have a shape, or `clean`. Made for those that come often. */
  courseOf(shape: HeadShape | null): CleanCourse;
}
