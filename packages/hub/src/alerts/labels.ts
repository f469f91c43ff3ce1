/** Labels of both ends of a finding whose documents know none: documents of `l7` have namespace, pod and owner alone. */
import type { Query } from '../query/tree.ts';
import { jsonAt } from '../query/values.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Window } from './groups.ts';
import type { InstanceEnd, InstanceSample } from './instance.ts';

/** Those of the newest event of the same workload in that time. @throws HubError STORE_UNAVAILABLE, STORE_REFUSED */
export async function withLabels(
  sample: InstanceSample,
  store: EventStore,
  window: Window,
): Promise<InstanceSample> {
  const [source, destination] = await Promise.all([
    labelled('source', sample.source, store, window),
    labelled('destination', sample.destination, store, window),
  ]);
  return { ...sample, source, destination };
}

async function labelled(
  name: 'source' | 'destination',
  end: InstanceEnd,
  store: EventStore,
  { from, to }: Window,
): Promise<InstanceEnd> {
  const { namespace, owner, labels } = end;
  if (labels.length > 0 || namespace === null || owner === null) return end;
  const is = (field: string, value: string): Query => ({
    kind: 'compare',
    field: { path: `waf.${name}.${field}`, type: 'keyword' },
    operator: '=',
    value,
  });
  const query: Query = { kind: 'and', of: [is('namespace', namespace), is('owner', owner)] };
  const { documents } = await store.search({ dataSet: 'waf', query, from, to, size: 1 });
  const found = documents.flatMap(({ document }) => jsonAt(document, `waf.${name}.labels`));
  return { ...end, labels: found.filter((each) => typeof each === 'string') };
}
