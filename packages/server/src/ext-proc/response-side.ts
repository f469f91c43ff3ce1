/**
 * The response's way through. Where policy has responses inspected, headers and body are held until the verdict, up to a
 * limit; what has no end, or shows none for a while, is never held.
 */
import type { ResponseJudgement } from '../exchange-inspector.ts';
import type { Core } from './core.ts';
import type { Skip } from './coverage.ts';
import { IdleTimer } from './idle.ts';
import { kindOf, type MessageKind } from './kinds.ts';
import { Ledger } from './ledger.ts';
import type { BodyMessage, HeadersMessage, StreamMessage } from './messages.ts';
import type { RequestSide } from './request-side.ts';

const NO_KIND = kindOf([]);
const NOTHING = new Uint8Array(0);

const SWITCHING_PROTOCOLS = 101;

export class ResponseSide {
  readonly ledger: Ledger;
  readonly #core: Core;
  readonly #request: RequestSide;
  readonly #idle: IdleTimer;
  #holds: boolean;
  #inspects = true;
  #kind: MessageKind = NO_KIND;
  #bytesMax = Number.POSITIVE_INFINITY;
  /** Phase 4 was asked for. */
  #ended = false;
  #behind = false;
  /** Envoy was told to wait, for a workload that pauses. */
  #waits = false;

  constructor(core: Core, request: RequestSide) {
    this.#core = core;
    this.ledger = new Ledger('response', (to) => core.answer(to));
    this.#request = request;
    this.#holds = core.strict;
    this.#idle = new IdleTimer(() => this.#quiet());
  }

  receive(message: StreamMessage): void {
    const isFirst = message.kind === 'responseHeaders';
    this.ledger.receive(message);
    if (this.ledger.ended) this.#idle.stop();
    if (isFirst && this.#inspects) this.#look(message);
    if (!this.#inspects) {
      this.ledger.answerAll();
      return;
    }
    if (this.ledger.ended) this.#core.steps.endWithin(this.#core.limits.verdictMillisMax);
    if (!this.#behind) this.#core.steps.offer(message);
    if (this.#core.over) return;
    if (!this.#holds) {
      this.ledger.answerAll();
      this.#shedBacklog();
    }
  }

  handle(message: StreamMessage): void {
    if (!this.#inspects || this.#core.concluded) return;
    if (message.kind === 'responseHeaders') this.#headers(message);
    else if (message.kind === 'responseBody') this.#body(message);
    else this.#trailers(message);
  }

  open(): void {
    this.#holds = false;
    this.#inspects = false;
    this.#idle.stop();
    this.ledger.answerAll();
  }

  stop(): void {
    this.#idle.stop();
  }

  /** Which responses are inspected at all, by what is known without a look at rules. */
  #look(message: HeadersMessage): void {
    this.#kind = kindOf(message.headers);
    const why = this.#reasonToPass();
    if (why === null) return;
    this.#core.skip(why);
    this.open();
    this.#core.endsWithRequest();
  }

  #reasonToPass(): Skip | null {
    if (!this.#core.inspectsResponses) return 'response_body: policy';
    if (this.#request.isTunnel || this.#kind.status === SWITCHING_PROTOCOLS) return 'response_body: upgrade';
    // A workload may answer before it has all of the request; nobody who waits for both would ever get one.
    if (!this.#request.ledger.ended) return 'response: early';
    return null;
  }

  #headers(message: HeadersMessage): void {
    const { protocol } = this.#core.setting.attributes;
    const headers = message.headers.filter(([name]) => !name.startsWith(':'));
    this.#core.step(
      (inspection) => inspection.responseHeaders({ status: this.#kind.status, protocol, headers }),
      (judgement) => this.#headersJudged(message, judgement),
    );
  }

  #headersJudged(message: HeadersMessage, { verdict, inspectsBody, bodyBytesMax }: ResponseJudgement): void {
    this.ledger.judged(message);
    if (!this.#core.passes(verdict)) return;
    this.#bytesMax = bodyBytesMax;
    const { seesResponseBodies, holdsResponses } = this.#core.setting;
    if (message.endOfStream) this.#end();
    else if (!inspectsBody || !seesResponseBodies) this.#judgeWithoutRest('response_body: policy');
    else if (this.#kind.isEndless) this.#judgeWithoutRest('response_body: stream');
    else if (this.#holds) {
      // Envoy shows no body before the headers have their answer, unless it is configured to.
      if (!holdsResponses) this.ledger.answerHeaders();
      this.#expectMore();
    }
  }

  #expectMore(): void {
    const { rearmMillis, responseQuietMillis } = this.#core.limits;
    this.#waits = false;
    this.#idle.restart(this.#kind.contentLength === null ? responseQuietMillis : rearmMillis);
  }

  /** Nothing has come for a while. What says how long it is may be slow; what does not may be a stream without end. */
  #quiet(): void {
    if (this.#ended || this.#core.concluded || !this.#holds) return;
    const { pauseMillisMax, rearmMillis } = this.#core.limits;
    if (this.#core.steps.busy) this.#idle.restart(rearmMillis);
    else if (this.#kind.contentLength === null || this.#waits)
      this.#judgeWithoutRest('response_body: stream');
    else {
      this.#waits = true;
      this.#core.output.send({ kind: 'wait', millis: pauseMillisMax });
      this.#idle.restart(pauseMillisMax - rearmMillis);
    }
  }

  #body(message: BodyMessage): void {
    if (this.#ended) return;
    if (this.#behind) {
      this.#end();
      return;
    }
    if (message.body.byteLength === 0) {
      this.#bodyTaken(message);
      return;
    }
    this.#core.step(
      (inspection) => inspection.responseChunk(message.body),
      () => this.#bodyTaken(message),
      this.#core.limits.callMillisMax,
    );
  }

  #bodyTaken(message: BodyMessage): void {
    this.ledger.judged(message);
    if (message.endOfStream) {
      this.#end();
      return;
    }
    const roomMax = Math.min(this.#bytesMax, this.#core.setting.heldBytesMax);
    if (this.ledger.bytesReceived > roomMax) this.#judgeWithoutRest('response_body: over the limit');
    else if (this.#holds) this.#expectMore();
  }

  #trailers(message: StreamMessage): void {
    this.#core.skip('response_trailers: not inspected');
    this.ledger.judged(message);
    this.#end();
  }

  /** What is here is judged; what follows is passed on and accounted for. */
  #judgeWithoutRest(why: Skip): void {
    if (this.#ended || this.#core.concluded || !this.#inspects) return;
    this.#core.skip(why);
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#idle.stop();
    this.#core.step(
      (inspection) => inspection.responseEnd(),
      (verdict) => {
        if (!this.#core.passes(verdict)) return;
        this.#core.finish();
        this.open();
      },
    );
  }

  #shedBacklog(): void {
    const { steps, limits, backlog } = this.#core;
    if (this.#behind || !steps.busy) return;
    if (steps.waitingBytes <= limits.backlogBytesMax && !backlog.full) return;
    this.#behind = true;
    this.#core.skip('response_body: backlog');
    steps.dropBodies();
    steps.offer({ kind: 'responseBody', body: NOTHING, endOfStream: true });
  }
}
