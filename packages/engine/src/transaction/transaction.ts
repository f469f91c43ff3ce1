/**
 * One HTTP exchange, judged by one rule set for its whole life:
 *
 *   requestHeaders → requestBody* → requestEnd → responseHeaders → responseBody* → responseEnd → finish
 *
 * Each step may be the last before `finish`. A step out of order is a coded error. Nothing a client sends throws.
 */
import { parseCookies } from '../attributes/cookies.ts';
import { parseVersion1Cookies } from '../attributes/cookies-version-1.ts';
import type { HttpRequestAttributes, HttpResponseAttributes } from '../attributes/http-attributes.ts';
import { parseQuery } from '../attributes/query.ts';
import { bodyProcessorFor } from '../body/select.ts';
import { EngineError } from '../errors.ts';
import { evaluatePhase } from '../evaluate/phase.ts';
import type { RuleMatch } from '../evaluate/state.ts';
import type { PolicyMode, RuleSet } from '../link/rule-set.ts';
import type { PersistentStore } from '../variables/persistent.ts';
import { RequestData } from '../variables/request-data.ts';
import { ResponseData } from '../variables/response-data.ts';
import { ALLOW, type UninspectableCause, type Verdict } from '../verdict/verdict.ts';
import { readsFileContents, readsFullRequest } from './full-request.ts';
import { RequestBody } from './request-body.ts';
import { ResponseBody } from './response-body.ts';
import { TransactionState } from './state.ts';
import { xmlPathsOf } from './xml-paths.ts';

export interface TransactionOptions {
  readonly store: PersistentStore;
  /** `reference` asks every rule about every value: the oracle for `planned`, which must give the same trace. */
  readonly evaluation?: 'planned' | 'reference';
  readonly trace?: (line: string) => void;
}

const STEPS = ['new', 'requestHeaders', 'requestEnd', 'responseHeaders', 'responseEnd', 'finish'] as const;
type Step = (typeof STEPS)[number];

/** What is left of a transaction when it is over. */
export interface TransactionResult {
  readonly verdict: Verdict;
  readonly mode: PolicyMode;
  readonly matches: readonly RuleMatch[];
  /** Rules that failed, with their errors. */
  readonly failures: readonly { readonly ruleId: number; readonly error: unknown }[];
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
  #matches: readonly RuleMatch[] | null = null;

  constructor(verdict: Verdict, mode: PolicyMode, state: TransactionState) {
    this.verdict = verdict;
    this.mode = mode;
    this.state = state;
  }

  /** Most results are asked for their verdict only. */
  get matches(): readonly RuleMatch[] {
    this.#matches ??= this.state.matches.toArray();
    return this.#matches;
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
  #uninspectable: { readonly cause: UninspectableCause; readonly detail: string } | null = null;

  constructor(ruleSet: RuleSet, attributes: HttpRequestAttributes, options: TransactionOptions) {
    this.#settings = ruleSet.settings;
    this.#state = new TransactionState(ruleSet, new RequestData(attributes), options);
  }

  /** Phase 1. */
  requestHeaders(): Verdict {
    this.#enter('requestHeaders');
    const { request } = this.#state;
    const outcome = parseQuery(
      request.target.query ?? '',
      this.#settings.limits,
      (name, value) => request.addQueryArgument(name, value),
      () => request.urlencodedError(),
      this.#settings.argumentSeparator,
    );
    if (outcome === 'arguments') {
      request.argumentsOverLimit = true;
      this.#cannotInspect(
        'query_arguments',
        `more than ${this.#settings.limits.argumentsMax} arguments in the query`,
      );
    }
    const cookiesOf = this.#settings.cookieFormat === 1 ? parseVersion1Cookies : parseCookies;
    for (const pair of request.headers) {
      if (pair.lowerKey === 'cookie') cookiesOf(pair.value, (name, value) => request.addCookie(name, value));
    }
    request.processor = bodyProcessorFor(request.header('content-type') ?? '') ?? '';
    return this.#run(1);
  }

