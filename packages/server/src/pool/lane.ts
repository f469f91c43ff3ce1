/**
 * One worker and what waits for it. Each has a Piscina of one thread: what is pinned to a worker needs no balancer, and a
 * worker that dies takes nothing of another's along. Piscina has no bounds of its own here: a lane has at most two tasks
 * with the worker (so that it need not wait for the next one), and the pool bounds what waits.
 */
import { Piscina } from 'piscina';
import { reasonOf, ServerError } from '../errors.ts';
import type { EventOrigin } from '../event-origin.ts';
import type { WorkerAnswer, WorkerTask } from './contract.ts';
import { FairQueue, type Shares } from './fair-queue.ts';

const TASKS_WITH_WORKER_MAX = 2;
/** A worker that dies before it is ready is started again after this, then after twice as long, … */
const RESTART_MILLIS_FIRST = 100;
const RESTART_MILLIS_MAX = 5_000;
/** A thread that hangs in native code never ends; another one begins beside it. */
const END_MILLIS_MAX = 2_000;

export interface LaneTask {
  /** Who is charged for it: a policy's name. */
  readonly account: string;
  readonly task: Extract<WorkerTask, { kind: 'steps' }>;
  /** It waits no longer, for whatever reason. */
  readonly unqueued: () => void;
  /** It goes to the worker. What it throws drops it. @throws ServerError */
  readonly begin: () => void;
  /** Nobody reads its slabs any more. */
  readonly free: () => void;
  readonly done: (answer: WorkerAnswer) => void;
  readonly failed: (error: ServerError) => void;
}

export interface LaneOptions {
  readonly number: number;
  /** The module with the worker's `handle`. */
  readonly worker: URL;
  readonly shares: Shares;
  readonly memory: SharedArrayBuffer;
  readonly slabBytes: number;
  readonly origin: EventOrigin;
  readonly heapBytesMax: number;
  /** Generations as a new worker is to have them, by id. */
  readonly generations: () => ReadonlyMap<number, SharedArrayBuffer>;
  /** The worker is gone, and with it all its exchanges; the sequence of the task that ran, 0 for none. */
  readonly onLost: (lane: Lane, reason: string, sequence: number) => void;
  /** It takes tasks. */
  readonly onReady: (lane: Lane) => void;
}

type State = 'starting' | 'ready' | 'lost' | 'closed';

export class Lane {
  readonly number: number;
  /** Exchanges that are open here: the pool counts them. */
  pinned = 0;
  readonly #options: LaneOptions;
  readonly #queue: FairQueue<LaneTask>;
  readonly #running = new Set<LaneTask>();
  #board = new Int32Array(new SharedArrayBuffer(4));
  #worker: Piscina<WorkerTask, WorkerAnswer>;
  #state: State = 'starting';
  #restarts = 0;
  /** What the watch saw last, and when it saw it first. */
  #seen = { sequence: 0, sinceMillis: 0 };

