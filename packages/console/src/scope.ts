/**
 * What somebody sees of the store: the documents of workloads in their namespaces, and nothing that could be counted beyond
 * them. A document is of the namespace of its destination; one without is of no namespace, and only who sees all sees it.
 */
import { type EventStore, fieldOf, matches, type Query, type Selection } from '@sluice/hub';
import { DATA_SETS, type DataSet } from '@sluice/spool';

const NAMESPACE_FIELDS: Readonly<Record<DataSet, string>> = {
  waf: 'waf.destination.namespace',
  l7: 'l7.destination.namespace',
  alert: 'alert.destination.namespace',
};

export function onlyOf(namespaces: readonly string[] | null, dataSet: DataSet): Query {
  if (namespaces === null) return { kind: 'all' };
  const field = fieldOf(dataSet, NAMESPACE_FIELDS[dataSet]);
  return {
    kind: 'or',
    of: namespaces.map((value) => ({ kind: 'compare', field, operator: '=', value })),
  };
}

/** The same store, through a window. */
export function scopedStore(store: EventStore, namespaces: readonly string[] | null): EventStore {
  if (namespaces === null) return store;
  const within = <T extends Selection>(asked: T): T => ({
    ...asked,
    query: { kind: 'and', of: [onlyOf(namespaces, asked.dataSet), asked.query] },
  });
  return {
    kind: store.kind,
    append: (records) => store.append(records),
    search: (request) => store.search(within(request)),
    count: (selection) => store.count(within(selection)),
    aggregate: (request) => store.aggregate(within(request)),
    get: async (dataSet, id) => {
      const found = await store.get(dataSet, id);
      if (found === null) return null;
      return matches(onlyOf(namespaces, dataSet), found.document) ? found : null;
    },
    stats: async () => {
      const counts = DATA_SETS.map(async (dataSet) => {
        const count = await store.count(within({ dataSet, query: { kind: 'all' } }));
        return [dataSet, count] as const;
      });
      const documents = Object.fromEntries(await Promise.all(counts)) as Record<DataSet, number>;
      return { documents, bytes: 0, oldest: null, newest: null };
    },
    // It is not theirs to close.
    close: () => Promise.resolve(),
  };
}
