/** What a pipeline reads from: a SpoolReader, and in tests a list. */
import type { SpoolRecord } from '@sluice/spool';

/** A record that waits, and where it stands. */
export interface Waiting<P> {
  readonly record: SpoolRecord;
  /** Behind the record: committed, it and all before are done. */
  readonly position: P;
  /** Bytes that it takes in the spool. */
  readonly bytes: number;
}

export interface ReadOptions {
  readonly recordsMax: number;
  /** One record is given, however large it is. */
  readonly bytesMax: number;
  /** Ends the waiting: what is there is given, perhaps nothing. */
  readonly signal: AbortSignal;
  /** Time to wait for the first record; without it, until there is one. 0: only what is there. */
  readonly waitMillis?: number;
}

/** What is not committed. */
export interface Lag {
  readonly bytes: number;
  /** May be an estimate. */
  readonly records: number;
  /** Milliseconds since the epoch; null where there is none. */
  readonly oldestWrittenAt: number | null;
}

export interface Source<P> {
  /** The spool's folder: as in logs and metrics. */
  readonly directory: string;
  read(options: ReadOptions): Promise<readonly Waiting<P>[]>;
  /** Resolves when a reader that is opened after `kill -9` begins behind `position`. */
  commit(position: P): Promise<void>;
  lag(): Promise<Lag>;
  close(): Promise<void>;
}
