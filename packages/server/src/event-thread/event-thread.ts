/**
 * Has events made by a thread of its own, and hands them on in the order in which they were given. What a draft needs stays here until its event is
 * there: where the thread is late, gone or behind, this thread makes the event, as it would without one. So none is lost with the thread, and none waits
 * for it longer than twice `WAIT_MILLIS_MAX`.
 */
import { Worker } from 'node:worker_threads';
import { eventOfDraft, withOutcome } from '@sluice/engine';
import type { Afterwards } from '../afterwards.ts';
import { ServerError } from '../errors.ts';
import { describeFault, type Log } from '../log.ts';
import { WrittenEvent } from '../written-event.ts';
import {
  type DraftBatch,
  type DraftedEvent,
  READY,
  type ThreadAnswer,
  type WrittenBatch,
} from './messages.ts';

/** Drafts that the thread has at once: so few that an event waits for few others where it has to share a core. */
export const BATCH_EVENTS_MAX = 4;
/** Drafts that wait for their batch, each some five kilobytes: more than a burst that the flood guard keeps. Beyond it the oldest is made here. */
export const WAITING_EVENTS_MAX = 256;
/** That a draft waits for its batch, and a batch for the thread; then its events are made here. */
export const WAIT_MILLIS_MAX = 250;
/** Events beyond which the thread's batch is waited for no more, whoever makes those behind it. */
export const BEHIND_EVENTS_MAX = 2 * WAITING_EVENTS_MAX;
/** Behind `WAIT_MILLIS_MAX`: a thread that has no answer then hangs, and is ended. Longer than one waits that has to share a core. */
const HANG_MILLIS_MAX = 10_000;
/** That a thread takes to begin, all its modules to load on a busy machine. */
const BEGIN_MILLIS_MAX = 60_000;
/** Between the end of a thread and the begin of the next; twice as long each time, until one has made events. */
const RESTART_MILLIS = 1_000;
const RESTART_MILLIS_MAX = 60_000;
/** Of the thread's heap: a batch of events is some hundred kilobytes. Beyond it the thread ends, and another begins. */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 128 };

const WORKER = new URL('./worker.ts', import.meta.url);

export interface EventThreadOptions {
  readonly log: Log;
  /** When events are made that the thread does not make. */
  readonly afterwards: Afterwards;
  /** Another thread, which tests have to misbehave. */
  readonly worker?: URL;
  /** For tests: until a thread that does not answer is ended. */
  readonly hangMillisMax?: number;
}

/** Where an event goes once it is made; `make` throws what making threw. Must not throw itself. */
export type Keep = (make: () => unknown) => void;

interface Job {
  /** Null: nobody has to make it any more. */
  drafted: DraftedEvent | null;
  readonly sinceMillis: number;
  make: () => unknown;
  readonly keep: Keep;
}

export interface EventThreadStats {
  readonly madeThere: number;
  readonly madeHere: number;
  /** Events that are not made yet, or that wait for those before them. */
  readonly waiting: number;
  /** Threads that ended unasked, or hung. */
  readonly lost: number;
}

export class EventThread {
  readonly #options: EventThreadOptions;
  readonly #hangMillisMax: number;
  /** In the order in which they came. */
  readonly #jobs: Job[] = [];
  /** Those of them that nobody has begun with. */
  readonly #unsent: Job[] = [];
  #worker: Worker | null = null;
  #isReady = false;
  /** Whether drafts can be sent: it is there, and has answered what it was sent. */
  #isFree = false;
  #batch: { readonly number: number; readonly jobs: readonly Job[] } | null = null;
  #batches = 0;
  #isPosting = false;
  #isMakingHere = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;
  /** Runs where the thread owes an answer for long. */
  #hang: NodeJS.Timeout | null = null;
  #restartMillis = RESTART_MILLIS;
  #stats = { madeThere: 0, madeHere: 0, lost: 0 };

  constructor(options: EventThreadOptions) {
    this.#options = options;
    this.#hangMillisMax = options.hangMillisMax ?? HANG_MILLIS_MAX;
    this.#begin();
  }

