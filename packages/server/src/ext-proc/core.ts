/**
 * What the two directions of an exchange share: its inspection, its verdict, and the words that Envoy is told.
 *
 * A verdict is given once. Everything here ends in an answer, in a denial or in a status that is not OK.
 */
import { CLIENT_GONE, type EventEnds, type HttpRequestAttributes } from '@sluice/engine';
import type { StreamProfile } from '@sluice/envoy-config/contract';
import { type Decision, decide } from '../decide.ts';
import { reasonOf, ServerError } from '../errors.ts';
import { eventOrigin } from '../event-origin.ts';
import { type EventMaking, outcomeOf, settling } from '../event-outcome.ts';
import type { Coverage, ExchangeInspection, ExchangeInspector } from '../exchange-inspector.ts';
import type { Inspection, Mode, Scheme, UninspectableCause, Verdict } from '../inspector.ts';
import type { ServerLimits } from '../limits.ts';
import type { EnforcedPolicy } from '../policy.ts';
import { RefusalEvents, type RefusedRequest } from '../refusal-events.ts';
import { denyImmediately, passMetadata, type ReplyMetadata } from '../reply.ts';
import type { Backlog } from './backlog.ts';
import type { Skip } from './coverage.ts';
import type { StreamMessage, StreamReply } from './messages.ts';
import type { Steps } from './steps.ts';

/** What an exchange needs of a policy. */
export interface StreamPolicy extends EnforcedPolicy {
  /** What an upgraded connection carries is not inspected. Default: allowed. */
  readonly upgrades?: 'Allow' | 'Deny';
  /** Default: responses are not inspected. */
  readonly responses?: { readonly inspect: boolean };
}

/** Facts of one exchange, from Envoy's configuration and its first message. */
export interface ExchangeSetting {
  /** As sluice.yaml names it. */
  readonly policyName: string;
  /** The policy's rule set, with what made it stricter. */
  readonly ruleSet: string;
  /** The client is denied, whatever it asks for. */
  readonly denied: boolean;
  readonly policy: StreamPolicy;
  readonly profile: StreamProfile;
  /** Bytes of a body that Envoy can hold without an answer. */
  readonly heldBytesMax: number;
  readonly attributes: HttpRequestAttributes;
  /** The client's Accept header, or empty. */
  readonly accept: string;
  readonly probe: boolean;
  /** Between client and Envoy; null where it is not known. */
  readonly scheme: Scheme | null;
  /** Address of who is connected with Envoy; empty where it is not told. */
  readonly peer: string;
  /** Who stands at both ends, where that is known. */
  readonly ends?: EventEnds;
  /** Pieces of response bodies come, and come before the headers have their answer. */
  readonly holdsResponses: boolean;
  /** Response bodies come at all. */
  readonly seesResponseBodies: boolean;
}

/** Where an exchange speaks: to Envoy, and to those who keep account. */
export interface ExchangeOutput {
  send(reply: StreamReply): void;
  /** Ends the stream with an error: Envoy does what its configuration says for a Sluice that does not answer. */
  unavailable(error: ServerError): void;
  pause(): void;
  resume(): void;
  /** Once, after the verdict. */
  judged(report: ExchangeReport): void;
  event(making: EventMaking): void;
  /** Once, when the stream is over. */
  counted(coverage: Coverage): void;
  /** An inspector failed. */
  failed(error: unknown): void;
}

export interface ExchangeReport {
  readonly metadata: ReplyMetadata;
  readonly verdict: Verdict;
  readonly decision: Decision;
  readonly coverage: Coverage;
}

/** HTTP statuses that a cause has of its own. */
const STATUS_BY_CAUSE: Readonly<Partial<Record<UninspectableCause, number>>> = {
  body_size: 413,
};

const CAUSE_BY_CODE: Readonly<Record<string, UninspectableCause>> = {
  STEP_LATE: 'deadline',
  RULE_SET_RETIRED: 'rule_set_retired',
};

export const causeOf = (error: unknown): UninspectableCause =>
  (error instanceof ServerError ? CAUSE_BY_CODE[error.code] : undefined) ?? 'inspector_failed';

