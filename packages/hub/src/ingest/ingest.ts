/** The one way into the store, for nodes and for spools of this machine: stores, counts, and tells those who follow. */
import type { DataSet, Document, SpoolRecord } from '@sluice/spool';
import { HubError } from '../errors.ts';
import type { AppendOutcome, EventStore, StoredDocument } from '../store/event-store.ts';
import type { Read } from './batch.ts';
import type { Nodes } from './nodes.ts';
import { ownRecord } from './own-events.ts';

/** Told of each document that is new in the store. */
export type Follower = (dataSet: DataSet, stored: StoredDocument) => void;

export interface IngestCounts {
  stored(dataSet: DataSet): void;
  duplicate(dataSet: DataSet): void;
  refused(): void;
}

export interface IngestParts {
  readonly store: EventStore;
  readonly nodes: Nodes;
  readonly counts: IngestCounts;
  readonly follower: Follower;
  /** Told the time of the oldest document of a batch that is in the store, before who sent it is answered. */
  readonly arrived: (oldest: number) => void;
  /** Whether records that are refused for good become an event, for alerts. */
  readonly tellsRefused: boolean;
  /** Told the code of what went wrong beside a batch. */
  readonly onFailure: (code: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class Ingest {
  readonly #parts: IngestParts;

  constructor(parts: IngestParts) {
    this.#parts = parts;
  }

  /**
   * One outcome for each, in their order; resolves when they survive the death of this process.
   * @param node who delivers, as the hub knows it; null for a spool of this machine
   * @throws HubError STORE_UNAVAILABLE, HUB_FAILED
   */
  async append(read: readonly Read[], node: string | null): Promise<readonly AppendOutcome[]> {
    const good = read.flatMap((each) => ('refused' in each ? [] : [named(each, node)]));
    const answers = good.length === 0 ? [] : await this.#parts.store.append(good);
    if (answers.length !== good.length) {
      const reason = `the store answered for ${answers.length} of ${good.length} records`;
      throw new HubError('HUB_FAILED', { reason });
    }
    let next = 0;
    const outcomes = read.map((each): AppendOutcome => {
      if ('refused' in each) return { kind: 'refused', reason: each.refused };
      return answers[next++] as AppendOutcome;
    });
    this.#count(read, outcomes, node);
    this.#tellArrival(good);
    await this.#tellRefused(outcomes, node);
    for (const [index, { dataSet, id, document }] of good.entries()) {
      if (answers[index]?.kind === 'stored') this.#parts.follower(dataSet, { id, document });
    }
    return outcomes;
  }

  /** A record that is refused for good is a dead letter of who sent it. */
  async #tellRefused(outcomes: readonly AppendOutcome[], node: string | null): Promise<void> {
    const refused = outcomes.filter((outcome) => outcome.kind === 'refused');
    const [first] = refused;
    const { store, onFailure, now, tellsRefused } = this.#parts;
    if (first === undefined || !tellsRefused) return;
    const subject = node ?? 'a spool of the hub';
    const reason = `${refused.length} of ${outcomes.length} records of ${subject} are refused: ${first.reason}`;
    // Of spools that the hub reads itself it is the node.
    const observer = node ?? 'hub';
    try {
      await store.append([ownRecord({ action: 'dead-letters', subject, reason, at: now(), observer })]);
    } catch (error) {
      // What was delivered is in the store: nobody is to send it again for this.
      onFailure(error instanceof HubError ? error.code : 'HUB_FAILED');
    }
  }

  /** Duplicates as well: a hub that died before it could tell is sent them again. */
  #tellArrival(good: readonly SpoolRecord[]): void {
    const times = good.map(({ document }) => Date.parse(String(document['@timestamp'])));
    const oldest = times.filter(Number.isFinite).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    if (Number.isFinite(oldest)) this.#parts.arrived(oldest);
  }

  #count(read: readonly Read[], outcomes: readonly AppendOutcome[], node: string | null): void {
    const { counts, nodes } = this.#parts;
    const sum = { stored: 0, duplicates: 0, refused: 0, newest: Number.NEGATIVE_INFINITY };
    for (const [index, each] of read.entries()) {
      const kind = outcomes[index]?.kind;
      if ('refused' in each || kind === 'refused') {
        sum.refused += 1;
        counts.refused();
        continue;
      }
      sum.newest = Math.max(sum.newest, Date.parse(String(each.document['@timestamp'])));
      if (kind === 'duplicate') {
        sum.duplicates += 1;
        counts.duplicate(each.dataSet);
      } else {
        sum.stored += 1;
        counts.stored(each.dataSet);
      }
    }
    if (node !== null) nodes.delivered(node, sum);
  }
}

/** What the document says of itself the node says; who delivered it, the hub. */
function named(record: SpoolRecord, node: string | null): SpoolRecord {
  if (node === null) return record;
  const { observer } = record.document;
  const known = typeof observer === 'object' && observer !== null && !Array.isArray(observer) ? observer : {};
  const document: Document = { ...record.document, observer: { ...known, name: node } };
  return { ...record, document };
}
