/**
 * All that one process ships: each sink with a pipeline of its own over all spools.
 *
 *     const shipper = await Shipper.open({ config, log });
 *     process.once('SIGTERM', () => shipper.stop());
 *     await shipper.run();
 *     await shipper.close();
 */
import { SpoolError, type SpoolLog, type SpoolPosition, SpoolReader } from '@sluice/spool';
import { type CleanEnds, leaveCleanEnds, takeCleanEnds } from './clean-end.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import type { ShipConfig } from './config-schema.ts';
import { DeadLetterFiles } from './dead/dead-letters.ts';
import { reasonOf } from './errors.ts';
import { identityIn } from './identity.ts';
import { CATCHING_UP_TOLD_MILLIS, LATE_MILLIS, RATE_SAMPLES, SPOOLS_LOOKED_FOR_MILLIS } from './limits.ts';
import { openSink } from './open-sink.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import type { Sink } from './sink.ts';
import { spoolFolders } from './spool-folders.ts';
import type { ShipStatus, SinkStatus, SpoolStatus } from './status.ts';

export interface ShipperOptions {
  readonly config: ShipConfig;
  readonly log: SpoolLog;
  /** Ends when the spools are empty. */
  readonly once?: boolean;
  readonly clock?: Clock;
}

/** A sink, and what serves it. */
export interface Lane {
  readonly sink: Sink;
  readonly pipeline: Pipeline<SpoolPosition>;
  readonly deadLetters: DeadLetterFiles;
  readonly readers: SpoolReader[];
  /** Records stored in all, second by second, newest last. */
  readonly samples: number[];
}

export class Shipper {
  readonly #options: ShipperOptions;
  readonly #clock: Clock;
  readonly #lanes: Lane[] = [];
  readonly #ended = new AbortController();
  #looking: Promise<void> = Promise.resolve();
  #clean: CleanEnds = {};
  /** Sinks and spools that another process reads. */
  readonly #waitingFor = new Set<string>();
  #hasRun = false;

