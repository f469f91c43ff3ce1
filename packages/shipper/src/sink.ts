/** Where records go. Each sink has a reader of the spool, and a position, of its own. */
import type { SpoolRecord } from '@sluice/spool';

/** What became of a record. */
export type Outcome =
  /** It is kept, or was already. */
  | { readonly kind: 'stored' }
  /**
   * Not now: the sink is busy, or cannot take it for a reason that is not the record's. `uncertain` where it may have been
   * stored all the same. `suspect` where the reason may be the record's: after `refusalsMax` of these it is dead.
   */
  | {
      readonly kind: 'again';
      readonly reason: string;
      readonly uncertain?: boolean;
      readonly suspect?: boolean;
    }
  /** Never: it goes to the dead letters. `code` is one word of a small set, for counting. */
  | { readonly kind: 'dead'; readonly reason: string; readonly code?: string };

export const STORED: Outcome = { kind: 'stored' };

export interface Sink {
  /** As in logs, metrics and the name of its position: `elasticsearch`. */
  readonly name: string;
  /** Whether what a spool has first is to arrive first: a batch is then given when the one before is stored or dead. */
  readonly ordered?: boolean;
  /**
   * One outcome for each record, in their order. Rejects where nothing can be said of any of them: the connection broke, the
   * server is away. All of them are then given again, whether or not they had arrived.
   * @param repeated whether they may have been given before: by an attempt that failed, or by a process that was killed. A
   *   sink that keeps a record once by its id alone needs not care.
   */
  deliver(
    records: readonly SpoolRecord[],
    signal: AbortSignal,
    repeated?: boolean,
  ): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}
