/**
 * One HTTP exchange, judged by one rule set for its whole life:
 *
 *   requestHeaders → (requestBody | judgeSoFar)* → requestEnd → responseHeaders → responseBody* → responseEnd → finish
 *
 * Each step may be the last before `finish`. A step out of order is a coded error. Nothing a client sends throws.
 */
import { requireBytes } from '../attributes/bytes-only.ts';
import type { HttpRequestAttributes, HttpResponseAttributes } from '../attributes/http-attributes.ts';
import { EngineError } from '../errors.ts';
import { PartialMessage } from '../evaluate/partial.ts';
import { evaluatePhase } from '../evaluate/phase.ts';
import type { RuleMatch } from '../evaluate/state.ts';
import type { PolicyMode, RuleSet } from '../link/rule-set.ts';
import type { PersistentStore } from '../variables/persistent.ts';
import { RequestData } from '../variables/request-data.ts';
import { ResponseData } from '../variables/response-data.ts';
import { type UninspectableCause, type Verdict, weightier } from '../verdict/verdict.ts';
import { type BodyPlan, type BodyRelease, planBody } from './body-plan.ts';
import { RequestBody } from './request-body.ts';
import { readHead } from './request-head.ts';
import { inspectsBody, ResponseBody } from './response-body.ts';
import { TransactionState } from './state.ts';
import { type Uninspected, verdictOf } from './verdict-of.ts';
import { xmlPathsOf } from './xml-paths.ts';

export interface TransactionOptions {
  readonly store: PersistentStore;
  /** `reference` asks every rule about every value: the oracle for `planned`, which must give the same trace. */
  readonly evaluation?: 'planned' | 'reference';
  readonly trace?: (line: string) => void;
  /**
   * Bytes that the files of a multipart body may have together, or an octet stream in windows: they then do not count
   * against SecRequestBodyLimit. Null, the default, leaves it to the policy, and that to the directive, which counts them.
   */
  readonly filesBytesMax?: number | null;
  /** Judges octet streams longer than SecRequestBodyNoFilesLimit in windows (WINDOW_LIMITS). By default they are refused. */
  readonly windowed?: boolean;
}

const STEPS = ['new', 'requestHeaders', 'requestEnd', 'responseHeaders', 'responseEnd', 'finish'] as const;
type Step = (typeof STEPS)[number];

/** What is left of a transaction when it is over. */
export interface TransactionResult {
  readonly verdict: Verdict;
  readonly mode: PolicyMode;
  readonly matches: readonly RuleMatch[];
  /** Those of them whose rules log, or are for the audit log. */
  readonly told: readonly RuleMatch[];
  /** Rules that failed, with their errors. */
  readonly failures: readonly { readonly ruleId: number; readonly error: unknown }[];
  readonly state: TransactionState;
  /** From its first step to its last, what lay between them included. */
  readonly durationMicros: number;
  /** Whether of the request's body only windows were judged, not all of it at once. */
  readonly isWindowed: boolean;
}

/** What was found before the message ended, and the state in which it was. */
interface Finding {
  readonly verdict: Verdict;
  readonly state: TransactionState;
}

/**
 * Of a class: an object literal with a getter of its own has a shape of its own, which V8 keeps outside of its young
 * generation, and with it all that the getter sees.
 */
class FinishedTransaction implements TransactionResult {
  readonly verdict: Verdict;
  readonly mode: PolicyMode;
  readonly state: TransactionState;
  readonly durationMicros: number;
  readonly isWindowed: boolean;
  #matches: readonly RuleMatch[] | null = null;
  #told: readonly RuleMatch[] | null = null;

  constructor(verdict: Verdict, mode: PolicyMode, state: TransactionState, isWindowed: boolean) {
    this.verdict = verdict;
    this.mode = mode;
    this.state = state;
    this.durationMicros = state.elapsedMicros();
    this.isWindowed = isWindowed;
  }

  /** Most results are asked for their verdict only. */
  get matches(): readonly RuleMatch[] {
    this.#matches ??= this.state.matches.toArray();
    return this.#matches;
  }

  get told(): readonly RuleMatch[] {
    this.#told ??= this.state.matches.told();
    return this.#told;
  }

  get failures(): TransactionResult['failures'] {
    return this.state.failures;
  }
}

export class Transaction {
  readonly #state: TransactionState;
  readonly #settings;
  #step: Step = 'new';
  #requestBody: RequestBody | null = null;
  #responseBody: ResponseBody | null = null;
  #uninspectable: Uninspected | null = null;
  readonly #bodyOptions: { readonly filesBytesMax: number | null; readonly windowed: boolean };
  #bodyPlan: BodyPlan | null = null;
  /** Whether something came that rules look at and that no judgement has seen. */
  #hasUnjudged = true;
  #bodyBytesKept = 0;
  #soFar: Verdict | null = null;
  /** What a part of the message was denied or not inspected for, where no later phase may see that part again. */
  #finding: Finding | null = null;