  constructor(options: LaneOptions) {
    this.number = options.number;
    this.#options = options;
    this.#queue = new FairQueue(options.shares);
    this.#worker = this.#start();
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /** Tasks that wait or run. */
  get load(): number {
    return this.#queue.length + this.#running.size;
  }

  submit(task: LaneTask): void {
    this.#queue.push(task.account, task);
    this.#dispatch();
  }

  /** Takes back what waits; false where it runs already. */
  withdraw(task: LaneTask): boolean {
    if (!this.#queue.remove(task.account, task)) return false;
    task.unqueued();
    return true;
  }

  /** Past the queue, and without an answer. */
  tell(task: WorkerTask): void {
    if (this.#state !== 'ready') return;
    // A worker that is lost has nothing left to be told.
    this.#run(task).catch(() => undefined);
  }

  /** Past the queue. @throws ServerError WORKER_LOST */
  ask(task: WorkerTask): Promise<WorkerAnswer> {
    return this.#run(task);
  }

  /** Ends a worker whose task runs for longer than `taskMillisMax`. To be called now and then. */
  watch(nowMillis: number, taskMillisMax: number): void {
    const sequence = Atomics.load(this.#board, 0);
    if (sequence === 0 || sequence !== this.#seen.sequence) {
      this.#seen = { sequence, sinceMillis: nowMillis };
      return;
    }
    const runMillis = nowMillis - this.#seen.sinceMillis;
    if (runMillis > taskMillisMax) this.#lost(`a task ran for more than ${taskMillisMax} ms`);
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    const ended = this.#worker.destroy();
    this.#end(new ServerError('POOL_CLOSED'), ended);
    await ended;
  }

  #start(): Piscina<WorkerTask, WorkerAnswer> {
    this.#board = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Piscina<WorkerTask, WorkerAnswer>({
      filename: this.#options.worker.href,
      name: 'handle',
      // None is started but by a task, and none again by itself: the lane does that, with what the worker needs.
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1_024,
      atomics: 'disabled',
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(this.#options.heapBytesMax / 1_048_576) },
    });
    worker.on('error', (error) => this.#lost(reasonOf(error), worker));
    // The rejections of its tasks, which say more, come in the same turn.
    worker.on('workerDestroy', () => setImmediate(() => this.#lost('the worker ended', worker)));
    this.#worker = worker;
    void this.#join();
    return worker;
  }

  async #join(): Promise<void> {
    const worker = this.#worker;
    const { memory, slabBytes, origin } = this.#options;
    const { buffer: board } = this.#board;
    try {
      accept(await this.#run({ kind: 'join', memory, slabBytes, board, origin }));
      await this.#adoptAll();
    } catch (error) {
      this.#lost(reasonOf(error), worker);
      return;
    }
    if (worker !== this.#worker || this.#state !== 'starting') return;
    this.#state = 'ready';
    this.#restarts = 0;
    this.#options.onReady(this);
    this.#dispatch();
  }

  /** What is prepared while the worker starts is there at the next look; what is dropped meanwhile is dropped here too. */
  async #adoptAll(): Promise<void> {
    const adopted = new Set<number>();
    while (true) {
      const alive = this.#options.generations();
      const next = [...alive].find(([id]) => !adopted.has(id));
      if (next === undefined) {
        for (const id of adopted) if (!alive.has(id)) await this.#run({ kind: 'retire', generation: id });
        return;
      }
      adopted.add(next[0]);
      accept(await this.#run({ kind: 'adopt', generation: next[1] }));
    }
  }

  #dispatch(): void {
    while (this.#state === 'ready' && this.#running.size < TASKS_WITH_WORKER_MAX) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      next.unqueued();
      try {
        next.begin();
      } catch (error) {
        next.free();
        next.failed(asServerError(error));
        continue;
      }
      this.#running.add(next);
      void this.#follow(next);
    }
  }

  /** What is not running any more when it ends was ended with its worker. */
  async #follow(task: LaneTask): Promise<void> {
    try {
      const answer = await this.#run(task.task);
      if (!this.#running.delete(task)) return;
      this.#queue.charge(task.account, answer.busyMicros);
      task.free();
      task.done(answer);
    } catch (error) {
      if (!this.#running.delete(task)) return;
      task.free();
      task.failed(asServerError(error));
    }
    this.#dispatch();
  }

  /** @throws ServerError WORKER_LOST, and INSPECTION_INVALID for what cannot be sent to a thread */
  async #run(task: WorkerTask): Promise<WorkerAnswer> {
    const worker = this.#worker;
    try {
      return await worker.run(task);
    } catch (cause) {
      if (cause instanceof DOMException) {
        throw new ServerError('INSPECTION_INVALID', { what: 'what cannot be sent to a worker' }, { cause });
      }
      const reason = reasonOf(cause);
      this.#lost(reason, worker);
      throw new ServerError('WORKER_LOST', { reason }, { cause });
    }
  }

  #lost(reason: string, worker: Piscina<WorkerTask, WorkerAnswer> = this.#worker): void {
    if (worker !== this.#worker || this.#state === 'lost' || this.#state === 'closed') return;
    this.#state = 'lost';
    const sequence = Atomics.load(this.#board, 0);
    const ended = worker.destroy();
    this.#options.onLost(this, reason, sequence);
    this.#end(new ServerError('WORKER_LOST', { reason }), ended);
    void this.#restart(ended);
  }

  /** Nothing that waits or runs gets an answer any more. A thread that is being ended may still read its slabs. */
  #end(error: ServerError, ended: Promise<void>): void {
    const running = [...this.#running];
    this.#running.clear();
    void ended.then(() => {
      for (const task of running) task.free();
    });
    const waiting = this.#queue.drain();
    for (const task of waiting) {
      task.unqueued();
      task.free();
    }
    for (const task of [...running, ...waiting]) task.failed(error);
  }

  async #restart(ended: Promise<void>): Promise<void> {
    await Promise.race([ended, pause(END_MILLIS_MAX)]);
    const wait = this.#restarts === 0 ? 0 : RESTART_MILLIS_FIRST * 2 ** (this.#restarts - 1);
    this.#restarts = Math.min(this.#restarts + 1, 16);
    await pause(Math.min(wait, RESTART_MILLIS_MAX));
    if (this.#state !== 'lost') return;
    this.#state = 'starting';
    this.#seen = { sequence: 0, sinceMillis: 0 };
    this.#start();
  }
}

const pause = (millis: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, millis).unref();
  });

const asServerError = (error: unknown): ServerError =>
  error instanceof ServerError ? error : new ServerError('WORKER_LOST', { reason: reasonOf(error) });

/** @throws ServerError GENERATION_REFUSED */
export function accept(answer: WorkerAnswer): void {
  if (answer.outcome === 'done') return;
  const { errorClass, reason } = answer.fault;
  throw new ServerError('GENERATION_REFUSED', { id: '', reason: reason || errorClass });
}
