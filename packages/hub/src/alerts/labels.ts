/** Labels of both ends of a finding whose documents know none: documents of `l7` have namespace, pod and owner alone. */
import type { Query } from '../query/tree.ts';
import { jsonAt } from '../query/values.ts';
import type { EventStore } from '../store/event-store.ts';
import { type AlertDefinition, scoped } from './definition.ts';
import type { Window } from './groups.ts';
import type { InstanceEnd, InstanceSample } from './instance.ts';

/** Those of the newest event of the same workload in that time, among what the alert may see. @throws HubError STORE_UNAVAILABLE, STORE_REFUSED */
export async function withLabels(
  sample: InstanceSample,
  store: EventStore,
  window: Window,
  { namespace }: Pick<AlertDefinition, 'namespace'>,
): Promise<InstanceSample> {
  const ask = (name: 'source' | 'destination'): Promise<InstanceEnd> =>
    labelled(name, sample[name], { store, window, namespace });
  const [source, destination] = await Promise.all([ask('source'), ask('destination')]);
  return { ...sample, source, destination };
}

interface LabelParts {
  readonly store: EventStore;
  readonly window: Window;
  /** Of the alert; null: it sees all. */
  readonly namespace: string | null;
}

async function labelled(
  name: 'source' | 'destination',
  end: InstanceEnd,
  { store, window: { from, to }, namespace: seen }: LabelParts,
): Promise<InstanceEnd> {
  const { namespace, owner, labels } = end;
  if (labels.length > 0 || namespace === null || owner === null) return end;
  const is = (field: string, value: string): Query => ({
    kind: 'compare',
    field: { path: `waf.${name}.${field}`, type: 'keyword' },
    operator: '=',
    value,
  });
  const ofWorkload: Query = { kind: 'and', of: [is('namespace', namespace), is('owner', owner)] };
  const query = scoped(ofWorkload, 'waf', seen ?? undefined);
  const { documents } = await store.search({ dataSet: 'waf', query, from, to, size: 1 });
  const found = documents.flatMap(({ document }) => jsonAt(document, `waf.${name}.labels`));
  return { ...end, labels: found.filter((each) => typeof each === 'string') };
}