  /** @throws EngineError ATTRIBUTES_NOT_BYTES */
  constructor(ruleSet: RuleSet, attributes: HttpRequestAttributes, options: TransactionOptions) {
    const request = new RequestData(attributes);
    requireBytes(attributes, request.shape?.hasByteNames === true);
    this.#settings = ruleSet.settings;
    const { filesBytesMax = null, windowed = false } = options;
    this.#bodyOptions = { filesBytesMax: filesBytesMax ?? ruleSet.settings.requestFilesBytesMax, windowed };
    this.#state = new TransactionState(ruleSet, request, options);
  }

  /** Phase 1. */
  requestHeaders(): Verdict {
    this.#enter('requestHeaders');
    if (readHead(this.#state.request, this.#settings) === 'arguments') {
      this.#cannotInspect(
        'query_arguments',
        `more than ${this.#settings.limits.argumentsMax} arguments in the query`,
      );
    }
    return this.#run(1);
  }

  /** How the body may be let go; known once phase 1 is over. */
  get bodyRelease(): BodyRelease {
    return this.#plan().release;
  }

  /** Bytes of body that are inspected at most; known once phase 1 is over. More is `uninspectable` with `body_size`. */
  get bodyBytesMax(): number {
    return this.#plan().bytesMax;
  }

  /**
   * The next bytes of the request's body; they are not kept after the call.
   *
   * @returns whether something that rules look at has come since the last judgement: an argument or a part of one, a name, a
   *   header of a part, an error. False where all of it is content of files.
   */
  requestBody(chunk: Uint8Array): boolean {
    this.#require('requestHeaders', 'requestBody');
    if (!this.#state.requestBodyAccess || this.#state.stopped) return false;
    this.#requestBody ??= new RequestBody(this.#state.request, this.#settings, {
      plan: this.#plan(),
      xmlPaths: xmlPathsOf(this.#state.ruleSet.rules),
      onWindow: () => this.#judge(),
    });
    if (this.#requestBody.push(chunk)) {
      this.#hasUnjudged = true;
      this.#bodyBytesKept += chunk.byteLength;
    }
    return this.#hasUnjudged;
  }

