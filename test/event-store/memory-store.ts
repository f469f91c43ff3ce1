/**
 * The contract of stores in its plainest form: documents in a map, each request answered by looking at all of them. Other stores are
 * compared with it; it is held to the contract itself.
 */
import {
  type AggregateRequest,
  type AppendOutcome,
  type Bucket,
  type Buckets,
  type CursorKey,
  canonicalAddress,
  checkAggregate,
  checkBuckets,
  checkSearch,
  checkSelection,
  comparable,
  compareText,
  compareValues,
  decodeCursor,
  type EventStore,
  encodeCursor,
  isKeyOf,
  jsonAt,
  type Metric,
  matcher,
  type Page,
  type QueryField,
  type QueryValue,
  recordFault,
  type SearchRequest,
  type Selection,
  type Sort,
  type StoredDocument,
  type StoreStats,
  valuesAt,
} from '@sluice/hub';
import type { DataSet, Document, Json, SpoolRecord } from '@sluice/spool';

const TIME: QueryField = { path: '@timestamp', type: 'date' };

const timeOf = (document: Document): number => Number(valuesAt(document, TIME)[0]);

/** A value as buckets show it: dates in milliseconds, addresses in one form, texts well-formed. */
function shownValues(document: Document, field: QueryField): readonly QueryValue[] {
  const values =
    field.type === 'ip'
      ? jsonAt(document, field.path).map((value) => canonicalAddress(String(value)) ?? '')
      : valuesAt(document, field);
  return [...new Set(values)];
}

/** Addresses by their bytes, so by another form than is shown. */
const compareKeys = ({ type }: QueryField, a: QueryValue, b: QueryValue): number =>
  type === 'ip' ? compareValues(comparable(a, type) ?? '', comparable(b, type) ?? '') : compareValues(a, b);

/** What a document is sorted by: its least value where the order rises, its greatest where it falls. */
function sortKey(document: Document, field: QueryField, order: Sort['order']): QueryValue | null {
  const values = valuesAt(document, field).toSorted(compareValues);
  return (order === 'asc' ? values[0] : values.at(-1)) ?? null;
}

interface Place {
  readonly key: QueryValue | null;
  readonly id: string;
}

/** Documents without the field come last in either order; equal ones by their ids, rising. */
function comparePlaces(a: Place, b: Place, order: Sort['order']): number {
  if (a.key === null || b.key === null) {
    return a.key === b.key ? compareText(a.id, b.id) : a.key === null ? 1 : -1;
  }
  const byKey = compareValues(a.key, b.key);
  return byKey === 0 ? compareText(a.id, b.id) : order === 'asc' ? byKey : -byKey;
}

function metricOf(kind: Metric, numbers: readonly number[]): number | null {
  if (numbers.length === 0) return null;
  const sum = numbers.reduce((total, each) => total + each, 0);
  if (kind === 'avg') return sum / numbers.length;
  if (kind === 'sum') return sum;
  return kind === 'min' ? numbers.reduce((a, b) => Math.min(a, b)) : numbers.reduce((a, b) => Math.max(a, b));
}

const combinations = (lists: readonly (readonly QueryValue[])[]): readonly (readonly QueryValue[])[] =>
  lists.reduce<readonly (readonly QueryValue[])[]>(
    (heads, list) => heads.flatMap((head) => list.map((value) => [...head, value])),
    [[]],
  );

