/**
 * From spools to one sink: batches by bytes and age, several on their way, each until all of its records are stored or
 * dead; the position moves when everything before it is.
 *
 *     const pipeline = new Pipeline({ sink, sources, limits, deadLetters, log });
 *     const ended = pipeline.run();
 *     pipeline.stop();
 *     await ended;
 *
 * A sink that is away holds its batches, and nothing more is read: the spool keeps the rest.
 */
import { type Clock, SYSTEM_CLOCK } from '../clock.ts';
import { reasonOf, ShipperError } from '../errors.ts';
import { type PipelineLimits, REPEATED_BYTES_MAX } from '../limits.ts';
import type { Outcome, Sink } from '../sink.ts';
import type { Source, Waiting } from '../source.ts';
import { backoffMillis } from './backoff.ts';
import { Batch, type DeadRecord } from './batch.ts';
import { Changes } from './changes.ts';
import { type Entry, Ledger } from './ledger.ts';
import { Progress } from './progress.ts';
import { Window } from './window.ts';

/** Where records go that the sink will never take. */
export interface DeadLetters {
  /** Resolves when they would survive the death of this process. */
  put(letters: readonly DeadRecord[], spool: string): Promise<void>;
}

export interface PipelineLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface PipelineOptions<P> {
  readonly sink: Sink;
  readonly sources: readonly Source<P>[];
  readonly limits: PipelineLimits;
  readonly deadLetters: DeadLetters;
  readonly log: PipelineLog;
  /** Ends when the sources have nothing more. */
  readonly once?: boolean;
  readonly clock?: Clock;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/** One spool, as this pipeline reads it. */
interface Feed<P> {
  readonly source: Source<P>;
  readonly ledger: Ledger<P>;
  readonly clean: boolean;
  /** Bytes at the beginning that a process before this one may have sent. */
  repeatedBytes: number;
}

export class Pipeline<P> {
  readonly progress = new Progress();
  readonly window: Window;
  readonly #options: PipelineOptions<P>;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #feeds: Feed<P>[] = [];
  readonly #following = new Set<Promise<void>>();
  #running = false;
  /** No further records are read. */
  readonly #reading = new AbortController();
  /** What is on its way is given up. */
  readonly #sending = new AbortController();
  /** Bytes of records in memory. */
  #heldBytes = 0;
  readonly #released = new Changes();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: PipelineOptions<P>) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#random = options.random ?? Math.random;
    this.window = new Window(options.limits);
    for (const source of options.sources) this.add(source);
  }