  private constructor(options: ShipperOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  /**
   * A spool that another process reads is waited for, but with `once`.
   * @throws ShipperError SHIPPER_OPTION, SHIPPER_STATE; SpoolError where a spool cannot be opened
   */
  static async open(options: ShipperOptions): Promise<Shipper> {
    const shipper = new Shipper(options);
    try {
      shipper.#openLanes();
      shipper.#clean = takeCleanEnds(options.config.state);
      await shipper.#openReaders();
      return shipper;
    } catch (error) {
      await shipper.close();
      throw error;
    }
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** Whether every sink takes what it is given. */
  get isReady(): boolean {
    return (
      !this.#ended.signal.aborted && this.#lanes.every(({ pipeline }) => pipeline.progress.trouble === null)
    );
  }

  /** Resolves when it was stopped, or with `once` when the spools are empty. */
  async run(): Promise<void> {
    const timer = setInterval(() => this.#sample(), 1_000).unref();
    if (this.#options.once !== true) this.#looking = this.#look();
    try {
      await Promise.all(this.#lanes.map(({ pipeline }) => pipeline.run()));
      this.#hasRun = true;
    } finally {
      clearInterval(timer);
      this.#ended.abort();
      await this.#looking;
    }
  }

  /** Reads no more; what is on its way has the time that `drain.waitMillis` gives it. */
  stop(): void {
    this.#ended.abort();
    for (const { pipeline } of this.#lanes) pipeline.stop(this.#options.config.drain.waitMillis);
  }

  async close(): Promise<void> {
    if (this.#hasRun) await leaveCleanEnds(this.#options.config.state, this.#cleanEnds());
    for (const { sink, readers } of this.#lanes) {
      for (const reader of readers) await reader.close();
      await sink.close();
    }
  }

  async status(): Promise<ShipStatus> {
    return { ready: this.isReady, sinks: await Promise.all(this.#lanes.map((lane) => this.#statusOf(lane))) };
  }

  /** Of sinks that have nothing on its way that is not committed. */
  #cleanEnds(): CleanEnds {
    const clean = this.#lanes.filter(({ pipeline }) => pipeline.ahead.records === 0);
    return Object.fromEntries(
      clean.map(({ sink, readers }) => [sink.name, readers.map(({ directory }) => directory)]),
    );
  }

  #openLanes(): void {
    const { config, log, once = false } = this.#options;
    const identity = identityIn(config.state);
    for (const settings of config.sinks) {
      const sink = openSink(settings, { identity, log, inFlightMax: config.limits.inFlightMax });
      const onDropped = (files: number): void =>
        log.error({ sink: sink.name, files }, 'the oldest dead letters had to go for newer ones');
      const deadLetters = new DeadLetterFiles({ directory: config.state, sink: sink.name, onDropped });
      const { limits } = config;
      const pipeline = new Pipeline<SpoolPosition>({
        sink,
        sources: [],
        limits,
        deadLetters,
        log,
        once,
        clock: this.#clock,
      });
      this.#lanes.push({ sink, pipeline, deadLetters, readers: [], samples: [] });
    }
  }

  async #openReaders(): Promise<void> {
    for (const directory of await spoolFolders(this.#options.config.spools)) {
      for (const lane of this.#lanes) {
        if (lane.readers.some((reader) => reader.directory === directory)) continue;
        await this.#openReader(lane, directory);
      }
    }
  }

  async #openReader({ sink, pipeline, readers }: Lane, directory: string): Promise<void> {
    const { log, once = false } = this.#options;
    const place = `${sink.name} ${directory}`;
    const hasWaited = this.#waitingFor.has(place);
    try {
      // A position survives the loss of power: what was sent behind it is bounded, and asked for by the next process.
      const reader = await SpoolReader.open({ directory, name: sink.name, sync: true, log });
      readers.push(reader);
      // Who had it before may have sent something behind the position.
      pipeline.add(reader, !hasWaited && this.#clean[sink.name]?.includes(directory) === true);
      if (hasWaited)
        log.info({ sink: sink.name, spool: directory }, 'the spool is free: reading it from here on');
      this.#waitingFor.delete(place);
    } catch (error) {
      // In an upgrade the shipper before this one has some seconds to go; everything else that can be read is read meanwhile.
      if (once || !(error instanceof SpoolError) || error.code !== 'SPOOL_IN_USE') throw error;
      if (!hasWaited) {
        const fields = { sink: sink.name, spool: directory, reason: reasonOf(error) };
        log.info(fields, 'another shipper reads this spool: waiting until it ends');
      }
      this.#waitingFor.add(place);
    }
  }

  /** Processes that a server starts later have spools of their own. */
  async #look(): Promise<void> {
    const { signal } = this.#ended;
    for (;;) {
      await this.#clock.sleep(SPOOLS_LOOKED_FOR_MILLIS, signal);
      if (signal.aborted) return;
      try {
        await this.#openReaders();
      } catch (error) {
        this.#options.log.warn({ reason: reasonOf(error) }, 'a spool cannot be opened');
      }
    }
  }

  #sample(): void {
    for (const lane of this.#lanes) {
      lane.samples.push(lane.pipeline.progress.stored);
      if (lane.samples.length > RATE_SAMPLES + 1) lane.samples.shift();
    }
    const seconds = Math.floor(this.#clock.now() / 1_000);
    if (seconds % (CATCHING_UP_TOLD_MILLIS / 1_000) === 0) void this.#tellLate();
  }

  async #tellLate(): Promise<void> {
    const { sinks } = await this.status();
    for (const { name, spools, storedPerSecond } of sinks) {
      const late = spools.filter(({ ageMillis }) => ageMillis > LATE_MILLIS);
      if (late.length === 0) continue;
      const records = late.reduce((sum, each) => sum + each.records, 0);
      const seconds = storedPerSecond > 0 ? Math.round(records / storedPerSecond) : null;
      const fields = { sink: name, records, storedPerSecond, secondsLeft: seconds };
      this.#options.log.info(fields, 'the sink is behind');
    }
  }

  async #statusOf({ sink, pipeline, deadLetters, readers, samples }: Lane): Promise<SinkStatus> {
    const { progress, window } = pipeline;
    const files = await deadLetters.files();
    const span = Math.max(1, samples.length - 1);
    return {
      name: sink.name,
      trouble: progress.trouble,
      stored: progress.stored,
      storedPerSecond: Math.round(((samples.at(-1) ?? 0) - (samples[0] ?? 0)) / span),
      retried: progress.retried,
      failedAttempts: progress.failedAttempts,
      busyAttempts: progress.busyAttempts,
      dead: Object.fromEntries(progress.dead),
      deadLetterFiles: files.length,
      deadLetterBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      inFlight: window.taken,
      inFlightMax: window.concurrency,
      batchBytes: window.batchBytes,
      spools: await Promise.all(readers.map((reader) => this.#lagOf(reader))),
    };
  }

  async #lagOf(reader: SpoolReader): Promise<SpoolStatus> {
    const { directory, stats } = reader;
    const { bytes, records, oldestWrittenAt } = await reader.lag();
    const ageMillis = oldestWrittenAt === null ? 0 : Math.max(0, this.#clock.now() - oldestWrittenAt);
    return { directory, bytes, records, ageMillis, lost: stats.lost, damagedBytes: stats.damagedBytes };
  }
}