  get stats(): EventThreadStats {
    return { ...this.#stats, waiting: this.#jobs.length };
  }

  /** @param drafted plain data; not to be changed afterwards */
  add(drafted: DraftedEvent, keep: Keep): void {
    const make = (): unknown => withOutcome(eventOfDraft(drafted.draft), drafted.outcome);
    if (!this.#isReady || this.#isClosed) {
      this.#stats.madeHere++;
      this.addMade(make, keep);
      return;
    }
    const job = { drafted, sinceMillis: performance.now(), make, keep };
    this.#jobs.push(job);
    this.#unsent.push(job);
    this.#catchUp(job.sinceMillis);
    this.#postLater();
  }

  /** An event that only this thread can make: at once, and handed on behind those that came before. */
  addMade(make: () => unknown, keep: Keep): void {
    if (this.#jobs.length === 0) {
      keep(make);
      return;
    }
    this.#jobs.push({ drafted: null, sinceMillis: 0, make: madeNow(make), keep });
    this.#catchUp(performance.now());
    this.#handOn();
  }

  /** Makes what waits, and ends the thread. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopHang();
    this.#takeBack();
    while (this.#unsent.length > 0) this.#makeOldest();
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  /** The system may have no room for a thread (EAGAIN), which is nothing that a server ends of. */
  #begin(): void {
    try {
      this.#started(new Worker(this.#options.worker ?? WORKER, { resourceLimits: HEAP_LIMITS }));
    } catch (error) {
      this.#gone(error);
    }
  }

  #started(worker: Worker): void {
    this.#worker = worker;
    worker.on('message', (answer: ThreadAnswer) => this.#answered(worker, answer));
    worker.on('error', (error) => this.#lost(worker, error));
    worker.on('exit', () => this.#lost(worker, null));
    worker.unref();
    this.#endAfter(worker, BEGIN_MILLIS_MAX);
  }

  #lost(worker: Worker, error: unknown): void {
    if (this.#worker === worker) this.#gone(error);
  }

  #gone(error: unknown): void {
    this.#worker = null;
    this.#isReady = false;
    this.#isFree = false;
    this.#stopHang();
    this.#stats.lost++;
    const { log } = this.#options;
    log.error(
      { ...describeFault(error), againInMillis: this.#restartMillis },
      'the thread that makes events is gone; they are made elsewhere meanwhile',
    );
    this.#makeHereLater();
    setTimeout(() => this.#isClosed || this.#begin(), this.#restartMillis).unref();
    this.#restartMillis = Math.min(2 * this.#restartMillis, RESTART_MILLIS_MAX);
  }

  #answered(worker: Worker, answer: ThreadAnswer): void {
    if (this.#worker !== worker) return;
    this.#stopHang();
    this.#isFree = true;
    this.#isReady = true;
    if (answer !== READY && answer.number === this.#batch?.number) this.#take(this.#batch.jobs, answer);
    if (this.#isBehind(performance.now())) this.#makeHereLater();
    this.#post();
  }

  #take(jobs: readonly Job[], { bytes, lengths }: WrittenBatch): void {
    this.#batch = null;
    this.#restartMillis = RESTART_MILLIS;
    this.#stopTimer();
    let end = 0;
    for (const [at, job] of jobs.entries()) {
      const length = lengths[at] ?? -1;
      if (length >= 0) {
        const json = Buffer.from(bytes.buffer, end, length);
        end += length;
        this.#madeThere(job, json);
      } else this.#madeHere(job);
    }
    this.#handOn();
  }

  #madeThere(job: Job, json: Buffer): void {
    const { id = '', source = '' } = job.drafted ?? {};
    this.#stats.madeThere++;
    job.drafted = null;
    job.make = () => new WrittenEvent({ id, source, json });
  }

  #madeHere(job: Job): void {
    this.#stats.madeHere++;
    job.drafted = null;
    job.make = madeNow(job.make);
  }

  #handOn(): void {
    for (let [first] = this.#jobs; first?.drafted === null; [first] = this.#jobs) {
      this.#jobs.shift();
      first.keep(first.make);
    }
  }

  #isBehind(nowMillis: number): boolean {
    const [oldest] = this.#unsent;
    if (oldest === undefined) return false;
    const isFull = this.#unsent.length > WAITING_EVENTS_MAX || this.#jobs.length > BEHIND_EVENTS_MAX;
    return isFull || nowMillis - oldest.sinceMillis > WAIT_MILLIS_MAX;
  }

