/** Rules ready to run: closures instead of names, operators made, pipelines interned. One set serves one thread. */
import type { ResponseProcessor, XmlArgumentsMode } from '../body/processor.ts';
import type { OperatorInstance } from '../operators/operator.ts';
import type { PhaseCosts } from '../rule-costs.ts';
import type {
  CompiledMarker,
  CompiledRule,
  Sanitised,
  Selection,
  SetvarOperation,
} from '../rule-set/program.ts';
import type { Answers } from './answers.ts';
import type { GatedPlaces } from './gated-places.ts';
import type { Expand } from './macros.ts';
import type { LinkedExclusion, LinkedTarget } from './targets.ts';

export interface LinkedOperator {
  readonly instance: OperatorInstance;
  readonly negated: boolean;
  /** The argument with its macros expanded. */
  readonly expand: Expand;
  /** Where the prefilter reports this operator's pattern; -1 where it is not scanned. */
  readonly slot: number;
  /** Of patterns that are the same in each request; else null. */
  readonly answers: Answers | null;
}

export type LinkedAction =
  | {
      readonly kind: 'setvar';
      readonly collection: string;
      readonly name: Expand;
      readonly operation: SetvarOperation;
      readonly value: Expand;
    }
  | {
      readonly kind: 'initcol';
      readonly collection: string;
      readonly key: Expand;
      readonly names: 'sessionId' | 'userId' | null;
    }
  | {
      readonly kind: 'expirevar';
      readonly collection: string;
      readonly name: Expand;
      readonly seconds: Expand;
    }
  | {
      readonly kind: 'deprecatevar';
      readonly collection: string;
      readonly name: Expand;
      readonly amount: number;
      readonly seconds: number;
    }
  | { readonly kind: 'setenv'; readonly name: Expand; readonly value: Expand | null }
  | { readonly kind: 'sanitise'; readonly what: Sanitised; readonly name: string | null }
  | { readonly kind: 'removeRules'; readonly by: Selection }
  | {
      readonly kind: 'removeTargets';
      readonly by: Selection;
      readonly exclusion: LinkedExclusion;
    }
  | { readonly kind: 'ruleEngine'; readonly mode: 'On' | 'DetectionOnly' | 'Off' }
  | { readonly kind: 'requestBodyProcessor'; readonly processor: string }
  | { readonly kind: 'responseBodyProcessor'; readonly processor: ResponseProcessor }
  | { readonly kind: 'parseXmlIntoArgs'; readonly mode: XmlArgumentsMode }
  | { readonly kind: 'forceRequestBodyVariable'; readonly on: boolean }
  | { readonly kind: 'requestBodyLimit' | 'responseBodyLimit'; readonly bytes: number }
  | { readonly kind: 'forceResponseBodyVariable'; readonly on: boolean }
  | { readonly kind: 'requestBodyAccess' | 'responseBodyAccess'; readonly on: boolean }
  /** auditEngine, auditLogParts, debugLogLevel: what is logged is the policy's business. */
  | { readonly kind: 'logging' };

export interface LinkedLink {
  readonly targets: readonly LinkedTarget[];
  readonly exclusions: readonly LinkedExclusion[];
  /** Null for a SecAction. */
  readonly operator: LinkedOperator | null;
  /** The pipeline's node; with multiMatch, each node on the way to it. */
  readonly nodes: readonly number[];
  readonly capture: boolean;
  readonly actions: readonly LinkedAction[];
}

export interface LinkedRule {
  readonly kind: 'rule';
  readonly data: CompiledRule;
  readonly links: readonly LinkedLink[];
  /**
   * The slot without which the rule cannot match, or -1: then it is always a candidate. Only the head of a chain gates,
   * and only where all its values are fixed and scanned.
   */
  readonly gate: number;
  readonly msg: Expand | null;
  readonly logdata: Expand | null;
  readonly location: Expand | null;
  /** 1 to 4 by its `paranoia-level/N` tag, or null. */
  readonly paranoia: number | null;
}

export type LinkedItem = LinkedRule | CompiledMarker;

export interface LinkedPhase {
  readonly items: readonly LinkedItem[];
  /** By place: the slot without which the rule there is not asked; -1 for what has none. */
  readonly gates: Int32Array;
  /** The same by slot. */
  readonly gated: GatedPlaces;
  /** Where each marker's name stands, in order: skipAfter goes to the first that follows the rule. */
  readonly markers: ReadonlyMap<string, readonly number[]>;
  /** By place. */
  readonly costs: PhaseCosts;
}
