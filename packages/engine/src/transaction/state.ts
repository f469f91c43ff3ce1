/** A transaction's own state, allocated afresh: a field that is forgotten cannot leak into the next request. */

import { ScanResults } from '../evaluate/scan.ts';
import type { EvaluationState, Interruption, RuleFailure, RuleMatch } from '../evaluate/state.ts';
import type { LinkedRule } from '../link/linked.ts';
import { TransformCache } from '../link/pipelines.ts';
import type { PolicyMode, RuleSet } from '../link/rule-set.ts';
import type { LinkedExclusion } from '../link/targets.ts';
import type { CompiledRule } from '../rule-set/program.ts';
import type { Pair } from '../variables/pair.ts';
import type { PersistentRecord, PersistentStore } from '../variables/persistent.ts';
import type { RequestData } from '../variables/request-data.ts';
import type { ResponseData } from '../variables/response-data.ts';
import { TxCollection } from '../variables/tx-collection.ts';

export interface StateOptions {
  readonly store: PersistentStore;
  readonly evaluation?: 'planned' | 'reference';
  readonly trace?: (line: string) => void;
}

const NO_SEVERITY = 255;

export class TransactionState implements EvaluationState {
  readonly ruleSet: RuleSet;
  readonly request: RequestData;
  response: ResponseData | null = null;
  readonly tx: TxCollection;
  readonly persistent = new Map<string, PersistentRecord>();
  readonly store: PersistentStore;
  matchedVar = '';
  matchedVarName = '';
  matchedVars: Pair[] = [];
  rule: CompiledRule | null = null;
  highestSeverity = NO_SEVERITY;
  readonly startedAtMillis = Date.now();
  readonly policyMode: PolicyMode;
  mode: PolicyMode;
  readonly removedRules = new Set<LinkedRule>();
  readonly removedTargets = new Map<LinkedRule, LinkedExclusion[]>();
  requestBodyAccess: boolean;
  responseBodyAccess: boolean;
  readonly transforms: TransformCache;
  readonly scans: ScanResults | null;
  readonly matches: RuleMatch[] = [];
  readonly failures: RuleFailure[] = [];
  interruption: Interruption | null = null;
  stopped = false;
  allowedThrough = 0;
  readonly trace: ((line: string) => void) | null;
  readonly #startedAtNanos = process.hrtime.bigint();

  constructor(ruleSet: RuleSet, request: RequestData, options: StateOptions) {
    this.ruleSet = ruleSet;
    this.request = request;
    this.tx = new TxCollection(ruleSet.pinned);
    this.store = options.store;
    this.policyMode = ruleSet.mode;
    this.mode = ruleSet.mode;
    this.requestBodyAccess = ruleSet.settings.requestBodyAccess;
    this.responseBodyAccess = ruleSet.settings.responseBodyAccess;
    this.transforms = new TransformCache(ruleSet.pipelines);
    const planned = options.evaluation !== 'reference';
    this.scans = planned ? new ScanResults(ruleSet.scanUnits, ruleSet.slotCount) : null;
    this.trace = options.trace ?? null;
  }

  get uniqueId(): string {
    return this.request.attributes.id;
  }

  elapsedMicros(): number {
    return Number((process.hrtime.bigint() - this.#startedAtNanos) / 1_000n);
  }
}