export class MemoryStore implements EventStore {
  readonly kind = 'sqlite';
  readonly #sets: Readonly<Record<DataSet, Map<string, Document>>> = {
    waf: new Map(),
    l7: new Map(),
    alert: new Map(),
  };

  append(records: readonly SpoolRecord[]): Promise<readonly AppendOutcome[]> {
    return Promise.resolve(
      records.map((record): AppendOutcome => {
        const fault = recordFault(record, () => undefined);
        if (fault !== null) return { kind: 'refused', reason: fault };
        const documents = this.#sets[record.dataSet];
        if (documents.has(record.id)) return { kind: 'duplicate' };
        documents.set(record.id, JSON.parse(JSON.stringify(record.document)) as Document);
        return { kind: 'stored' };
      }),
    );
  }

  #selected({ dataSet, query, from, to }: Selection): readonly StoredDocument[] {
    const isMatch = matcher(query);
    return [...this.#sets[dataSet]]
      .filter(([, document]) => {
        const time = timeOf(document);
        return (from === undefined || time >= from) && (to === undefined || time < to) && isMatch(document);
      })
      .map(([id, document]) => ({ id, document }));
  }

  async search(request: SearchRequest): Promise<Page> {
    const { field, order } = checkSearch(request);
    const place = ({ id, document }: StoredDocument): Place => ({ key: sortKey(document, field, order), id });
    const sorted = this.#selected(request).toSorted((a, b) => comparePlaces(place(a), place(b), order));
    const fits = ([key = null, id, ...more]: readonly CursorKey[]): boolean =>
      typeof id === 'string' &&
      more.length === 0 &&
      (key === null || field.type === 'ip' || isKeyOf(field.type, key));
    const [key = null, id] = request.cursor === undefined ? [] : decodeCursor(request.cursor, fits);
    const rest =
      typeof id === 'string'
        ? sorted.filter((each) => comparePlaces(place(each), { key, id }, order) > 0)
        : sorted;
    const documents = rest.slice(0, request.size);
    const last = documents.at(-1);
    const more = last !== undefined && rest.length > documents.length;
    return { documents, cursor: more ? encodeCursor([place(last).key, last.id]) : null };
  }

  async count(selection: Selection): Promise<number> {
    checkSelection(selection);
    return this.#selected(selection).length;
  }

  async aggregate(request: AggregateRequest): Promise<Buckets> {
    const { fields, metric } = checkAggregate(request);
    const groups = new Map<string, { readonly key: readonly QueryValue[]; readonly documents: Document[] }>();
    for (const { document } of this.#selected(request)) {
      const lists =
        request.kind === 'date_histogram'
          ? [[Math.floor(timeOf(document) / request.intervalMillis) * request.intervalMillis]]
          : fields.map((field) => shownValues(document, field));
      for (const key of combinations(lists)) {
        const name = JSON.stringify(key);
        const group = groups.get(name) ?? { key, documents: [] };
        group.documents.push(document);
        groups.set(name, group);
      }
    }
    const kind = request.metric?.kind;
    const buckets = [...groups.values()].map(({ key, documents }): Bucket => {
      const numbers = metric === null ? [] : documents.flatMap((each) => valuesAt(each, metric).map(Number));
      return { key, count: documents.length, metric: kind === undefined ? null : metricOf(kind, numbers) };
    });
    return this.#ordered(request, fields, buckets);
  }

  #ordered(request: AggregateRequest, fields: readonly QueryField[], buckets: readonly Bucket[]): Buckets {
    const byKey = (a: readonly CursorKey[], b: readonly CursorKey[]): number => {
      for (const [index, field] of fields.entries()) {
        const order = compareKeys(field, a[index] ?? '', b[index] ?? '');
        if (order !== 0) return order;
      }
      return 0;
    };
    const sorted = buckets.toSorted((a, b) => byKey(a.key, b.key));
    if (request.kind === 'terms') {
      const common = sorted.toSorted((a, b) => b.count - a.count || byKey(a.key, b.key));
      return { buckets: common.slice(0, request.size), cursor: null };
    }
    if (request.kind === 'date_histogram')
      return { buckets: filled(sorted, request.intervalMillis), cursor: null };
    const fits = (keys: readonly CursorKey[]): boolean =>
      keys.length === fields.length && fields.every(({ type }, index) => isKeyOf(type, keys[index] ?? null));
    const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, fits);
    const rest = after === undefined ? sorted : sorted.filter(({ key }) => byKey(key, after) > 0);
    const page = rest.slice(0, request.size);
    const last = page.at(-1);
    return {
      buckets: page,
      cursor: last !== undefined && rest.length > page.length ? encodeCursor(last.key) : null,
    };
  }

  get(dataSet: DataSet, id: string): Promise<StoredDocument | null> {
    const document = this.#sets[dataSet].get(id);
    return Promise.resolve(document === undefined ? null : { id, document });
  }

  stats(): Promise<StoreStats> {
    const { waf, l7, alert } = this.#sets;
    const all = [...waf.values(), ...l7.values(), ...alert.values()];
    const times = all.map(timeOf);
    return Promise.resolve({
      documents: { waf: waf.size, l7: l7.size, alert: alert.size },
      bytes: JSON.stringify(all as Json).length,
      oldest: times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b)),
      newest: times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b)),
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function filled(buckets: readonly Bucket[], intervalMillis: number): readonly Bucket[] {
  const first = Number(buckets[0]?.key[0] ?? 0);
  const last = Number(buckets.at(-1)?.key[0] ?? 0);
  if (buckets.length === 0) return [];
  checkBuckets(first, last, intervalMillis);
  const byTime = new Map(buckets.map((bucket) => [bucket.key[0], bucket]));
  const all: Bucket[] = [];
  for (let at = first; at <= last; at += intervalMillis) {
    all.push(byTime.get(at) ?? { key: [at], count: 0, metric: null });
  }
  return all;
}
