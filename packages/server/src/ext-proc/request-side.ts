/**
 * The request's way through: what is held back, until when, and what lets it go.
 *
 * In Block an answer goes out behind the judgement of what it lets on. Three ways to hold: all of it until the verdict
 * (`streaming`), in Envoy (`buffered`), or a window that slides once everything in it was judged (`window`, for bodies
 * whose parts may go on by themselves; messages of gRPC, each of which is waited for).
 */
import { ServerError } from '../errors.ts';
import type { BodyRelease, ChunkTaken, HeadersJudgement } from '../exchange-inspector.ts';
import type { Verdict } from '../inspector.ts';
import type { Core } from './core.ts';
import type { Skip } from './coverage.ts';
import { GrpcFrames } from './grpc-frames.ts';
import { IdleTimer } from './idle.ts';
import { kindOf, type MessageKind } from './kinds.ts';
import { Ledger } from './ledger.ts';
import type { BodyMessage, HeadersMessage, StreamMessage, TrailersMessage } from './messages.ts';

const NO_KIND = kindOf([]);
const NOTHING = new Uint8Array(0);

/** For a client that an entry of `select.stricter` denies. */
const DENIED: Verdict = { kind: 'deny', status: 403, ruleId: null };

/** HTTP status for a client that does not go on. */
const REQUEST_TIMEOUT = 408;

export class RequestSide {
  readonly ledger: Ledger;
  readonly #core: Core;
  readonly #idle: IdleTimer;
  /** Answers wait for a judgement. */
  #holds: boolean;
  /** Messages go to the inspector. */
  #inspects: boolean;
  #kind: MessageKind = NO_KIND;
  #release: BodyRelease = 'whole';
  #bytesMax = Number.POSITIVE_INFINITY;
  /** Something came since the last judgement that rules look at. */
  #unjudged = true;
  #frames: GrpcFrames | null = null;
  /** Phase 2 was asked for. */
  #bodyEnded = false;
  #passed = false;
  /** Envoy was told to wait, for a client that pauses. */
  #waits = false;
  /** Detect: more came than is kept for inspection. */
  #behind = false;

  constructor(core: Core) {
    this.#core = core;
    this.ledger = new Ledger('request', (to) => core.answer(to));
    this.#holds = core.strict;
    this.#inspects = core.setting.policy.mode !== 'Off';
    this.#idle = new IdleTimer(() => this.#quiet());
  }

  /** Its verdict is there, and it was let through. */
  get passed(): boolean {
    return this.#passed;
  }

  get isGrpc(): boolean {
    return this.#kind.isGrpc;
  }

  /** Bytes that are no body of HTTP follow the headers. */
  get isTunnel(): boolean {
    return this.#kind.isTunnel || this.#core.setting.profile === 'upgrade';
  }

