/**
 * Keeps the demo's events as a node does: in a spool on disk, from which the shipper brings them into a store. What an
 * earlier process has left in the spool comes along.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { WafEvent } from '@sluice/engine';
import { type EventStore, HubError } from '@sluice/hub';
import { DEFAULT_PIPELINE_LIMITS, DeadLetterFiles, Pipeline, type PipelineLog } from '@sluice/shipper';
import { SpoolReader, SpoolWriter } from '@sluice/spool';
import { DemoError } from './errors.ts';
import type { Run } from './runs.ts';
import { StoreSink } from './store-sink.ts';

/** People wait for the story: an event goes on its way at once, and not with others. */
const LIMITS = { ...DEFAULT_PIPELINE_LIMITS, batchAgeMillisMax: 50, backoffMillisMax: 1_000 };
const KEPT_MILLIS_MAX = 60_000;
const KEPT_POLL_MILLIS = 50;
/** Time that batches have to arrive when the demo ends. */
const GRACE_MILLIS = 10_000;

export class Keeper {
  readonly writer: SpoolWriter;
  readonly #reader: SpoolReader;
  readonly #store: EventStore;
  readonly #parts: ConstructorParameters<typeof Pipeline>[0];
  readonly #pipeline: Pipeline<unknown>;
  readonly #running: Promise<void>;

  private constructor(
    run: Run,
    writer: SpoolWriter,
    reader: SpoolReader,
    store: EventStore,
    log: PipelineLog,
  ) {
    this.writer = writer;
    this.#reader = reader;
    this.#store = store;
    const sink = new StoreSink(store);
    const deadLetters = new DeadLetterFiles({ directory: run.path, sink: sink.name });
    this.#parts = { sink, sources: [reader], limits: LIMITS, deadLetters, log };
    this.#pipeline = new Pipeline(this.#parts);
    this.#running = this.#pipeline.run();
  }

  /** @throws SpoolError */
  static async open(run: Run, store: EventStore, log: PipelineLog): Promise<Keeper> {
    const directory = run.join('spool');
    const writer = await SpoolWriter.open({ directory });
    return new Keeper(run, writer, await SpoolReader.open({ directory, name: 'store' }), store, log);
  }

  keep(event: WafEvent): void {
    this.writer.append({
      dataSet: 'waf',
      id: event.event.id,
      source: event.source.ip ?? '',
      document: event,
    });
  }

  /**
   * Resolves when the store has the event.
   * @throws DemoError DEMO_EVENT_NOT_KEPT where it has not for a minute
   */
  async kept(id: string): Promise<void> {
    const until = performance.now() + KEPT_MILLIS_MAX;
    while (!(await this.#has(id))) {
      if (performance.now() > until) {
        const reason = this.#pipeline.progress.trouble?.reason ?? 'nothing is known of why';
        throw new DemoError('DEMO_EVENT_NOT_KEPT', { id, reason });
      }
      await wait(KEPT_POLL_MILLIS);
    }
  }

  async #has(id: string): Promise<boolean> {
    try {
      return (await this.#store.get('waf', id)) !== null;
    } catch (error) {
      // An index that was just made cannot be asked yet.
      if (error instanceof HubError && error.code === 'STORE_UNAVAILABLE') return false;
      throw error;
    }
  }

  /** Brings what is left into the store. What does not arrive stays in the spool. */
  async close(): Promise<void> {
    await this.writer.close();
    this.#pipeline.stop(GRACE_MILLIS);
    await this.#running;
    const rest = new Pipeline({ ...this.#parts, once: true });
    const timer = setTimeout(() => rest.stop(0), GRACE_MILLIS);
    await rest.run();
    clearTimeout(timer);
    await this.#reader.close();
  }
}
