/** A thread of the store, called from outside: one answer for each call, whatever becomes of the thread. */
import { Worker } from 'node:worker_threads';
import { HubError } from '../../errors.ts';
import type { AnswerMessage, CallMessage, CallName, Calls, WorkerSettings } from './protocol.ts';
import type { OnUpgrade } from './upgrade.ts';

const WORKER = new URL('./worker.ts', import.meta.url);

type Waiting = Pick<PromiseWithResolvers<unknown>, 'resolve' | 'reject'>;

export class StoreThread {
  readonly #settings: WorkerSettings;
  readonly #waitingMax: number;
  readonly #onUpgrade: OnUpgrade;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #calls = 0;

  constructor(settings: WorkerSettings, waitingMax: number, onUpgrade: OnUpgrade = () => undefined) {
    this.#onUpgrade = onUpgrade;
    this.#settings = settings;
    this.#waitingMax = waitingMax;
  }

  /** Calls that have no answer yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws HubError; STORE_UNAVAILABLE where too many wait, or the thread dies */
  call<Name extends CallName>(name: Name, asked: Calls[Name]['asked']): Promise<Calls[Name]['answered']> {
    if (this.#waiting.size >= this.#waitingMax) {
      return Promise.reject(this.#unavailable(`${this.#waitingMax} calls wait for it`));
    }
    const worker = this.#running();
    const call = this.#calls;
    this.#calls += 1;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(call, { resolve, reject });
    // While an answer is due the process stays; an idle store holds nothing up.
    worker.ref();
    worker.postMessage({ call, name, asked } satisfies CallMessage);
    return promise as Promise<Calls[Name]['answered']>;
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(WORKER, { workerData: this.#settings });
    worker.on('message', (message: AnswerMessage) => this.#take(message));
    worker.on('error', (error) => this.#lost(worker, String(error)));
    worker.on('exit', () => this.#lost(worker, 'its thread has ended'));
    this.#worker = worker;
    return worker;
  }

  #take(message: AnswerMessage): void {
    if ('upgrade' in message) {
      this.#onUpgrade(message.upgrade);
      return;
    }
    const waiting = this.#waiting.get(message.call);
    this.#waiting.delete(message.call);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if ('error' in message) waiting?.reject(new HubError(message.error.code, message.error.details));
    else waiting?.resolve(message.answered);
  }

  /** The next call begins anew. */
  #lost(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(this.#unavailable(reason));
  }

  #unavailable(reason: string): HubError {
    return new HubError('STORE_UNAVAILABLE', { store: this.#settings.path, reason });
  }

  async close(): Promise<void> {
    if (this.#worker === undefined) return;
    const worker = this.#worker;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    await this.call('close', null);
    // With its last answer it stopped holding the process, which would end before it does.
    worker.ref();
    await ended;
  }
}