/** What is told of an inspection's rules. */
type Found = Pick<Inspection, 'rules' | 'score'>;

const NOTHING_SKIPPED: readonly Skip[] = [];

const NOTHING_FOUND: Found = { rules: [], score: null };

const ALLOW: Verdict = { kind: 'allow' };

export interface CoreOptions {
  readonly setting: ExchangeSetting;
  readonly inspector: ExchangeInspector;
  readonly limits: ServerLimits;
  readonly output: ExchangeOutput;
  readonly steps: Steps;
  readonly backlog: Backlog;
  /** Bytes that came and that went on, of both directions. */
  readonly counts: () => Omit<Coverage, 'skipped'>;
  /** Both directions pass what comes from now on, and what is here. */
  readonly open: () => void;
  readonly isGrpc: () => boolean;
  /** Without it, those of this process. */
  readonly refusals?: RefusalEvents;
}

export class Core {
  readonly setting: ExchangeSetting;
  readonly limits: ServerLimits;
  readonly output: ExchangeOutput;
  readonly steps: Steps;
  readonly backlog: Backlog;
  /** Answers wait for their judgement. */
  readonly strict: boolean;
  readonly #options: CoreOptions;
  readonly #startMillis = performance.now();
  readonly #refusals: RefusalEvents;
  /** None twice. */
  #skipped: readonly Skip[] = NOTHING_SKIPPED;
  #inspection: ExchangeInspection | null = null;
  #beside: ExchangeInspection | null = null;
  #leftByClient = false;
  /** Named in place of what the inspector says of a body that was cut: it is why. */
  #allowedCause: UninspectableCause | null = null;
  #verdict: Verdict = { kind: 'allow' };
  /** The verdict that denies, while the inspection ends. */
  #denial: Verdict | null = null;
  #finishing = false;
  #endsWithRequest = false;
  #requestPassed = false;
  #over = false;
  #reported = false;
  /** For the next answer. */
  #metadata: ReplyMetadata | null = null;
  /** What the last one that had any said. */
  #told: ReplyMetadata | null = null;
  #durationMillis = 0;

  constructor(options: CoreOptions) {
    this.#options = options;
    this.setting = options.setting;
    this.limits = options.limits;
    this.output = options.output;
    this.steps = options.steps;
    this.backlog = options.backlog;
    this.strict = options.setting.policy.mode === 'Block';
    this.#refusals = options.refusals ?? new RefusalEvents(eventOrigin());
  }

  /** The policy wants responses inspected. */
  get inspectsResponses(): boolean {
    return this.setting.policy.responses?.inspect === true;
  }

  /** The client has got its denial, or the stream its error: nothing is said any more. */
  get over(): boolean {
    return this.#over;
  }

  /** There is a verdict that ends inspection. */
  get concluded(): boolean {
    return this.#over || this.#finishing || this.#denial !== null;
  }

  /** Begins the inspection. Throws what the inspector throws. */
  begin(bodyBytesExpected: number | null): ExchangeInspection {
    this.#inspection = this.#open(this.setting.attributes, bodyBytesExpected);
    return this.#inspection;
  }

  /** Another inspection of the same request, with these lines beside its own. */
  beside(lines: HttpRequestAttributes['headers']): ExchangeInspection {
    const { attributes } = this.setting;
    this.#beside = this.#open({ ...attributes, headers: [...attributes.headers, ...lines] }, 0);
    return this.#beside;
  }

