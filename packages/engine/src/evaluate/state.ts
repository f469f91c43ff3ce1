/** The state of one transaction's evaluation. Fresh for each transaction; nothing in it is reused. */
import type { ActionState } from '../actions/state.ts';
import type { CleanCourse } from '../link/folded.ts';
import type { LinkedRule } from '../link/linked.ts';
import type { TransformCache } from '../link/pipelines.ts';
import type { MatchList } from './match-list.ts';
import type { PartialMessage } from './partial.ts';
import type { ScanResults } from './scan.ts';

/** One value that a rule matched. */
export interface MatchedTarget {
  /** Position in the chain, 0 for its head. */
  readonly link: number;
  /** `ARGS:foo`. */
  readonly label: string;
  /** After transformation. */
  readonly value: string;
  /** What the match added to an anomaly score. */
  readonly score: number;
}

/** A rule of which all links matched. */
export interface RuleMatch {
  readonly rule: LinkedRule;
  readonly message: string;
  readonly data: string;
  readonly targets: readonly MatchedTarget[];
}

/** What a disruptive rule asks for. */
export interface Interruption {
  readonly action: 'deny' | 'drop' | 'redirect';
  readonly status: number;
  readonly ruleId: number;
  readonly phase: number;
  readonly location: string | null;
}

/** A rule that could not be decided: never the same as one that did not match. */
export interface RuleFailure {
  readonly ruleId: number;
  readonly error: unknown;
}

export interface EvaluationState extends ActionState {
  readonly transforms: TransformCache;
  /** What is folded for it as long as it is not marked. */
  readonly course: CleanCourse;
  /** Null in reference evaluation: then every rule is a candidate. */
  readonly scans: ScanResults | null;
  /** Where the message is judged before all of it is here; else null. */
  readonly partial: PartialMessage | null;
  readonly matches: MatchList;
  readonly failures: RuleFailure[];
  /** The first disruptive rule that matched; in Detect, what would have been. */
  interruption: Interruption | null;
  /** True where the interruption is enforced: it came while the mode was Block, and ended the message. */
  stopped: boolean;
  /** The last phase that ran to its end, and all before it; -1 once one was cut short. One that is passed over leaves it. */
  completedPhase: number;
  /** `allow`: phases up to this one are over. 2 for the request, 4 for the transaction. */
  allowedThrough: number;
  /** Receives a line for each link that matches, where a trace is asked for. */
  readonly trace: ((line: string) => void) | null;
}
