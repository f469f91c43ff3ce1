/** From what a client asks to what a store understands. Whether fields and sizes are right, the store says. */
import { HubError } from '../errors.ts';
import { parseQuery } from '../query/parse.ts';
import type { AggregateRequest, Metric, SearchRequest, Selection } from '../store/event-store.ts';
import { schemaOf } from '../store/schemas.ts';
import type { AggregateInput, SearchInput, SelectionInput } from './requests.ts';

/** @throws HubError QUERY_SYNTAX */
export function selectionOf({ dataSet, query, from, to }: SelectionInput): Selection {
  const parsed = parseQuery(query, schemaOf(dataSet));
  const begin = from === undefined ? {} : { from };
  return { dataSet, query: parsed, ...begin, ...(to === undefined ? {} : { to }) };
}

/** @throws HubError QUERY_SYNTAX */
export function searchOf(input: SearchInput): SearchRequest {
  const { cursor, sort, size } = input;
  const [field, order] = halves(sort, sort.lastIndexOf(':'));
  const request = {
    ...selectionOf(input),
    sort: { field, order: order === 'asc' ? order : 'desc' },
    size,
  } as const;
  return cursor === undefined ? request : { ...request, cursor };
}

/** @throws HubError QUERY_SYNTAX, HUB_REQUEST */
export function aggregateOf(input: AggregateInput): AggregateRequest {
  const { kind, size, cursor } = input;
  const metric = input.metric === undefined ? {} : { metric: metricOf(input.metric) };
  const base = { ...selectionOf(input), ...metric };
  if (kind === 'terms') return { ...base, kind, field: needed(input, 'field'), size };
  if (kind === 'date_histogram') return { ...base, kind, intervalMillis: needed(input, 'intervalMillis') };
  const composite = { ...base, kind, fields: needed(input, 'fields'), size } as const;
  return cursor === undefined ? composite : { ...composite, cursor };
}

const METRICS: readonly Metric[] = ['avg', 'max', 'min', 'sum'];

function metricOf(text: string): { readonly kind: Metric; readonly field: string } {
  const [kind, field] = halves(text, text.indexOf(':'));
  const known = METRICS.find((each) => each === kind);
  if (known === undefined) throw new HubError('HUB_REQUEST', { reason: `there is no metric ${kind}` });
  return { kind: known, field };
}

const halves = (text: string, at: number): readonly [string, string] => [
  text.slice(0, at),
  text.slice(at + 1),
];

function needed<K extends 'field' | 'fields' | 'intervalMillis'>(
  input: AggregateInput,
  name: K,
): NonNullable<AggregateInput[K]> {
  const value = input[name];
  if (value === undefined) throw new HubError('HUB_REQUEST', { reason: `${input.kind} needs ${name}` });
  return value;
}
