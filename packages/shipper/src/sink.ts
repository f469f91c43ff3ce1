/** Where records go. Each sink has a reader of the spool, and a position, of its own. */
import type { SpoolRecord } from '@sluice/spool';

/** What became of a record. */
export type Outcome =
  /** It is kept, or was already. */
  | { readonly kind: 'stored' }
  /** Not now: the sink is busy. */
  | { readonly kind: 'again'; readonly reason: string }
  /** Never: it goes to the dead letters. */
  | { readonly kind: 'dead'; readonly reason: string };

export interface Sink {
  /** As in logs, metrics and the name of its position: `elasticsearch`. */
  readonly name: string;
  /**
   * One outcome for each record, in their order. Rejects where nothing can be said of any of them: the connection broke, the
   * server is away. All of them are then given again, whether or not they had arrived.
   */
  deliver(records: readonly SpoolRecord[], signal: AbortSignal): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}
