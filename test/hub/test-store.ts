/** The reference store, which tests can slow down, break, and look into. */
import { type AppendOutcome, type EventStore, HubError } from '@sluice/hub';
import type { DataSet, SpoolRecord } from '@sluice/spool';
import { MemoryStore } from '../event-store/memory-store.ts';

export class TestStore implements EventStore {
  readonly kind = 'sqlite';
  readonly #inner = new MemoryStore();
  /** What was stored, in the order in which it was. */
  readonly records = new Map<string, SpoolRecord>();
  /** Awaited before each answer. */
  gate: () => Promise<void> = () => Promise.resolve();
  away = false;

  async append(records: readonly SpoolRecord[]): Promise<readonly AppendOutcome[]> {
    await this.#reach();
    const outcomes = await this.#inner.append(records);
    for (const [index, record] of records.entries()) {
      if (outcomes[index]?.kind === 'stored') this.records.set(`${record.dataSet}/${record.id}`, record);
    }
    return outcomes;
  }

  async search(request: Parameters<EventStore['search']>[0]): ReturnType<EventStore['search']> {
    await this.#reach();
    return this.#inner.search(request);
  }

  async count(selection: Parameters<EventStore['count']>[0]): Promise<number> {
    await this.#reach();
    return this.#inner.count(selection);
  }

  async aggregate(request: Parameters<EventStore['aggregate']>[0]): ReturnType<EventStore['aggregate']> {
    await this.#reach();
    return this.#inner.aggregate(request);
  }

  async get(dataSet: DataSet, id: string): ReturnType<EventStore['get']> {
    await this.#reach();
    return this.#inner.get(dataSet, id);
  }

  async stats(): ReturnType<EventStore['stats']> {
    await this.#reach();
    return this.#inner.stats();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #reach(): Promise<void> {
    await this.gate();
    if (this.away) throw new HubError('STORE_UNAVAILABLE', { store: 'memory', reason: 'it is away' });
  }
}
