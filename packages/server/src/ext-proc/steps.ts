/**
 * The inspector takes one step at a time, and answers now or later. What comes while it is at one waits here, in order.
 */
import { ServerError } from '../errors.ts';
import type { Answer } from '../exchange-inspector.ts';
import type { Backlog } from './backlog.ts';
import type { StreamMessage } from './messages.ts';

export interface Step<T> {
  readonly ask: () => Answer<T>;
  readonly next: (value: T) => void;
  /** Milliseconds that a later answer has. */
  readonly millisMax: number;
}

export interface StepsOptions {
  /** Takes the next message; it may begin a step. */
  readonly handle: (message: StreamMessage) => void;
  /** A step threw, rejected, was late (STEP_LATE), or what followed it threw. */
  readonly failed: (error: unknown) => void;
  /** Nothing waits any more. */
  readonly idle: () => void;
  readonly backlog: Backlog;
}

export class Steps {
  readonly #options: StepsOptions;
  readonly #waiting: StreamMessage[] = [];
  #waitingBytes = 0;
  /** Of the step that is being waited for; 0 where there is none. */
  #current = 0;
  #count = 0;
  /** By performance.now(). */
  #endsAt = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #draining = false;

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  /** A step is being waited for. */
  get busy(): boolean {
    return this.#current !== 0;
  }

  /** Bytes of memory that waiting takes, roughly. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Handles the message now, or keeps a copy of it until its turn. */
  offer(message: StreamMessage): void {
    if (this.#stopped) return;
    if (!this.busy && this.#waiting.length === 0 && !this.#draining) {
      this.#guard(() => this.#options.handle(message));
      return;
    }
    this.#waiting.push(keep(message));
    this.#weigh(weightOf(message));
  }

  /** Runs a step. What was answered at once goes on at once. */
  run<T>({ ask, next, millisMax }: Step<T>): void {
    if (this.#stopped) return;
    // Caught here, for not every caller is a message's turn: timers and the stream's end are others.
    const answer = this.#guard(() => {
      const given = ask();
      if (given instanceof Promise) return given;
      next(given);
      return null;
    });
    if (!(answer instanceof Promise)) return;
    const token = ++this.#count;
    this.#current = token;
    this.#await(token, Math.max(0, Math.min(millisMax, this.#endsAt - performance.now())));
    answer.then(
      (value) => this.#settle(token, () => next(value)),
      (error) =>
        this.#settle(token, () => {
          throw error;
        }),
    );
  }

  /** Forgets what waits, and what a step may still answer. */
  stop(): void {
    this.#stopped = true;
    this.#current = 0;
    this.#waiting.length = 0;
    this.#weigh(-this.#waitingBytes);
    clearTimeout(this.#timer);
  }

  /** Forgets the bodies that wait. */
  dropBodies(): void {
    const kept = this.#waiting.filter((message) => !('body' in message));
    this.#waiting.splice(0, this.#waiting.length, ...kept);
    this.#weigh(kept.reduce((sum, message) => sum + weightOf(message), -this.#waitingBytes));
  }

  /** All steps from now on have this long together, the one that is being waited for included. */
  endWithin(millis: number): void {
    this.#endsAt = performance.now() + millis;
    if (!this.busy) return;
    clearTimeout(this.#timer);
    this.#await(this.#current, millis);
  }

  /** Steps have their own time again. */
  endWhenever(): void {
    this.#endsAt = Number.POSITIVE_INFINITY;
  }

  #await(token: number, millis: number): void {
    this.#timer = setTimeout(() => {
      this.#settle(token, () => {
        throw new ServerError('STEP_LATE', { millis: Math.round(millis) });
      });
    }, millis);
  }

  #settle(token: number, action: () => void): void {
    // Late answers change nothing any more.
    if (this.#stopped || token !== this.#current) return;
    clearTimeout(this.#timer);
    this.#current = 0;
    this.#guard(action);
    this.#drain();
  }

  #drain(): void {
    this.#draining = true;
    while (!this.busy && !this.#stopped) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#weigh(-weightOf(next));
      this.#guard(() => this.#options.handle(next));
    }
    this.#draining = false;
    if (!this.busy && !this.#stopped && this.#waiting.length === 0) this.#options.idle();
  }

  #weigh(bytes: number): void {
    this.#waitingBytes += bytes;
    this.#options.backlog.add(bytes);
  }

  #guard<T>(action: () => T): T | null {
    try {
      return action();
    } catch (error) {
      this.#options.failed(error);
      return null;
    }
  }
}

/** Of a message beside its bytes, or a million empty ones would weigh nothing. */
const MESSAGE_BYTES = 256;

const weightOf = (message: StreamMessage): number =>
  MESSAGE_BYTES + ('body' in message ? message.body.byteLength : 0);

const keep = (message: StreamMessage): StreamMessage =>
  'body' in message ? { ...message, body: Buffer.from(message.body) } : message;
