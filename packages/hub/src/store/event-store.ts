/** Where documents are kept and asked for. One contract, one test suite over every implementation. */
import type { DataSet, Document, SpoolRecord } from '@sluice/spool';
import type { Query } from '../query/tree.ts';

export interface StoredDocument {
  readonly id: string;
  readonly document: Document;
}

/** Documents of a data set, in a time that includes `from` and excludes `to`, in milliseconds since the epoch. */
export interface Selection {
  readonly dataSet: DataSet;
  readonly query: Query;
  readonly from?: number;
  readonly to?: number;
}

export interface Sort {
  readonly field: string;
  readonly order: 'asc' | 'desc';
}

export interface SearchRequest extends Selection {
  /** `@timestamp`, newest first, unless said otherwise. Documents that are equal in it come in the order of their ids. */
  readonly sort?: Sort;
  /** Documents a page. */
  readonly size: number;
  /** Of the page before; the rest of the request is to be the same. */
  readonly cursor?: string;
}

export interface Page {
  readonly documents: readonly StoredDocument[];
  /** Null at the end. What is stored meanwhile and sorts behind it comes on later pages. */
  readonly cursor: string | null;
}

export interface ArrivalsRequest extends Selection {
  /** Where the answer before ended; null: at what came last, so that the answer has no document. */
  readonly after: string | null;
  /** Documents an answer. */
  readonly size: number;
}

/** Documents in the order in which they came to the store, whatever their times are. */
export interface Arrivals {
  readonly documents: readonly StoredDocument[];
  /** Of this store and data set, for `after`: it stands behind these documents and all that came before them. */
  readonly place: string;
  /** Whether there are more already. */
  readonly more: boolean;
}

export type Metric = 'avg' | 'max' | 'min' | 'sum';

export type AggregateRequest = Selection &
  (
    | { readonly kind: 'terms'; readonly field: string; readonly size: number }
    /** Each combination of values of the fields; documents that lack one of them are left out. */
    | {
        readonly kind: 'composite';
        readonly fields: readonly string[];
        readonly size: number;
        readonly cursor?: string;
      }
    /** Buckets of so many milliseconds, counted from the epoch; empty ones between full ones included. */
    | { readonly kind: 'date_histogram'; readonly intervalMillis: number }
  ) & { readonly metric?: { readonly kind: Metric; readonly field: string } };

export interface Bucket {
  /** A value for each field that was asked for; the beginning of its interval in a histogram. */
  readonly key: readonly (string | number | boolean)[];
  readonly count: number;
  /** Null where no document of the bucket has the metric's field. */
  readonly metric: number | null;
}

export interface Buckets {
  /** Terms: most documents first, then by key. Composite: by key. Histogram: by time. */
  readonly buckets: readonly Bucket[];
  readonly cursor: string | null;
}

/** What became of a record, in the order in which they were given. */
export type AppendOutcome =
  | { readonly kind: 'stored' }
  /** It was there already: success, too. */
  | { readonly kind: 'duplicate' }
  /** The store will not take it, ever. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface StoreStats {
  readonly documents: Readonly<Record<DataSet, number>>;
  readonly bytes: number;
  /** Milliseconds since the epoch; null where there is nothing. */
  readonly oldest: number | null;
  readonly newest: number | null;
}

/** Every method rejects with HubError STORE_UNAVAILABLE where the store cannot be reached: try again later. */
export interface EventStore {
  readonly kind: 'sqlite' | 'elasticsearch' | 'hub';
  /** Resolves when what was stored would survive the death of this process. */
  append(records: readonly SpoolRecord[]): Promise<readonly AppendOutcome[]>;
  search(request: SearchRequest): Promise<Page>;
  /**
   * What came behind a place, each document once. A store that keeps no order of arrival has none of it, or answers null.
   * @throws HubError QUERY_CURSOR where `after` is no place of this store
   */
  arrivals?(request: ArrivalsRequest): Promise<Arrivals | null>;
  count(selection: Selection): Promise<number>;
  aggregate(request: AggregateRequest): Promise<Buckets>;
  get(dataSet: DataSet, id: string): Promise<StoredDocument | null>;
  stats(): Promise<StoreStats>;
  close(): Promise<void>;
}
