/** A store as a sink of the shipper: it keeps a document once by its id, however often it is given. */
import type { AppendOutcome, EventStore } from '@sluice/hub';
import type { Outcome, Sink } from '@sluice/shipper';
import type { SpoolRecord } from '@sluice/spool';

export class StoreSink implements Sink {
  readonly name = 'store';
  readonly #store: EventStore;

  constructor(store: EventStore) {
    this.#store = store;
  }

  /** Rejects with HubError STORE_UNAVAILABLE: the pipeline gives them again. */
  async deliver(records: readonly SpoolRecord[]): Promise<readonly Outcome[]> {
    return (await this.#store.append(records)).map(outcomeOf);
  }

  /** The store is its owner's to close. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const outcomeOf = (outcome: AppendOutcome): Outcome =>
  outcome.kind === 'refused' ? { kind: 'dead', reason: outcome.reason } : { kind: 'stored' };