  /** Makes two for one that came, and sees to it that those that are left do not wait for ever: what is sent has a timer of its own. */
  #catchUp(nowMillis: number): void {
    if (this.#jobs.length > BEHIND_EVENTS_MAX) this.#takeBack();
    for (let made = 0; made < 2 && this.#isBehind(nowMillis); made++) this.#makeOldest();
    if (this.#isSilent && this.#unsent.length > 0) this.#timer ??= this.#lateTimer();
  }

  #makeOldest(): void {
    const job = this.#unsent.shift();
    if (job === undefined) return;
    this.#madeHere(job);
    this.#handOn();
  }

  /** All that one turn brings goes together. */
  #postLater(): void {
    if (this.#isPosting) return;
    this.#isPosting = true;
    queueMicrotask(() => {
      this.#isPosting = false;
      this.#post();
    });
  }

  #post(): void {
    if (!this.#isFree || this.#worker === null || this.#unsent.length === 0) return;
    const jobs = this.#unsent.splice(0, BATCH_EVENTS_MAX);
    const drafts = jobs.flatMap(({ drafted }) => drafted ?? []);
    this.#batch = { number: ++this.#batches, jobs };
    this.#isFree = false;
    try {
      this.#worker.postMessage({ number: this.#batches, drafts } satisfies DraftBatch);
    } catch (error) {
      // No draft holds what cannot be copied; if one does, its event is made all the same.
      this.#options.log.error(describeFault(error), 'drafts of events cannot be handed on');
      this.#batch = null;
      for (const job of jobs) this.#madeHere(job);
      this.#handOn();
      this.#isFree = true;
      this.#postLater();
      return;
    }
    this.#stopTimer();
    this.#timer = this.#lateTimer();
  }

  #lateTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      if (this.#worker !== null) this.#endAfter(this.#worker, this.#hangMillisMax);
      this.#makeHereLater();
    }, WAIT_MILLIS_MAX).unref();
  }

  /** Unless it answers before; that it is ended already is not begun anew. */
  #endAfter(worker: Worker, millis: number): void {
    this.#hang ??= setTimeout(() => {
      this.#lost(worker, new ServerError('EVENT_THREAD_HANGS', { millis }));
      void worker.terminate();
    }, millis).unref();
  }

  #stopHang(): void {
    if (this.#hang !== null) clearTimeout(this.#hang);
    this.#hang = null;
  }

  /** What the thread has is not waited for; what it says of it counts no more. */
  #takeBack(): void {
    this.#stopTimer();
    this.#unsent.unshift(...(this.#batch?.jobs ?? []));
    this.#batch = null;
  }

  #makeHereLater(): void {
    this.#takeBack();
    this.#makeNextHere();
  }

  /** One at a time, each of which asks for the next: more than Afterwards has room for would be made in one turn, and requests have theirs between them. */
  #makeNextHere(): void {
    if (this.#isMakingHere || this.#unsent.length === 0) return;
    this.#isMakingHere = true;
    this.#options.afterwards.add(() => {
      this.#isMakingHere = false;
      // What waits is the thread's again once it answers, and keeps up.
      if (!this.#isSilent && !this.#isBehind(performance.now())) return;
      this.#makeOldest();
      this.#makeNextHere();
    });
  }

  /** It is not there, or has not answered what was taken back from it. */
  get #isSilent(): boolean {
    return !this.#isFree && this.#batch === null;
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** What it makes, or throws, each time. */
function madeNow(make: () => unknown): () => unknown {
  try {
    const made = make();
    return () => made;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
