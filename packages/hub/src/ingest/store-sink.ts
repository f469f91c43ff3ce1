/** The store of this process, as a sink: for spools that the hub reads itself. */
import { type Outcome, type Sink, STORED } from '@sluice/shipper';
import type { SpoolRecord } from '@sluice/spool';
import type { AppendOutcome } from '../store/event-store.ts';

export class StoreSink implements Sink {
  readonly name = 'hub';
  readonly ordered = true;
  readonly #append: (records: readonly SpoolRecord[]) => Promise<readonly AppendOutcome[]>;

  constructor(append: (records: readonly SpoolRecord[]) => Promise<readonly AppendOutcome[]>) {
    this.#append = append;
  }

  /** @throws HubError STORE_UNAVAILABLE */
  async deliver(records: readonly SpoolRecord[]): Promise<readonly Outcome[]> {
    const outcomes = await this.#append(records);
    return outcomes.map((outcome) =>
      outcome.kind === 'refused' ? { kind: 'dead', reason: outcome.reason, code: 'refused' } : STORED,
    );
  }

  /** The store belongs to others. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