  /** The next bytes of the request's body; they are not kept after the call. */
  requestBody(chunk: Uint8Array): void {
    this.#require('requestHeaders', 'requestBody');
    if (!this.#state.requestBodyAccess || this.#state.stopped) return;
    this.#requestBody ??= new RequestBody(this.#state.request, this.#settings, {
      bytesMax: this.#state.requestBodyBytesMax,
      keepsWhole: readsFullRequest(this.#state.ruleSet.rules),
      keepsFiles: readsFileContents(this.#state.ruleSet.rules),
      xmlPaths: xmlPathsOf(this.#state.ruleSet.rules),
    });
    this.#requestBody.push(chunk);
  }

  /**
   * Phase 2.
   *
   * @param truncated the adapter did not get the whole body: the request is uninspectable, whatever the rules say
   */
  requestEnd(truncated = false): Verdict {
    this.#enter('requestEnd');
    if (truncated) this.#cannotInspect('body_partial', 'only a part of the body arrived');
    this.#requestBody?.end(truncated);
    if (this.#requestBody?.overLimit && this.#settings.requestBodyLimitAction === 'Reject') {
      const limit = this.#state.requestBodyBytesMax;
      this.#cannotInspect('body_size', `the body has more than ${limit} bytes`);
    }
    const error = this.#state.request.bodyError;
    if (error !== null)
      this.#cannotInspect(`body_${error.kind}`, `${error.message} at byte ${error.byteOffset}`);
    return this.#run(2);
  }

  /** Phase 3. */
  responseHeaders(attributes: HttpResponseAttributes): Verdict {
    this.#enter('responseHeaders');
    this.#state.response = new ResponseData(attributes);
    return this.#run(3);
  }

  /** The next bytes of the response's body; a body whose media type is not inspected is passed over. */
  responseBody(chunk: Uint8Array): void {
    this.#require('responseHeaders', 'responseBody');
    const { response } = this.#state;
    if (response === null || !this.#state.responseBodyAccess || this.#state.stopped) return;
    this.#responseBody ??= new ResponseBody(response, this.#settings, {
      bytesMax: this.#state.responseBodyBytesMax,
      force: this.#state.forceResponseBody,
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
    this.#enter('finish');
    // Phase 5 comes after the verdict: no rule of it changes what was enforced.
    const { verdict, mode } = this;
    evaluatePhase(this.#state, 5);
    return new FinishedTransaction(verdict, mode, this.#state);
  }

  /** The policy's mode, or the laxer one that a rule asked for. */
  get mode(): PolicyMode {
    return this.#state.mode;
  }

  /** What is known so far. A disruptive rule that matched outweighs what could not be inspected. */
  get verdict(): Verdict {
    const { interruption, failures, stopped } = this.#state;
    // A match that was only noted (DetectionOnly) must not be enforced because a later rule says ruleEngine=On.
    const counts = stopped || this.#state.mode !== 'Block';
    if (interruption !== null && counts) return { kind: 'deny', ...interruption };
    if (this.#state.mode === 'Off') return ALLOW;
    const failure = failures[0];
    if (failure !== undefined) {
      const { error, ruleId } = failure;
      const cause =
        error instanceof EngineError && error.code === 'MATCH_LIMIT' ? 'match_limit' : 'rule_failed';
      const detail = error instanceof Error ? error.message : String(error);
      return { kind: 'uninspectable', cause, detail: `rule ${ruleId}: ${detail}` };
    }
    return this.#uninspectable === null ? ALLOW : { kind: 'uninspectable', ...this.#uninspectable };
  }

  /** A phase that fails ends the call; whoever goes on all the same is not told that nothing was found. */
  #run(phase: 1 | 2 | 3 | 4): Verdict {
    try {
      if (!this.#state.stopped) evaluatePhase(this.#state, phase);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // In front of causes that a policy may let pass.
      this.#uninspectable = { cause: 'rule_failed', detail: `phase ${phase}: ${reason}` };
      throw error;
    }
    return this.verdict;
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
