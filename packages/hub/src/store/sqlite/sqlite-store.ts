/** The embedded store: one file, a thread that writes, one that finds, and two that count: a page of documents waits for no sum. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DataSet, Document, SpoolRecord } from '@sluice/spool';
import { HubError } from '../../errors.ts';
import type {
  AggregateRequest,
  AppendOutcome,
  Arrivals,
  ArrivalsRequest,
  Buckets,
  EventStore,
  Page,
  SearchRequest,
  Selection,
  StoredDocument,
  StoreStats,
} from '../event-store.ts';
import { DOCUMENT_CHARACTERS_MAX } from '../limits.ts';
import { APPENDS_WAITING_MAX, COUNTERS, READS_WAITING_MAX, SWEEP_INTERVAL_MILLIS } from './limits.ts';
import type { EncodedDocument, WorkerSettings } from './protocol.ts';
import type { EncodedRecord } from './rows.ts';
import { StoreThread } from './thread.ts';
import type { OnUpgrade } from './upgrade.ts';

export interface SqliteOptions {
  /** The file; folders on the way to it are made, for this user only. */
  readonly path: string;
  /** To look into a store that another process writes. */
  readonly readOnly?: boolean;
  /**
   * `NORMAL`: what was stored survives the death of the process at any moment; when the machine loses power, the last
   * seconds may be lost, the store is whole. `FULL` waits for the disk with each batch, and loses nothing then either.
   */
  readonly synchronous?: 'NORMAL' | 'FULL';
  readonly retention?: {
    /** Documents older than this are taken out. */
    readonly ageMillis?: number;
    /** Beyond this the oldest are taken out. */
    readonly bytesMax?: number;
  };
  /** Told why retention could not be kept. It is tried again half a minute later; without it nobody is told. */
  readonly onSweepFailed?: (error: unknown) => void;
  /** Told how far a store of an older layout is on its way to that of now, before `open` resolves: that takes minutes for millions of documents. */
  readonly onUpgrade?: OnUpgrade;
}

const HALF_PAIR = /\\u[dD][89a-fA-F]/;

/** JSON in which every text is well-formed, as indexes and other stores have it; or why there is none. */
function encoded(document: Document): { readonly body: string } | { readonly fault: string } {
  try {
    const text = JSON.stringify(document);
    const body = HALF_PAIR.test(text)
      ? JSON.stringify(document, (_, value: unknown) =>
          typeof value === 'string' ? value.toWellFormed() : value,
        )
      : text;
    if (body.length <= DOCUMENT_CHARACTERS_MAX) return { body };
    return { fault: `it is longer than ${DOCUMENT_CHARACTERS_MAX} characters` };
  } catch (error) {
    // Deeper than the stack, or no JSON: one such record is not to hold up those behind it.
    return { fault: `it is no JSON: ${String(error)}` };
  }
}

const decoded = ({ id, body }: EncodedDocument): StoredDocument => ({
  id,
  document: JSON.parse(body) as Document,
});

export class SqliteStore implements EventStore {
  readonly kind = 'sqlite';
  readonly #writer: StoreThread | null;
  readonly #reader: StoreThread;
  readonly #counters: readonly StoreThread[];
  readonly #path: string;
  readonly #retention: NonNullable<SqliteOptions['retention']>;
  readonly #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<number> | null = null;