  /**
   * Bytes of the body that are held in memory, at most: chunks that brought something which rules look at, as far as the
   * limit of what is not file content. What a compressed body becomes when it ends is not counted.
   */
  get bodyBytesKept(): number {
    return Math.min(this.#bodyBytesKept, this.#settings.limits.requestBodyNoFilesBytesMax);
  }

  /**
   * Phases 1 and 2 over what is there, values included that have not ended, as if the body ended here. What follows goes on
   * as if nobody had asked: no variable, no collection, no log changes. Not an answer about what a whole message must have:
   * rules that count arguments, or say what a value must look like, are not asked of what has not ended (evaluate/partial.ts).
   *
   * Costs at most what phase 2 costs over what is kept, which limits bound whatever the body's length (files are not kept), and
   * nothing where no news came. Asked once for each window of a fixed size, it is linear in the body.
   */
  judgeSoFar(): Verdict {
    this.#require('requestHeaders', 'judgeSoFar');
    if (this.#soFar === null || this.#hasUnjudged) this.#soFar = this.#judge();
    return this.#soFar;
  }

  /**
   * Phase 2.
   *
   * @param truncated the adapter did not get the whole body: the request is uninspectable, whatever the rules say
   */
  requestEnd(truncated = false): Verdict {
    this.#enter('requestEnd');
    // All that was judged before is judged again, with what has come since, unless it has left a window.
    if (!truncated && this.#requestBody?.isWindowed !== true) this.#finding = null;
    if (truncated) this.#state.partial = new PartialMessage(this.#state.request, false);
    if (truncated) this.#cannotInspect('body_partial', 'only a part of the body arrived');
    this.#requestBody?.end(truncated);
    this.#uninspectable ??= this.#bodyFault(this.#state.request);
    const verdict = this.#run(2);
    this.#state.partial = null;
    return verdict;
  }

  /**
   * Phase 3.
   *
   * @throws EngineError ATTRIBUTES_NOT_BYTES
   */
  responseHeaders(attributes: HttpResponseAttributes): Verdict {
    this.#enter('responseHeaders');
    requireBytes(attributes);
    this.#state.response = new ResponseData(attributes);
    return this.#run(3);
  }

  /**
   * Whether phase 4 will see the response's body: by access, media type and kind. Known once phase 3 is over. Where it is
   * false nothing of the body is kept.
   */
  get inspectsResponseBody(): boolean {
    this.#require('responseHeaders', 'inspectsResponseBody');
    return inspectsBody(this.#state);
  }

  /** Bytes of the response's body that are kept and inspected at most; known once phase 3 is over. */
  get responseBodyBytesMax(): number {
    return this.#state.responseBodyBytesMax;
  }

  /** The next bytes of the response's body; a body that is not inspected is counted and passed over. */
  responseBody(chunk: Uint8Array): void {
    this.#require('responseHeaders', 'responseBody');
    const { response } = this.#state;
    if (response === null || !this.#state.responseBodyAccess || this.#state.stopped) return;
    this.#responseBody ??= new ResponseBody(response, this.#settings, {
      bytesMax: this.#state.responseBodyBytesMax,
      isInspected: inspectsBody(this.#state),
      processor: this.#state.responseProcessor,
    });
    this.#responseBody.push(chunk);
  }

  /** Phase 4. */
  responseEnd(): Verdict {
    this.#enter('responseEnd');
    this.#responseBody?.end();
    if (this.#state.response?.outboundDataError && this.#settings.responseBodyLimitAction === 'Reject') {
      const limit = this.#state.responseBodyBytesMax;
      this.#cannotInspect('response_size', `the body has more than ${limit} bytes`);
    }
    return this.#run(4);
  }

  /** Phase 5, which runs after interruptions too, and the end. */
  finish(): TransactionResult {
    this.#endWhatWasFound();
    this.#enter('finish');
    // Phase 5 comes after the verdict: no rule of it changes what was enforced.
    const { verdict, mode } = this;
    evaluatePhase(this.#state, 5);
    // What a window was denied for is in the state that saw it.
    const state = verdict === this.#finding?.verdict ? this.#finding.state : this.#state;
    return new FinishedTransaction(verdict, mode, state, this.#requestBody?.isWindowed === true);
  }

  /** The policy's mode, or the laxer one that a rule asked for. */
  get mode(): PolicyMode {
    return this.#state.mode;
  }

  /** What is known so far. A disruptive rule that matched outweighs what could not be inspected. */
  get verdict(): Verdict {
    const verdict = verdictOf(this.#state, this.#uninspectable);
    return this.#finding === null ? verdict : weightier(verdict, this.#finding.verdict);
  }

  #plan(): BodyPlan {
    if (this.#step === 'new') throw new EngineError('PHASE_ORDER', { called: 'bodyRelease', phase: 'new' });
    this.#bodyPlan ??= planBody(this.#state, this.#bodyOptions);
    return this.#bodyPlan;
  }

  /** Judges a copy of what is there, which is thrown away unless it is to be denied. */
  #judge(): Verdict {
    const { stopped, mode, allowedThrough, scans } = this.#state;
    if (stopped || mode === 'Off' || allowedThrough >= 2) return this.verdict;
    try {
      // Parts that are complete are scanned once, and not in each copy.
      if (this.#state.request.processor === 'MULTIPART') scans?.scanAhead(this.#state, 2);
      const request = this.#state.request.fork();
      this.#requestBody?.tellSoFar(request);
      const state = this.#state.fork(request);
      state.partial = new PartialMessage(request, true);
      evaluatePhase(state, 2);
      const verdict = verdictOf(state, this.#uninspectable ?? this.#bodyFault(request));
      this.#requestBody?.judged();
      this.#hasUnjudged = false;
      if (verdict.kind !== 'allow' && this.#finding?.verdict.kind !== 'deny') {
        this.#finding = { verdict, state };
      }
      return this.#finding === null ? verdict : weightier(verdict, this.#finding.verdict);
    } catch (error) {
      this.#failed(error, 2);
      throw error;
    }
  }

  /** Whoever ends an exchange for what was found in its beginning gets the rules that found it, as phase 2 has them. */
  #endWhatWasFound(): void {
    if (this.#step !== 'requestHeaders' || this.#finding === null) return;
    const { verdict } = this.#finding;
    if (verdict.kind === 'uninspectable') this.#cannotInspect(verdict.cause, verdict.detail);
    this.requestEnd(true);
  }

  /** What is wrong with the body, where nothing was before. */
  #bodyFault({ bodyError }: RequestData): Uninspected | null {
    if (this.#requestBody?.overLimit && this.#settings.requestBodyLimitAction === 'Reject') {
      return { cause: 'body_size', detail: `the body has more than ${this.#plan().bytesMax} bytes` };
    }
    if (bodyError === null) return null;
    return {
      cause: `body_${bodyError.kind}`,
      detail: `${bodyError.message} at byte ${bodyError.byteOffset}`,
    };
  }

  /** A phase that fails ends the call; whoever goes on all the same is not told that nothing was found. */
  #run(phase: 1 | 2 | 3 | 4): Verdict {
    try {
      if (!this.#state.stopped) evaluatePhase(this.#state, phase);
    } catch (error) {
      this.#failed(error, phase);
      throw error;
    }
    return this.verdict;
  }

  #failed(error: unknown, phase: number): void {
    const reason = error instanceof Error ? error.message : String(error);
    // In front of causes that a policy may let pass.
    this.#uninspectable = { cause: 'rule_failed', detail: `phase ${phase}: ${reason}` };
  }

  /** The first cause counts. */
  #cannotInspect(cause: UninspectableCause, detail: string): void {
    this.#uninspectable ??= { cause, detail };
  }

  #enter(step: Step): void {
    const from = STEPS.indexOf(this.#step);
    const to = STEPS.indexOf(step);
    const skipsRequest = step !== 'finish' && to !== from + 1;
    if (to <= from || skipsRequest) throw new EngineError('PHASE_ORDER', { called: step, phase: this.#step });
    this.#step = step;
  }

  #require(step: Step, called: string): void {
    if (this.#step !== step) throw new EngineError('PHASE_ORDER', { called, phase: this.#step });
  }
}