  #open(attributes: HttpRequestAttributes, bodyBytesExpected: number | null): ExchangeInspection {
    const { ruleSet: policy, probe, scheme, ends } = this.setting;
    const known = { ...(scheme === null ? {} : { scheme }), ...(ends === undefined ? {} : { ends }) };
    return this.#options.inspector.open({ attributes, policy, probe, bodyBytesExpected, ...known });
  }

  /** From here on the other inspection speaks for the exchange. */
  takeBeside(): void {
    this.#inspection?.abandon();
    this.#inspection = this.#beside;
    this.#beside = null;
  }

  dropBeside(): void {
    this.#beside?.abandon();
    this.#beside = null;
  }

  /** Runs a step of the inspection. */
  step<T>(
    ask: (inspection: ExchangeInspection) => T | Promise<T>,
    next: (value: T) => void,
    millisMax: number = this.limits.verdictMillisMax,
  ): void {
    const inspection = this.#inspection;
    if (inspection === null) return;
    this.steps.run({ ask: () => ask(inspection), next, millisMax });
  }

  /** The policy is off: nobody looks. */
  leaveAlone(): void {
    if (this.#reported) return;
    const verdict: Verdict = { kind: 'allow' };
    this.#report(verdict, decide(verdict, this.setting.policy, 'Off'), NOTHING_FOUND);
  }

  skip(what: Skip): void {
    if (!this.#skipped.includes(what)) this.#skipped = [...this.#skipped, what];
  }

  /** A cause that the policy lets pass: what it brings about in the inspection is not held against the request. */
  allowCause(cause: UninspectableCause): void {
    this.#allowedCause = cause;
  }

  /** Its client has left it. That there is only a part of it is not held against it. */
  leftByClient(): void {
    this.skip(CLIENT_GONE);
    this.#leftByClient = true;
  }

  /** @param goesOn what is here is let on with the answer that follows */
  coverage(goesOn = false): Coverage {
    const counts = this.#options.counts();
    const { requestBytesSeen, responseBytesSeen } = counts;
    return {
      requestBytesSeen,
      requestBytesPassed: goesOn ? requestBytesSeen : counts.requestBytesPassed,
      responseBytesSeen,
      responseBytesPassed: goesOn ? responseBytesSeen : counts.responseBytesPassed,
      skipped: this.#skipped,
    };
  }

  /** Whether the policy denies what was found so. */
  denies(verdict: Verdict): boolean {
    return decide(verdict, this.setting.policy, 'Block').action === 'deny';
  }

  /** False where the verdict stops the exchange; the denial is on its way then. */
  passes(given: Verdict): boolean {
    if (this.#over) return false;
    const verdict = this.#excused(given);
    if (verdict.kind !== 'allow') this.#verdict = verdict;
    if (!this.denies(verdict)) return true;
    this.#denial = verdict;
    this.#durationMillis = performance.now() - this.#startMillis;
    // The mode at the transaction's end has the last word, and the event is told what was done.
    this.step(
      (inspection) => inspection.finish(this.coverage()),
      (found) => this.#denied(found),
    );
    return false;
  }

  /**
   * The server itself found that it cannot go on: nothing that the inspector said.
   * @returns true where the policy lets the cause pass, and the caller goes on
   */
  cannotInspect(cause: UninspectableCause): boolean {
    const verdict: Verdict = { kind: 'uninspectable', cause };
    if (!this.denies(verdict)) {
      this.#verdict = verdict;
      return true;
    }
    this.refuse(verdict);
    return false;
  }

  /**
   * Denies, whatever the policy says of causes. The inspection ends without a word.
   * @param status HTTP's; null is what the verdict has
   */
  refuse(verdict: Verdict, status: number | null = null): void {
    if (this.#over) return;
    this.#verdict = verdict;
    this.#durationMillis = performance.now() - this.#startMillis;
    this.#drop();
    const { blockPage } = this.setting.policy;
    const shown = blockPage?.status ?? status ?? statusOf(verdict, 403);
    const decision: Decision = { action: 'deny', status: shown, wouldBlock: false, mode: 'Block' };
    this.#tellOf(verdict, decision);
    this.#denyNow(verdict, decision, NOTHING_FOUND);
  }

  /** The inspection itself broke. */
  broke(error: unknown): void {
    if (this.#over) return;
    this.#drop();
    if (error instanceof ServerError && error.code === 'EXCHANGE_ORDER') {
      this.#over = true;
      this.steps.stop();
      this.output.unavailable(error);
      return;
    }
    if (this.#denial !== null) {
      // The denial stands, with or without its event.
      this.output.failed(error);
      const { status } = decide(this.#denial, this.setting.policy, 'Block');
      this.refuse(this.#denial, statusOf(this.#denial, status));
      return;
    }
    if (this.#finishing) {
      this.output.failed(error);
      const { policy } = this.setting;
      this.#report(this.#verdict, decide(this.#verdict, policy, policy.mode), NOTHING_FOUND);
      return;
    }
    if (error instanceof ServerError && error.code === 'POOL_FULL') this.#noRoom(error);
    else this.#brokeInTheMiddle(error);
  }

  /** The event of what the server decided by itself. */
  #tellOf(verdict: Verdict, decision: Decision): void {
    if (verdict.kind === 'allow') return;
    const { policy } = this.setting;
    const { isDenied, wouldBlock, status } = outcomeOf({ verdict, decision, policy });
    const request = this.#refusedRequest(decision.mode, !isDenied);
    const shown = isDenied ? decision.status : status;
    const refusing = { verdict, isDenied, wouldBlock, status: shown };
    this.output.event({ make: () => this.#refusals.refused(request, refusing), brief: null });
  }

  #refusedRequest(mode: Mode, goesOn: boolean): RefusedRequest {
    const { attributes, policyName, policy, probe, scheme, ends } = this.setting;
    const elapsedMillis = performance.now() - this.#startMillis;
    return {
      attributes,
      policyName,
      policy,
      mode,
      probe,
      scheme,
      elapsedMillis,
      coverage: this.coverage(goesOn),
      ...(ends === undefined ? {} : { ends }),
    };
  }

  #noRoom(error: ServerError): void {
    if (this.strict) {
      this.#over = true;
      this.steps.stop();
      this.output.unavailable(error);
    } else {
      this.output.failed(error);
      this.skip('exchange: no room');
      this.#options.open();
    }
    const request = this.#refusedRequest(this.setting.policy.mode, !this.strict);
    const make = (): unknown => this.#refusals.unavailable(request, reasonOf(error));
    this.output.event({ make, brief: null });
  }

  #brokeInTheMiddle(error: unknown): void {
    this.output.failed(error);
    const cause = causeOf(error);
    const verdict: Verdict = { kind: 'uninspectable', cause };
    if (this.denies(verdict)) {
      this.refuse(verdict);
      return;
    }
    this.#verdict = verdict;
    this.skip('request: uninspectable');
    this.#options.open();
    const { policy } = this.setting;
    const decision = decide(verdict, policy, policy.mode);
    this.#tellOf(verdict, decision);
    this.#report(verdict, decision, NOTHING_FOUND);
  }

  #denied(found: Inspection): void {
    const verdict = this.#denial;
    if (verdict === null) return;
    const decision = decide(verdict, this.setting.policy, found.mode);
    this.#inspection = null;
    const { policy } = this.setting;
    if (decision.action === 'deny') {
      const status = policy.blockPage?.status ?? statusOf(verdict, decision.status);
      this.#denyNow(verdict, { ...decision, status }, found);
      this.output.event(settling(found.event, { verdict, decision, policy, status }));
      return;
    }
    this.output.event(settling(found.event, { verdict, decision, policy }));
    // A rule weakened the mode for this request alone.
    this.#denial = null;
    this.#finishing = true;
    this.skip('exchange: mode');
    this.#report(verdict, decision, found);
    this.#options.open();
  }

  #denyNow(verdict: Verdict, decision: Decision, found: Found): void {
    this.#over = true;
    this.steps.stop();
    const metadata = this.#metadataOf(verdict, decision, found, false);
    const { status } = decision;
    const isGrpc = this.#options.isGrpc();
    const { accept, policy } = this.setting;
    const page = policy.blockPage === undefined ? {} : { page: policy.blockPage };
    this.output.send(denyImmediately(metadata, { status, accept, isGrpc, ...page }));
    this.#judged(metadata, verdict, decision);
  }

  /** The request is through. Where no response is inspected, this is the end. */
  requestPassed(): void {
    if (this.concluded) return;
    this.#requestPassed = true;
    this.#durationMillis = performance.now() - this.#startMillis;
    this.#finishIfPassed();
    if (this.#reported) return;
    const decision = decide(this.#verdict, this.setting.policy, this.setting.policy.mode);
    this.#metadata = this.#metadataOf(this.#verdict, decision, NOTHING_FOUND, false);
  }

  #finishIfPassed(): void {
    // What is at a step comes back when it is done.
    if (this.steps.busy) return;
    if (this.#requestPassed && (this.#endsWithRequest || !this.inspectsResponses)) this.finish();
  }

  /** Phase 5 and the event, for an exchange that was let through. */
  finish(): void {
    if (this.concluded || this.#inspection === null) return;
    this.#finishing = true;
    this.step(
      (inspection) => inspection.finish(this.coverage(true)),
      (found) => {
        this.#inspection = null;
        const { policy } = this.setting;
        const said = this.#excused(found.verdict);
        const verdict = said.kind === 'allow' ? this.#verdict : said;
        const decision = decide(verdict, policy, found.mode);
        const passed: Decision = { ...decision, action: 'allow' };
        this.output.event(settling(found.event, { verdict, decision: passed, policy }));
        // What was let go cannot be denied any more; it counts for what it was.
        this.#report(verdict, decision, found, found.wouldBlock);
      },
      this.limits.callMillisMax,
    );
  }

  /** No response is inspected: the exchange's inspection ends with its request. */
  endsWithRequest(): void {
    this.#endsWithRequest = true;
    this.#finishIfPassed();
  }

  /** The stream is over for everybody. */
  abandon(): void {
    this.#over = true;
    this.steps.stop();
    this.#drop();
  }

  #drop(): void {
    this.#inspection?.abandon();
    this.#inspection = null;
    this.dropBeside();
  }

  /** Lets a message of Envoy's go on. What is known of the verdict goes with it, once. */
  answer(to: StreamMessage['kind']): void {
    if (this.#over) return;
    // What was left out is told again with each answer: only the last one knows how much it was.
    const metadata = this.#metadata ?? (this.#skipped.length > 0 ? this.#told : null);
    if (metadata === null) {
      this.output.send({ kind: 'continue', to, metadata: null });
      return;
    }
    this.#told = metadata;
    this.#metadata = null;
    const coverage = this.coverage(true);
    this.output.send({ kind: 'continue', to, metadata: passMetadata({ ...metadata, coverage }) });
  }

  #report(
    verdict: Verdict,
    decision: Decision,
    found: Found,
    wouldBlock: boolean = decision.wouldBlock,
  ): void {
    const metadata = this.#metadataOf(verdict, decision, found, wouldBlock);
    this.#metadata = metadata;
    this.#judged(metadata, verdict, decision);
  }

  #judged(metadata: ReplyMetadata, verdict: Verdict, decision: Decision): void {
    if (this.#reported) return;
    this.#reported = true;
    const coverage = this.coverage(decision.action === 'allow');
    this.output.judged({ metadata, verdict, decision, coverage });
  }

  #metadataOf(verdict: Verdict, decision: Decision, found: Found, wouldBlock: boolean): ReplyMetadata {
    const { attributes, policyName, probe } = this.setting;
    return {
      requestId: attributes.id,
      policy: policyName,
      mode: decision.mode,
      verdict: verdict.kind,
      wouldBlock: decision.wouldBlock || (decision.mode === 'Detect' && wouldBlock),
      rules: found.rules,
      score: found.score,
      cause: verdict.kind === 'uninspectable' ? verdict.cause : '',
      durationMicros: Math.round(this.#durationMillis * 1_000),
      probe,
      coverage: this.coverage(decision.action === 'allow'),
    };
  }

  #excused(verdict: Verdict): Verdict {
    if (verdict.kind !== 'uninspectable' || verdict.cause !== 'body_partial') return verdict;
    if (this.#leftByClient) return ALLOW;
    return this.#allowedCause === null ? verdict : { kind: 'uninspectable', cause: this.#allowedCause };
  }
}

/** @param given what decide.ts says */
const statusOf = (verdict: Verdict, given: number): number =>
  (verdict.kind === 'uninspectable' ? STATUS_BY_CAUSE[verdict.cause] : undefined) ?? given;
