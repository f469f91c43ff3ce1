/**
 * One HTTP exchange as Envoy tells it: messages in, answers out, strictly in order, one for each.
 *
 *     message ─▶ RequestSide ─┐                      ┌─▶ Core ─▶ answer · denial · error
 *             ─▶ ResponseSide ┴─▶ Steps ─▶ inspector ┘
 *
 * A side says what may wait and what may go; Steps asks the inspector one thing at a time; Core has the verdict.
 */
import type { Coverage, ExchangeInspector } from '../exchange-inspector.ts';
import type { ServerLimits } from '../limits.ts';
import type { RefusalEvents } from '../refusal-events.ts';
import type { Backlog } from './backlog.ts';
import { Core, type ExchangeOutput, type ExchangeSetting } from './core.ts';
import type { StreamMessage } from './messages.ts';
import { RequestSide } from './request-side.ts';
import { ResponseSide } from './response-side.ts';
import { Steps } from './steps.ts';

export interface ExchangeOptions {
  readonly setting: ExchangeSetting;
  readonly inspector: ExchangeInspector;
  readonly limits: ServerLimits;
  readonly output: ExchangeOutput;
  readonly backlog: Backlog;
  /** Without it, those of this process. */
  readonly refusals?: RefusalEvents;
}

export class Exchange {
  readonly #core: Core;
  readonly #steps: Steps;
  readonly #request: RequestSide;
  readonly #response: ResponseSide;
  readonly #limits: ServerLimits;
  readonly #output: ExchangeOutput;
  #paused = false;
  #closed = false;

  constructor(options: ExchangeOptions) {
    this.#limits = options.limits;
    this.#output = options.output;
    this.#steps = new Steps({
      handle: (message) => this.#sideOf(message).handle(message),
      failed: (error) => this.#core.broke(error),
      idle: () => this.#idle(),
      backlog: options.backlog,
    });
    this.#core = new Core({
      ...options,
      steps: this.#steps,
      counts: () => this.#counts(),
      open: () => {
        this.#request.open();
        this.#response.open();
      },
      isGrpc: () => this.#request.isGrpc,
    });
    this.#request = new RequestSide(this.#core);
    this.#response = new ResponseSide(this.#core, this.#request);
  }

  /** Envoy's next message. Messages that were on their way when the verdict fell are not answered. */
  message(message: StreamMessage): void {
    if (this.#core.over) return;
    try {
      this.#sideOf(message).receive(message);
    } catch (error) {
      this.#core.broke(error);
    }
    if (this.#core.over) this.#stop();
    else this.#throttle();
  }

  /** Envoy sends no more. True where nothing waits for an answer. */
  ended(): boolean {
    return this.#core.over || (this.#request.ledger.settled && this.#response.ledger.settled);
  }

  /** The stream is over, and its verdict is still to come. */
  get settling(): boolean {
    return this.#closed && !this.#core.over && this.#steps.busy;
  }

  /** The stream is over. What went on without its judgement is judged for the account. */
  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    if (this.#request.isLeft) this.#core.leftByClient();
    this.#output.counted(this.#core.coverage());
    if (this.#core.over || (this.#core.strict && !this.#request.passed)) {
      this.#core.abandon();
      return;
    }
    this.#core.endsWithRequest();
    if (!this.#steps.busy) this.#settleAccount();
  }

  #settleAccount(): void {
    this.#request.endWithoutRest();
    if (!this.#steps.busy) this.#core.finish();
  }

  #idle(): void {
    if (this.#paused) {
      this.#paused = false;
      this.#output.resume();
    }
    if (this.#closed) this.#settleAccount();
  }

  /** Who is held back stops sending; who is not is never made to wait. */
  #throttle(): void {
    if (this.#paused || !this.#core.strict) return;
    if (this.#steps.waitingBytes <= this.#limits.waitingBytesMax) return;
    this.#paused = true;
    this.#output.pause();
  }

  #stop(): void {
    this.#request.stop();
    this.#response.stop();
  }

  #sideOf(message: StreamMessage): RequestSide | ResponseSide {
    return message.kind.startsWith('request') ? this.#request : this.#response;
  }

  #counts(): Omit<Coverage, 'skipped'> {
    const { ledger: request } = this.#request;
    const { ledger: response } = this.#response;
    return {
      requestBytesSeen: request.bytesReceived,
      requestBytesPassed: request.bytesAnswered,
      responseBytesSeen: response.bytesReceived,
      responseBytesPassed: response.bytesAnswered,
    };
  }
}