  private constructor(options: SqliteOptions) {
    const {
      path,
      readOnly = false,
      synchronous = 'NORMAL',
      retention = {},
      onSweepFailed,
      onUpgrade,
    } = options;
    const settings = (role: WorkerSettings['role']): WorkerSettings => ({
      role,
      path,
      readOnly,
      synchronous,
    });
    this.#path = path;
    this.#retention = retention;
    this.#writer = readOnly ? null : new StoreThread(settings('writer'), APPENDS_WAITING_MAX, onUpgrade);
    this.#reader = new StoreThread(settings('reader'), READS_WAITING_MAX);
    this.#counters = Array.from(
      { length: COUNTERS },
      () => new StoreThread(settings('reader'), READS_WAITING_MAX),
    );
    if (readOnly || (retention.ageMillis === undefined && retention.bytesMax === undefined)) return;
    this.#timer = setInterval(() => {
      // The next round tries again.
      this.sweep().catch((error: unknown) => onSweepFailed?.(error));
    }, SWEEP_INTERVAL_MILLIS).unref();
  }

  /** @throws HubError STORE_FILE, STORE_UNAVAILABLE */
  static async open(options: SqliteOptions): Promise<SqliteStore> {
    if (options.readOnly !== true) makeFile(options.path);
    const store = new SqliteStore(options);
    try {
      await store.#writer?.call('append', []);
      await store.stats();
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  async append(records: readonly SpoolRecord[]): Promise<readonly AppendOutcome[]> {
    if (this.#writer === null) throw this.#unavailable('it was opened for reading only');
    const outcomes: AppendOutcome[] = [];
    const rows: EncodedRecord[] = [];
    const places: number[] = [];
    for (const [place, { dataSet, id, document }] of records.entries()) {
      const made = encoded(document);
      if ('fault' in made) {
        outcomes[place] = { kind: 'refused', reason: made.fault };
      } else {
        rows.push({ dataSet, id, body: made.body });
        places.push(place);
      }
    }
    const answered = await this.#writer.call('append', rows);
    for (const [index, outcome] of answered.entries()) outcomes[places[index] ?? 0] = outcome;
    return outcomes;
  }

  async search(request: SearchRequest): Promise<Page> {
    const { documents, cursor } = await this.#reader.call('search', request);
    return { documents: documents.map(decoded), cursor };
  }

  async arrivals(request: ArrivalsRequest): Promise<Arrivals> {
    const { documents, place, more } = await this.#reader.call('arrivals', request);
    return { documents: documents.map(decoded), place, more };
  }

  count(selection: Selection): Promise<number> {
    return this.#counter().call('count', selection);
  }

  aggregate(request: AggregateRequest): Promise<Buckets> {
    return this.#counter().call('aggregate', request);
  }

  async get(dataSet: DataSet, id: string): Promise<StoredDocument | null> {
    const found = await this.#reader.call('get', { dataSet, id });
    return found === null ? null : decoded(found);
  }

  stats(): Promise<StoreStats> {
    return this.#counter().call('stats', null);
  }

  /** Takes out what retention does not keep, in small steps between batches; how many documents. One at a time. */
  sweep(now: number = Date.now()): Promise<number> {
    this.#sweeping ??= this.#sweep(now).finally(() => {
      this.#sweeping = null;
    });
    return this.#sweeping;
  }

  async #sweep(now: number): Promise<number> {
    const { ageMillis, bytesMax = null } = this.#retention;
    const before = ageMillis === undefined ? null : now - ageMillis;
    let total = 0;
    for (;;) {
      if (this.#writer === null) return total;
      const { deleted, more } = await this.#writer.call('sweep', { before, bytesMax });
      total += deleted;
      if (!more) return total;
    }
  }

  /** The one that has least to do. */
  #counter(): StoreThread {
    return this.#counters.reduce((least, each) => (each.waiting < least.waiting ? each : least));
  }

  #unavailable(reason: string): HubError {
    return new HubError('STORE_UNAVAILABLE', { store: this.#path, reason });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    // Whoever asked for it is told; what it has not taken out, the next one does.
    await this.#sweeping?.catch(() => undefined);
    await Promise.all([this.#reader.close(), ...this.#counters.map((each) => each.close())]);
    await this.#writer?.close();
  }
}

/** Events are nobody's business but this user's; SQLite gives its other files the mode of the first. */
function makeFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HubError('STORE_FILE', { path, reason }, error);
  }
}
