/** What the store and its two threads say to each other. */

import type { ErrorDetails } from '@sluice/engine/coded-error';
import type { DataSet } from '@sluice/spool';
import type { HubErrorCode } from '../../errors.ts';
import type {
  AggregateRequest,
  AppendOutcome,
  ArrivalsRequest,
  Buckets,
  SearchRequest,
  Selection,
  StoreStats,
} from '../event-store.ts';
import type { EncodedRecord } from './rows.ts';
import type { UpgradeProgress } from './upgrade.ts';

export interface WorkerSettings {
  readonly role: 'reader' | 'writer';
  readonly path: string;
  /** Another process writes: the file is opened for reading only. */
  readonly readOnly: boolean;
  /** SQLite's `synchronous`. */
  readonly synchronous: 'NORMAL' | 'FULL';
}

/** Oldest documents go until what is left is younger than this, and smaller. */
export interface SweepBounds {
  /** Milliseconds since the epoch: what is older goes. */
  readonly before: number | null;
  readonly bytesMax: number | null;
}

export interface EncodedDocument {
  readonly id: string;
  readonly body: string;
}

/** What each thread does, by name: what it is asked, and what it answers. */
export interface Calls {
  append: { readonly asked: readonly EncodedRecord[]; readonly answered: readonly AppendOutcome[] };
  /** One step; whether another is needed. */
  sweep: {
    readonly asked: SweepBounds;
    readonly answered: { readonly deleted: number; readonly more: boolean };
  };
  search: {
    readonly asked: SearchRequest;
    readonly answered: { readonly documents: readonly EncodedDocument[]; readonly cursor: string | null };
  };
  arrivals: {
    readonly asked: ArrivalsRequest;
    readonly answered: {
      readonly documents: readonly EncodedDocument[];
      readonly place: string;
      readonly more: boolean;
    };
  };
  count: { readonly asked: Selection; readonly answered: number };
  aggregate: { readonly asked: AggregateRequest; readonly answered: Buckets };
  get: {
    readonly asked: { readonly dataSet: DataSet; readonly id: string };
    readonly answered: EncodedDocument | null;
  };
  stats: { readonly asked: null; readonly answered: StoreStats };
  close: { readonly asked: null; readonly answered: null };
}

export type CallName = keyof Calls;

export interface CallMessage {
  readonly call: number;
  readonly name: CallName;
  readonly asked: unknown;
}

/** Errors cross as their parts. */
export interface ErrorParts {
  readonly code: HubErrorCode;
  readonly details: ErrorDetails;
}

export type AnswerMessage =
  /** No answer: the first call waits for it. */
  | { readonly upgrade: UpgradeProgress }
  | { readonly call: number; readonly answered: unknown }
  | { readonly call: number; readonly error: ErrorParts };