  /**
   * One more spool, before or while it runs.
   * @param clean whether it is known that nothing behind its committed position was sent
   */
  add(source: Source<P>, clean = false): void {
    const ledger = new Ledger<P>(
      (position) => source.commit(position),
      (error) => this.#commitFailed(source, error),
    );
    const feed = { source, ledger, clean, repeatedBytes: 0 };
    this.#feeds.push(feed);
    if (this.#running) this.#startFollowing(feed);
  }

  /** Records and bytes that are read and not committed, over all spools. */
  get ahead(): { readonly records: number; readonly bytes: number } {
    let records = 0;
    let bytes = 0;
    for (const { ledger } of this.#feeds) {
      records += ledger.records;
      bytes += ledger.bytes;
    }
    return { records, bytes };
  }

  /** Resolves when it was stopped and what was on its way has ended; with `once`, when everything is stored or dead. */
  async run(): Promise<void> {
    this.#running = true;
    for (const feed of this.#feeds) this.#startFollowing(feed);
    try {
      if (this.#options.once !== true) await aborted(this.#reading.signal);
      await Promise.all([...this.#following]);
      await Promise.all([...this.#underWay]);
      await Promise.all(this.#feeds.map(({ ledger }) => ledger.settled()));
    } finally {
      // Nobody waits for the time that what is on its way would have had.
      this.#sending.abort();
    }
  }

  /** Reads no more. What is on its way has `graceMillis` to arrive; what does not is read again by the next process. */
  stop(graceMillis: number): void {
    if (this.#reading.signal.aborted) return;
    this.#reading.abort();
    void this.#clock.sleep(graceMillis, this.#sending.signal).then(() => this.#sending.abort());
  }

  #startFollowing(feed: Feed<P>): void {
    const following = this.#follow(feed);
    // A spool that can never be read again ends them all: run() rejects with the reason.
    following.catch(() => this.#reading.abort());
    this.#following.add(following);
  }

  async #follow(feed: Feed<P>): Promise<void> {
    const { signal } = this.#reading;
    const { heldBytesMax } = this.#options.limits;
    const aheadBytesMax = this.#options.sink.ordered === true ? 1 : this.#options.limits.aheadBytesMax;
    if (!feed.clean) feed.repeatedBytes = await this.#backlog(feed.source);
    while (!signal.aborted) {
      const waiting = await this.#collect(feed.source);
      const last = waiting.at(-1);
      if (last === undefined) {
        if (this.#options.once === true) return;
        continue;
      }
      const bytes = waiting.reduce((sum, each) => sum + each.bytes, 0);
      const entry = feed.ledger.open(last.position, waiting.length, bytes);
      this.#start(feed, entry, new Batch(waiting, feed.repeatedBytes > 0));
      feed.repeatedBytes -= bytes;
      while (feed.ledger.bytes >= aheadBytesMax && !signal.aborted) {
        await feed.ledger.committed.next(signal);
      }
      while (this.#heldBytes >= heldBytesMax && !signal.aborted) await this.#released.next(signal);
    }
  }

  #start(feed: Feed<P>, entry: Entry<P>, batch: Batch): void {
    this.#heldBytes += batch.bytes;
    const way = this.#ship(batch, feed.source.directory)
      .then((whole) => {
        if (whole) feed.ledger.close(entry);
      })
      .finally(() => {
        this.#release(batch.bytes);
        this.#underWay.delete(way);
      });
    this.#underWay.add(way);
  }

  /** What waits now may have been sent by a process that was killed before it could commit, as far as that could be ahead. */
  async #backlog(source: Source<P>): Promise<number> {
    try {
      const { bytes, records } = await source.lag();
      return Math.min(REPEATED_BYTES_MAX, records > 0 ? Math.max(1, bytes) : bytes);
    } catch (error) {
      this.#options.log.warn({ spool: source.directory, reason: reasonOf(error) }, 'the lag is not known');
      return REPEATED_BYTES_MAX;
    }
  }

  /** Records until a batch is full, or its first record has waited long enough. */
  async #collect(source: Source<P>): Promise<readonly Waiting<P>[]> {
    const { batchRecordsMax, batchAgeMillisMax } = this.#options.limits;
    const bytesMax = this.window.batchBytes;
    const waiting: Waiting<P>[] = [];
    let bytes = 0;
    let until = Number.POSITIVE_INFINITY;
    while (waiting.length < batchRecordsMax && bytes < bytesMax) {
      const left = this.#options.once === true ? 0 : until - this.#clock.now();
      if (left <= 0 && waiting.length > 0 && this.#options.once !== true) break;
      const more = await this.#read(source, batchRecordsMax - waiting.length, bytesMax - bytes, left);
      if (more.length === 0) break;
      if (waiting.length === 0) until = this.#clock.now() + batchAgeMillisMax;
      for (const each of more) bytes += each.bytes;
      waiting.push(...more);
    }
    return waiting;
  }

  async #read(
    source: Source<P>,
    recordsMax: number,
    bytesMax: number,
    waitMillis: number,
  ): Promise<readonly Waiting<P>[]> {
    const { signal } = this.#reading;
    if (signal.aborted) return [];
    const limits = { recordsMax, bytesMax, signal };
    try {
      return await source.read(waitMillis === Number.POSITIVE_INFINITY ? limits : { ...limits, waitMillis });
    } catch (error) {
      if (this.#options.once === true) throw error;
      // A disk that fails is no reason to end: what can be done is to look again.
      this.progress.failedReads += 1;
      this.#options.log.warn(
        { spool: source.directory, reason: reasonOf(error) },
        'the spool cannot be read',
      );
      await this.#clock.sleep(this.#backoff(1), signal);
      return [];
    }
  }

  #release(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#released.tell();
  }

  /**
   * Between attempts it has no place in the window: a batch of which something is left lets others pass.
   * @returns whether all of the batch is stored or dead; else the pipeline was stopped
   */
  async #ship(batch: Batch, spool: string): Promise<boolean> {
    const { signal } = this.#sending;
    this.progress.batches += 1;
    let storedBefore = this.progress.stored;
    for (let attempt = 1; ; attempt += 1) {
      const round = await this.window.enter(signal);
      if (round === null) return false;
      if (attempt > 1) this.progress.retried += batch.size;
      let whole: boolean;
      try {
        whole = await this.#try(batch, spool, storedBefore);
        storedBefore = this.progress.stored;
        if (whole) this.window.took();
        else this.window.busy(round);
      } finally {
        this.window.leave();
      }
      if (whole) return true;
      await this.#clock.sleep(this.#backoff(attempt), signal);
    }
  }

  /** @returns whether nothing of the batch is left */
  async #try(batch: Batch, spool: string, storedBefore: number): Promise<boolean> {
    const { bytes } = batch;
    const outcomes = await this.#attempt(batch);
    const whole = outcomes !== null && (await this.#settle(batch, outcomes, spool, storedBefore));
    this.#release(bytes - batch.bytes);
    return whole;
  }

  /** Null where the sink said nothing. */
  async #attempt(batch: Batch): Promise<readonly Outcome[] | null> {
    const { sink, log } = this.#options;
    const { signal } = this.#sending;
    const { records } = batch;
    try {
      const outcomes = await sink.deliver(records, signal, batch.repeated);
      if (outcomes.length === records.length) return outcomes;
      const reason = `${outcomes.length} outcomes for ${records.length} records`;
      throw new ShipperError('SINK_ANSWER', { sink: sink.name, reason });
    } catch (error) {
      batch.repeated = true;
      if (signal.aborted) return null;
      this.progress.failedAttempts += 1;
      if (this.progress.failed(error, this.#clock.now())) {
        log.warn(
          { sink: sink.name, reason: reasonOf(error) },
          'the sink takes nothing; the spool keeps what comes',
        );
      }
      return null;
    }
  }

  /**
   * @param storedBefore what all batches had stored behind the attempt before: a sink that takes those of others is not in trouble
   * @returns whether nothing of the batch is left
   */
  async #settle(
    batch: Batch,
    outcomes: readonly Outcome[],
    spool: string,
    storedBefore: number,
  ): Promise<boolean> {
    const { sink, limits, log } = this.#options;
    const sorted = batch.sort(outcomes, limits.refusalsMax);
    this.progress.stored += sorted.stored;
    this.progress.storedBytes += sorted.storedBytes;
    const now = this.#clock.now();
    if (sorted.again) this.progress.busyAttempts += 1;
    const taking = this.progress.stored > storedBefore || !sorted.again;
    if (taking) {
      const millis = this.progress.succeeded(now);
      if (millis !== null) log.info({ sink: sink.name, millis }, 'the sink takes what it is given again');
    } else if (this.progress.failed(sorted.reason, now)) {
      log.warn({ sink: sink.name, reason: sorted.reason }, 'the sink is busy; the spool keeps what comes');
    }
    return (await this.#bury(batch, sorted.dead, spool)) && !sorted.again;
  }

  async #bury(batch: Batch, dead: readonly DeadRecord[], spool: string): Promise<boolean> {
    if (dead.length === 0) return true;
    const { sink, deadLetters, log } = this.#options;
    try {
      await deadLetters.put(dead, spool);
    } catch (error) {
      log.warn(
        { sink: sink.name, reason: reasonOf(error) },
        'dead letters cannot be written; they are tried again',
      );
      batch.restore(dead);
      return false;
    }
    for (const { code } of dead) this.progress.countDead(code);
    log.warn(
      { sink: sink.name, count: dead.length, code: dead[0]?.code },
      'the sink will not take some records',
    );
    return true;
  }

  async #commitFailed(source: Source<P>, error: unknown): Promise<boolean> {
    this.progress.failedCommits += 1;
    this.#options.log.warn(
      { spool: source.directory, reason: reasonOf(error) },
      'the position cannot be written',
    );
    await this.#clock.sleep(this.#backoff(1), this.#sending.signal);
    return !this.#sending.signal.aborted;
  }

  #backoff(attempt: number): number {
    return backoffMillis(attempt, { ...this.#options.limits, random: this.#random });
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
