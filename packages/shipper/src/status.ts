/** How a shipper stands, as data: the page /status, and what metrics are taken from. */
import type { Trouble } from './pipeline/progress.ts';

export interface SpoolStatus {
  readonly directory: string;
  /** Not committed. */
  readonly bytes: number;
  /** The same; of the newest segment an estimate. */
  readonly records: number;
  /** Since the oldest of them was written; 0 where there is none. */
  readonly ageMillis: number;
  /** Records that the spool's cap dropped, or that were damaged, before they were read. */
  readonly lost: number;
  readonly damagedBytes: number;
}

export interface SinkStatus {
  readonly name: string;
  /** Null while it takes what it is given. */
  readonly trouble: Trouble | null;
  /** Records that it has, since this process began. */
  readonly stored: number;
  /** Over the last ten seconds. */
  readonly storedPerSecond: number;
  readonly retried: number;
  readonly failedAttempts: number;
  readonly busyAttempts: number;
  /** Dead letters by code, since this process began. */
  readonly dead: Readonly<Record<string, number>>;
  /** Files of dead letters that are there. */
  readonly deadLetterFiles: number;
  readonly deadLetterBytes: number;
  /** Batches on their way, how many there may be, and of what size. */
  readonly inFlight: number;
  readonly inFlightMax: number;
  readonly batchBytes: number;
  readonly spools: readonly SpoolStatus[];
}

export interface ShipStatus {
  readonly ready: boolean;
  readonly sinks: readonly SinkStatus[];
}
