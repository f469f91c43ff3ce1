/** A transaction's own state, allocated afresh: a field that is forgotten cannot leak into the next request. */

import type { Hidden, RemovedTarget } from '../actions/state.ts';
import type { ResponseProcessor } from '../body/processor.ts';
import { EngineError } from '../errors.ts';
import { MatchList } from '../evaluate/match-list.ts';
import type { PartialMessage } from '../evaluate/partial.ts';
import { ScanResults } from '../evaluate/scan.ts';
import type { EvaluationState, Interruption, RuleFailure } from '../evaluate/state.ts';
import type { CleanCourse } from '../link/folded.ts';
import type { LinkedRule } from '../link/linked.ts';
import { TransformCache } from '../link/pipelines.ts';
import type { PolicyMode, RuleSet } from '../link/rule-set.ts';
import type { CompiledRule } from '../rule-set/program.ts';
import { NO_PAIRS, type Pair } from '../variables/pair.ts';
import type { PersistentRecord, RecordStore } from '../variables/persistent.ts';
import { PersistentFork } from '../variables/persistent-fork.ts';
import type { RequestData } from '../variables/request-data.ts';
import type { ResponseData } from '../variables/response-data.ts';
import type { MatchedVar } from '../variables/state.ts';
import { NO_TX, TxCollection } from '../variables/tx-collection.ts';

export interface StateOptions {
  readonly store: RecordStore;
  readonly evaluation?: 'planned' | 'reference';
  readonly trace?: (line: string) => void;
}

const NO_SEVERITY = 255;

export class TransactionState implements EvaluationState {
  readonly ruleSet: RuleSet;
  readonly request: RequestData;
  response: ResponseData | null = null;
  readonly tx: TxCollection;
  readonly store: RecordStore;
  sessionId = '';
  userId = '';
  readonly webAppId: string;
  readonly env: TxCollection;
  geo: readonly Pair[] = NO_PAIRS;
  pathArguments: readonly Pair[] = NO_PAIRS;
  responseProcessor: ResponseProcessor | null = null;
  readonly geoDatabase: string | null;
  matchedVar = '';
  matchedVarName = '';
  matchedVars: MatchedVar[] = [];
  rule: CompiledRule | null = null;
  highestSeverity = NO_SEVERITY;
  readonly startedAtMillis: number;
  readonly policyMode: PolicyMode;
  mode: PolicyMode;
  isMarked = false;
  completedPhase = 0;
  isUnfolded = false;
  readonly removedTargets: RemovedTarget[] = [];
  requestBodyAccess: boolean;
  responseBodyAccess: boolean;
  requestBodyBytesMax: number;
  responseBodyBytesMax: number;
  forceResponseBody = false;
  readonly collectionTimeout: number;
  readonly sanitised: Hidden[] = [];
  readonly transforms: TransformCache;
  readonly course: CleanCourse;
  readonly scans: ScanResults | null;
  partial: PartialMessage | null = null;
  readonly matches: MatchList;
  readonly failures: RuleFailure[] = [];
  interruption: Interruption | null = null;
  stopped = false;
  allowedThrough = 0;
  readonly trace: ((line: string) => void) | null;
  readonly #startedAtTick: number;
  #persistent: Map<string, PersistentRecord> | null = null;
  #removedRules: Set<LinkedRule> | null = null;

