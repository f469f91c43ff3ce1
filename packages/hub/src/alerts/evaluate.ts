/** What an alert finds in the store, at a time. */
import type { Document } from '@sluice/spool';
import type { Query, QueryField, QueryValue } from '../query/tree.ts';
import { jsonAt } from '../query/values.ts';
import type { EventStore } from '../store/event-store.ts';
import { BUCKETS_MAX } from '../store/limits.ts';
import type { AlertDefinition } from './definition.ts';
import { allBuckets, type Group, groupsOf, selectionOf, type Window } from './groups.ts';
import { ALERT_LIMITS } from './limits.ts';

export type { Window } from './groups.ts';

/** One thing that the alert is about. */
export interface Finding {
  /** Tells it from others of the same alert: values by field. */
  readonly key: Readonly<Record<string, QueryValue>>;
  /** Documents, in the time that was looked at. */
  readonly count: number;
  /** The metric's; the count where there is none. */
  readonly value: number;
  /** What its documents have in common, for asking for them again. */
  readonly query: Query;
}

export interface Findings {
  readonly findings: readonly Finding[];
  /** There were more keys than are told apart. */
  readonly truncated: boolean;
}

/**
 * The condition is asked of each group; what groups that meet it have is told apart by the key.
 * @throws HubError STORE_UNAVAILABLE, STORE_REFUSED
 */
export async function evaluate(
  definition: AlertDefinition,
  store: EventStore,
  window: Window,
): Promise<Findings> {
  const { groups, truncated } = await groupsOf(definition, store, window);
  const held = await risen(
    definition,
    store,
    window,
    groups.filter(({ value }) => holds(definition, value)),
  );
  if (held.length === 0) return { findings: [], truncated };
  const split = await splitByKey(definition, store, window, held);
  const findings = [...split.byKey.values()].slice(0, ALERT_LIMITS.findingsMax);
  return { findings, truncated: truncated || split.truncated || findings.length < split.byKey.size };
}

/** Without a condition whatever is there is enough. */
export function holds({ condition }: AlertDefinition, value: number): boolean {
  if (condition === null) return value > 0;
  const { kind, threshold } = condition;
  switch (kind) {
    case 'eq':
      return value === threshold;
    case 'not_eq':
      return value !== threshold;
    case 'gt':
      return value > threshold;
    case 'gte':
      return value >= threshold;
    case 'lt':
      return value < threshold;
    case 'lte':
      return value <= threshold;
  }
}

/** Those whose value is so many times that of the time before; what was not there then has risen. */
async function risen(
  definition: AlertDefinition,
  store: EventStore,
  { from, to }: Window,
  held: readonly Group[],
): Promise<readonly Group[]> {
  const { rise } = definition;
  if (rise === null || held.length === 0) return held;
  const { groups } = await groupsOf(definition, store, { from: from - (to - from), to: from });
  const before = new Map(groups.map(({ values, value }) => [JSON.stringify(values), value]));
  return held.filter(({ values, value }) => value >= rise * (before.get(JSON.stringify(values)) ?? 0));
}

interface Split {
  readonly byKey: ReadonlyMap<string, Finding>;
  readonly truncated: boolean;
}

async function splitByKey(
  definition: AlertDefinition,
  store: EventStore,
  window: Window,
  held: readonly Group[],
): Promise<Split> {
  const { aggregateBy, key, query } = definition;
  const found = new Collected(definition, held);
  const more = key.filter(({ path }) => aggregateBy.every((field) => field.path !== path));
  if (more.length === 0) {
    for (const group of held) found.add(aggregateBy, group.values, group.count);
    return { byKey: found.byKey, truncated: false };
  }
  const fields = [...aggregateBy, ...more];
  const { buckets, truncated } = await allBuckets(store, {
    ...selectionOf(definition, window),
    kind: 'composite',
    fields: fields.map(({ path }) => path),
    size: BUCKETS_MAX,
  });
  for (const bucket of buckets) found.add(fields, bucket.key, bucket.count);
  // Documents without one of these fields are in no bucket; what they have of the key is that of their group.
  const lack: Query = {
    kind: 'and',
    of: [query, { kind: 'not', of: { kind: 'and', of: more.map(isThere) } }],
  };
  const rest = await groupsOf({ ...definition, query: lack, metric: null }, store, window);
  for (const { values, count } of rest.groups) if (count > 0) found.add(aggregateBy, values, count, lack);
  // Nothing at all was enough for it, `lt 1`: then it is about nobody.
  if (found.byKey.size === 0) for (const { values } of held) found.add(aggregateBy, values, 0);
  return { byKey: found.byKey, truncated: truncated || rest.truncated };
}

/** Findings as they are put together, by their keys. */
class Collected {
  readonly byKey = new Map<string, Finding>();
  readonly #definition: AlertDefinition;
  readonly #held: ReadonlyMap<string, Group>;

  constructor(definition: AlertDefinition, held: readonly Group[]) {
    this.#definition = definition;
    this.#held = new Map(held.map((group) => [JSON.stringify(group.values), group]));
  }

  /** @param values of these fields, those of aggregateBy first; passed over where their group does not meet the condition */
  add(fields: readonly QueryField[], values: readonly QueryValue[], count: number, lack?: Query): void {
    const { aggregateBy, key, metric, query } = this.#definition;
    const group = this.#held.get(JSON.stringify(values.slice(0, aggregateBy.length)));
    if (group === undefined) return;
    const known = fields
      .map((field, index) => ({ field, value: values[index] ?? '' }))
      .filter(({ field }) => key.some(({ path }) => path === field.path));
    const own = Object.fromEntries(known.map(({ field, value }) => [field.path, value]));
    const text = JSON.stringify(own);
    const before = this.byKey.get(text);
    const value = metric === null ? count : group.value;
    const equal = known.map(
      ({ field, value: each }): Query => ({ kind: 'compare', field, operator: '=', value: each }),
    );
    this.byKey.set(text, {
      key: own,
      count: count + (before?.count ?? 0),
      value: merged(before?.value, value, metric === null),
      query: { kind: 'and', of: [lack ?? query, ...equal] },
    });
  }
}

const merged = (before: number | undefined, value: number, isCount: boolean): number =>
  before === undefined ? value : isCount ? before + value : Math.max(before, value);

/** A field of any type with a value. */
function isThere(field: QueryField): Query {
  const compare = (operator: '=' | '>=', value: QueryValue): Query => ({
    kind: 'compare',
    field,
    operator,
    value,
  });
  switch (field.type) {
    case 'keyword':
      return { kind: 'in', field, patterns: [[{ kind: 'any' }]] };
    case 'boolean':
      return { kind: 'or', of: [compare('=', true), compare('=', false)] };
    case 'ip':
      return compare('>=', '::');
    case 'long':
      return compare('>=', Number.MIN_SAFE_INTEGER);
    case 'date':
      return compare('>=', -8_640_000_000_000_000);
  }
}

/** The newest document of a finding; null where there is none. @throws HubError STORE_UNAVAILABLE */
export async function sampleOf(
  definition: AlertDefinition,
  store: EventStore,
  window: Window,
  { query }: Pick<Finding, 'query'>,
): Promise<{ readonly id: string; readonly document: Document } | null> {
  const { documents } = await store.search({ ...selectionOf({ ...definition, query }, window), size: 1 });
  return documents[0] ?? null;
}

/** A value of a document for people: the first one where there are several. */
export function textAt(document: Document, path: string): string | null {
  const [first] = jsonAt(document, path);
  return first === undefined || first === null || typeof first === 'object' ? null : String(first);
}