  /** A message of Envoy's. */
  receive(message: StreamMessage): void {
    this.ledger.receive(message);
    if (this.ledger.ended) this.#idle.stop();
    if (!this.#inspects) {
      if (this.#core.setting.policy.mode === 'Off') this.#core.leaveAlone();
      if (!this.#holds) this.ledger.answerAll();
      return;
    }
    if (this.ledger.ended) this.#core.steps.endWithin(this.#core.limits.verdictMillisMax);
    if (!this.#behind) this.#core.steps.offer(message);
    if (this.#core.over) return;
    if (!this.#holds) {
      this.ledger.answerAll();
      this.#shedBacklog();
    } else if (!this.ledger.ended) {
      this.#waits = false;
      this.#idle.restart(this.#core.limits.rearmMillis);
    }
  }

  /** Takes its turn with the inspector. */
  handle(message: StreamMessage): void {
    if (!this.#inspects || this.#core.concluded) return;
    switch (message.kind) {
      case 'requestHeaders':
        this.#headers(message);
        return;
      case 'requestBody':
        this.#body(message);
        return;
      case 'requestTrailers':
        this.#trailers(message);
        return;
    }
  }

  /** What is here goes on, and so does what comes. */
  open(): void {
    this.#holds = false;
    this.#inspects = false;
    this.#idle.stop();
    this.ledger.answerAll();
  }

  stop(): void {
    this.#idle.stop();
  }

  /** It ended, and its body did not: nobody has judged it, and nobody has said that it is over. */
  get isLeft(): boolean {
    return this.#inspects && !this.#bodyEnded && !this.ledger.ended && !this.#core.concluded;
  }

  /** The client is gone: what went on in Detect is judged without the rest. */
  endWithoutRest(): void {
    if (this.#inspects && !this.#bodyEnded && !this.#core.concluded) this.#end(true);
  }

  #headers(message: HeadersMessage): void {
    this.#kind = kindOf(message.headers);
    const expected = message.endOfStream ? 0 : this.#kind.contentLength;
    this.#core.begin(expected);
    if (message.headersCut && !this.#core.cannotInspect('headers')) return;
    this.#core.step(
      (inspection) => inspection.requestHeaders(),
      (judgement) => this.#headersJudged(message, judgement),
      // Where nothing follows, `endWithin` has said less.
      this.#core.limits.callMillisMax,
    );
  }

  #headersJudged(message: HeadersMessage, judgement: HeadersJudgement): void {
    this.ledger.judged(message);
    // Also where its rule set cannot tell: a client may have no address.
    const denied = this.#core.setting.denied && judgement.verdict.kind !== 'deny';
    if (!this.#core.passes(denied ? DENIED : judgement.verdict)) return;
    this.#release = judgement.release;
    this.#bytesMax = judgement.bodyBytesMax;
    if (this.isTunnel) this.#tunnel(message);
    else if (message.endOfStream) this.#end(false);
    else if (judgement.release === 'none') this.#withoutBody('request_body: policy');
    else if (this.#holds) this.#expectBody();
  }

  /** A handshake is judged as a whole; nothing behind it is, and nothing behind it may wait. */
  #tunnel(message: HeadersMessage): void {
    const { policy } = this.#core.setting;
    if (this.#core.strict && policy.upgrades === 'Deny') {
      this.#core.refuse({ kind: 'deny', status: 403, ruleId: null });
      return;
    }
    // To a workload that does not upgrade, what follows would be a body that nobody looked at.
    if (this.#kind.announcesBody && !this.#core.cannotInspect('body_partial')) return;
    if (message.endOfStream) this.#end(false);
    else this.#withoutBody('request_body: upgrade');
  }

  #withoutBody(why: Skip): void {
    this.#core.skip(why);
    this.#end(false);
  }

  #expectBody(): void {
    const { contentLength, isGrpc } = this.#kind;
    const { profile } = this.#core.setting;
    if (contentLength !== null && contentLength > this.#roomMax && !this.#tooLarge()) return;
    // Envoy keeps headers and body until the body has its answer.
    if (profile === 'buffered') this.ledger.answerHeaders();
    else if (isGrpc) {
      this.#frames = new GrpcFrames();
      this.#judge(() => this.ledger.answerHeaders());
    }
  }

  /** Bytes of body beyond which it cannot be judged as a whole, nor in parts. */
  get #roomMax(): number {
    if (this.#slides || this.#core.setting.profile === 'buffered') return this.#bytesMax;
    return Math.min(this.#bytesMax, this.#core.setting.heldBytesMax);
  }

  get #slides(): boolean {
    if (this.#frames !== null) return true;
    return this.#core.setting.profile === 'window' && this.#release === 'parts';
  }

  #body(message: BodyMessage): void {
    if (this.#behind) {
      this.#end(true);
      return;
    }
    if (this.#awaitsTrailers && this.#bodyEnded) {
      throw new ServerError('EXCHANGE_ORDER', {
        kind: message.kind,
        when: 'behind a body that was collected',
      });
    }
    // What comes while its end is judged already goes on with it.
    if (this.#bodyEnded) return;
    if (message.body.byteLength === 0) {
      this.#bodyTaken(message, { unjudged: false });
      return;
    }
    this.#frames?.push(message.body);
    const { callMillisMax } = this.#core.limits;
    this.#core.step(
      (inspection) => inspection.requestChunk(message.body),
      (taken) => this.#bodyTaken(message, taken),
      callMillisMax,
    );
  }

  #bodyTaken(message: BodyMessage, { unjudged }: ChunkTaken): void {
    this.ledger.judged(message);
    this.#unjudged ||= unjudged;
    if (this.#frames?.compressed === true && !this.#core.cannotInspect('body_encoding')) return;
    if (this.ledger.bytesReceived > this.#bytesMax && !this.#tooLarge()) return;
    // With trailers behind it, a body that Envoy collected does not say that it ends.
    if (message.endOfStream || this.#core.setting.profile === 'buffered') this.#end(false);
    else if (this.#holds) this.#makeRoom();
  }

  #makeRoom(): void {
    // All that was announced is here: its end follows without more room.
    if (this.ledger.bytesReceived === this.#kind.contentLength) return;
    if (this.#frames !== null) {
      if (this.#frames.atBoundary) this.#judge(() => this.#slide(false));
      else if (this.#full) this.#judge(() => this.#slide(true));
    } else if (this.#slides) {
      const flows = this.ledger.headersAnswered && !this.#unjudged;
      if (flows || this.#full) this.#judge(() => this.#slide(true));
    } else if (this.#full) {
      this.#tooLarge();
    }
  }

  /** As much waits as is allowed to; Envoy has room for one more piece, so that something must go now. */
  get #full(): boolean {
    return this.ledger.bytesHeld > this.#core.setting.heldBytesMax;
  }

  /** What was judged goes on. The last piece stays, so that a late denial leaves a request without its end. */
  #slide(keepsTail: boolean): void {
    this.ledger.answerJudged(keepsTail);
  }

  /** Goes on behind a judgement of all that is here, where there is none yet. */
  #judge(next: () => void): void {
    if (!this.#unjudged) {
      next();
      return;
    }
    this.#core.step(
      (inspection) => inspection.judgeSoFar(),
      (verdict) => {
        this.#unjudged = false;
        if (this.#core.passes(verdict)) next();
      },
      this.#core.limits.callMillisMax,
    );
  }

  /** Returns true where the policy lets it pass; what is here is judged then, and the rest is not. */
  #tooLarge(): boolean {
    if (!this.#core.strict) return true;
    if (!this.#core.cannotInspect('body_size')) return false;
    this.#core.allowCause('body_size');
    this.#core.skip('request_body: over the limit');
    this.#end(true);
    return false;
  }

  #end(truncated: boolean): void {
    if (this.#bodyEnded) return;
    this.#bodyEnded = true;
    this.#core.step(
      (inspection) => inspection.requestEnd(truncated),
      (verdict) => {
        if (!this.#core.passes(verdict)) return;
        if (this.#awaitsTrailers) this.ledger.answerJudged(false);
        else this.#pass();
      },
    );
  }

  /** A collected body without an end: trailers follow, and Envoy lets the request end behind them only. */
  get #awaitsTrailers(): boolean {
    const collected = this.#core.setting.profile === 'buffered' && this.ledger.bytesReceived > 0;
    return collected && this.#holds && !this.ledger.ended;
  }

  #trailers(message: TrailersMessage): void {
    const judge = (): void => this.#judgeTrailers(message);
    if (this.#bodyEnded) {
      judge();
      return;
    }
    this.#bodyEnded = true;
    this.#core.step(
      (inspection) => inspection.requestEnd(false),
      (verdict) => {
        if (this.#core.passes(verdict)) judge();
      },
    );
  }

  /** Rules know no trailers: they are judged as header lines of the same request. */
  #judgeTrailers(message: TrailersMessage): void {
    if (message.headersCut && !this.#core.cannotInspect('headers')) return;
    const lines = message.headers.filter(([name]) => !name.startsWith(':'));
    if (lines.length === 0) {
      this.ledger.judged(message);
      this.#pass();
      return;
    }
    const beside = this.#core.beside(lines);
    const judged = (verdict: Verdict, next: () => void): void => {
      // Who denies speaks for the exchange; who does not leaves no trace.
      if (this.#core.denies(verdict)) this.#core.takeBeside();
      if (this.#core.passes(verdict)) next();
    };
    const { verdictMillisMax: millisMax } = this.#core.limits;
    const passed = (): void => {
      this.#core.dropBeside();
      this.ledger.judged(message);
      this.#pass();
    };
    const end = (): void =>
      this.#core.steps.run({
        ask: () => beside.requestEnd(false),
        next: (verdict) => judged(verdict, passed),
        millisMax,
      });
    this.#core.steps.run({
      ask: () => beside.requestHeaders(),
      next: ({ verdict }) => judged(verdict, end),
      millisMax,
    });
  }

  #pass(): void {
    this.#passed = true;
    this.#core.steps.endWhenever();
    if (this.isTunnel) this.#core.endsWithRequest();
    this.#core.requestPassed();
    this.open();
  }

  /** Nothing has come for a while, and what is here waits: Envoy is told to wait too, up to a limit. */
  #quiet(): void {
    if (this.#core.concluded || !this.#holds || this.ledger.ended) return;
    const { pauseMillisMax, rearmMillis } = this.#core.limits;
    // Everything has its answer: nobody waits before the next message.
    if (this.ledger.settled) return;
    if (!this.#waits) {
      this.#waits = true;
      this.#core.output.send({ kind: 'wait', millis: pauseMillisMax });
      this.#idle.restart(pauseMillisMax - rearmMillis);
    } else if (this.#core.steps.busy) {
      // It is the inspector that takes its time.
      this.#idle.restart(rearmMillis);
    } else {
      // A pause is no reason to let go: behind trailers, which Envoy does not show yet, there may be no end at all.
      this.#core.refuse({ kind: 'uninspectable', cause: 'body_partial' }, REQUEST_TIMEOUT);
    }
  }

  /** Detect keeps up or leaves out: it never makes anybody wait. */
  #shedBacklog(): void {
    const { steps, limits, backlog } = this.#core;
    if (this.#behind || !steps.busy) return;
    if (steps.waitingBytes <= limits.backlogBytesMax && !backlog.full) return;
    this.#behind = true;
    this.#core.skip('request_body: backlog');
    steps.dropBodies();
    steps.offer({ kind: 'requestBody', body: NOTHING, endOfStream: true });
  }
}