  /** @param origin the state that this one goes on from: what happens here happens to this one alone */
  constructor(
    ruleSet: RuleSet,
    request: RequestData,
    options: StateOptions,
    origin: TransactionState | null = null,
  ) {
    this.ruleSet = ruleSet;
    this.request = request;
    this.tx = origin?.tx.fork() ?? new TxCollection(ruleSet.pinned);
    this.env = origin?.env.fork() ?? new TxCollection(NO_TX);
    this.matches = origin?.matches.fork() ?? new MatchList();
    this.startedAtMillis = origin?.startedAtMillis ?? Date.now();
    this.#startedAtTick = origin === null ? performance.now() : origin.#startedAtTick;
    this.store = options.store;
    this.collectionTimeout = ruleSet.settings.collectionTimeout;
    this.requestBodyBytesMax = ruleSet.settings.limits.requestBodyBytesMax;
    this.responseBodyBytesMax = ruleSet.settings.limits.responseBodyBytesMax;
    this.geoDatabase = ruleSet.settings.geoDatabase;
    this.webAppId = ruleSet.settings.webAppId;
    this.policyMode = ruleSet.mode;
    this.mode = ruleSet.mode;
    this.requestBodyAccess = ruleSet.settings.requestBodyAccess;
    this.responseBodyAccess = ruleSet.settings.responseBodyAccess;
    this.transforms = new TransformCache(ruleSet.pipelines);
    const planned = options.evaluation !== 'reference';
    this.course = origin?.course ?? (planned ? ruleSet.courseOf(request.shape) : ruleSet.clean);
    this.scans = planned ? (origin?.scans?.fork() ?? new ScanResults(ruleSet.scans)) : null;
    this.trace = options.trace ?? null;
    if (origin !== null) this.#copy(origin);
  }

  /** A state that goes on from this one, with its own request, and that leaves no trace: not in the store, and in no log. */
  fork(request: RequestData): TransactionState {
    const evaluation = this.scans === null ? 'reference' : 'planned';
    return new TransactionState(
      this.ruleSet,
      request,
      { store: new PersistentFork(this.store), evaluation },
      this,
    );
  }

  #copy(origin: TransactionState): void {
    for (const [name, record] of origin.persistent) this.persistent.set(name, record.fork(this.store));
    for (const rule of origin.removedRules) this.removedRules.add(rule);
    this.removedTargets.push(...origin.removedTargets);
    this.sanitised.push(...origin.sanitised);
    this.failures.push(...origin.failures);
    this.response = origin.response;
    this.sessionId = origin.sessionId;
    this.userId = origin.userId;
    this.geo = origin.geo;
    this.pathArguments = origin.pathArguments;
    this.responseProcessor = origin.responseProcessor;
    this.matchedVar = origin.matchedVar;
    this.matchedVarName = origin.matchedVarName;
    this.matchedVars = [...origin.matchedVars];
    this.rule = origin.rule;
    this.highestSeverity = origin.highestSeverity;
    this.mode = origin.mode;
    this.isMarked = origin.isMarked;
    this.completedPhase = origin.completedPhase;
    this.isUnfolded = origin.isUnfolded;
    this.requestBodyAccess = origin.requestBodyAccess;
    this.responseBodyAccess = origin.responseBodyAccess;
    this.requestBodyBytesMax = origin.requestBodyBytesMax;
    this.responseBodyBytesMax = origin.responseBodyBytesMax;
    this.forceResponseBody = origin.forceResponseBody;
    this.interruption = origin.interruption;
    this.stopped = origin.stopped;
    this.allowedThrough = origin.allowedThrough;
  }

  /** Most transactions have neither: made when first asked for. */
  get persistent(): Map<string, PersistentRecord> {
    this.#persistent ??= new Map();
    return this.#persistent;
  }

  get removedRules(): Set<LinkedRule> {
    this.#removedRules ??= new Set();
    return this.#removedRules;
  }

  get matchLimitReached(): boolean {
    return this.failures.some(({ error }) => error instanceof EngineError && error.code === 'MATCH_LIMIT');
  }

  noteWrite(lowerName: string): void {
    if (this.course.assumed.has(lowerName)) this.isMarked = true;
  }

  get isShaped(): boolean {
    return this.course !== this.ruleSet.clean;
  }

  get uniqueId(): string {
    return this.request.attributes.id;
  }

  elapsedMicros(): number {
    return Math.floor((performance.now() - this.#startedAtTick) * 1_000);
  }
}
