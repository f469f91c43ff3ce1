/**
 * An alert as people write it: the spec of Calico's GlobalAlert (projectcalico.org/v3), with its rules in its words, and what
 * Sluice adds to it.
 */
import type { DataSet, Schema } from '@sluice/spool';
import { z } from 'zod';
import { HubError } from '../errors.ts';
import { findField, nearField } from '../query/fields.ts';
import { parseQuery } from '../query/parse.ts';
import type { Query, QueryField } from '../query/tree.ts';
import { COMPOSITE_FIELDS_MAX } from '../store/limits.ts';
import { schemaOf } from '../store/schemas.ts';
import { parseGoDuration } from './go-duration.ts';
import { ALERT_LIMITS } from './limits.ts';
import { templateFields } from './template.ts';

const duration = (leastMillis: number) =>
  z.string().transform((text, context) => {
    const millis = parseGoDuration(text);
    if (millis !== null && millis >= leastMillis) return millis;
    const least = leastMillis === 0 ? '' : `, of at least ${leastMillis / 60_000} minute`;
    const message = `a duration such as 5m or 1h30m${least}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** `distinct` is ours: how many values of the field there are. */
const METRICS = ['avg', 'max', 'min', 'sum', 'count', 'distinct'] as const;
export const CONDITIONS = ['eq', 'not_eq', 'gt', 'gte', 'lt', 'lte'] as const;
export type AlertCondition = (typeof CONDITIONS)[number];

/** Data sets of GlobalAlert. Those that Sluice does not have are told from those that nobody has. */
const DATA_SETS = ['flows', 'dns', 'audit', 'l7', 'waf', 'vulnerability'] as const;
const OWN: readonly string[] = ['waf', 'l7'] satisfies readonly DataSet[];
export type AlertDataSet = Extract<DataSet, 'waf' | 'l7'>;

const name = z.string().min(1).max(ALERT_LIMITS.nameCharactersMax);
const text = z.string().max(ALERT_LIMITS.textCharactersMax);

const substitution = z.strictObject({
  name,
  values: z.array(text).max(ALERT_LIMITS.substitutionValuesMax).default([]),
});

/** A list; Calico's documents have a text for a list of one. */
const fields = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value))
  .pipe(z.array(name).max(ALERT_LIMITS.aggregateByMax));

const quarantine = z.strictObject({
  automatic: z.enum(['Propose', 'Act']).optional(),
  expirySeconds: z.int().min(60).max(ALERT_LIMITS.quarantineSecondsMax).optional(),
});

const action = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Notify'), notify: z.strictObject({ receiver: name }) }),
  z.strictObject({ type: z.literal('Quarantine'), quarantine: quarantine.optional() }),
]);

/** Calico's documentation says 1 to 100, its definition nothing: what is beyond is taken as the nearest. */
const severity = z.int().transform((value) => Math.min(Math.max(value, 1), ALERT_LIMITS.severityMax));

export const alertSpecSchema = z
  .strictObject({
    type: z.enum(['RuleBased']).default('RuleBased'),
    description: text.min(1),
    summary: text.optional(),
    severity,
    dataSet: z.enum(DATA_SETS).optional(),
    period: duration(ALERT_LIMITS.periodMillisMin).prefault('5m'),
    lookback: duration(ALERT_LIMITS.periodMillisMin).prefault('10m'),
    query: z.string().default(''),
    aggregateBy: fields.default([]),
    metric: z.enum(METRICS).optional(),
    field: z.string().max(256).optional(),
    condition: z.enum(CONDITIONS).optional(),
    threshold: z.number().optional(),
    substitutions: z.array(substitution).max(ALERT_LIMITS.substitutionsMax).default([]),
    /** How many times its value in the time before, as long as the lookback, the value must be. */
    rise: z.number().positive().max(ALERT_LIMITS.riseMax).optional(),
    /** Fields by whose values two findings are the same one. */
    key: fields.optional(),
    /** Time from a notification on a key to the next one on the same. */
    cooldown: duration(0).prefault('0'),
    /** Who is asked about it. */
    owner: text.optional(),
    actions: z.array(action).max(ALERT_LIMITS.actionsMax).default([]),
  })
  .superRefine((spec, context) => {
    for (const message of refusals(spec)) context.addIssue({ code: 'custom', message });
  });

type Spec = z.output<typeof alertSpecSchema>;
export type AlertAction = z.output<typeof action>;

interface Rules {
  readonly dataSet?: string | undefined;
  readonly metric?: string | undefined;
  readonly field?: string | undefined;
  readonly condition?: string | undefined;
  readonly substitutions: readonly { readonly name: string }[];
}

/** What the CRD of GlobalAlert refuses, in its words (its validation rules in CEL). */
function refusals({ dataSet, metric, field, condition, substitutions }: Rules): readonly string[] {
  const found: string[] = [];
  if (field !== undefined && metric === undefined) found.push('field without metric is invalid');
  if (field !== undefined && metric === 'count') found.push('count metric cannot be applied to a field');
  if (field === undefined && metric !== undefined && metric !== 'count') {
    found.push('non-count metrics require a field');
  }
  if (metric !== undefined && condition === undefined) found.push('metrics require a condition');
  if (dataSet === undefined) found.push('dataSet is required for RuleBased alerts');
  else if (!OWN.includes(dataSet)) found.push(`Sluice has no data set ${dataSet}: it has waf and l7`);
  const names = substitutions.map((each) => each.name);
  if (new Set(names).size < names.length) found.push('names of substitutions are unique');
  return found;
}

export interface AlertMetric {
  readonly kind: Exclude<(typeof METRICS)[number], 'count'>;
  readonly field: QueryField;
}

/** Read, checked and ready to be evaluated. Times in milliseconds. */
export interface AlertDefinition {
  readonly name: string;
  /** It sees requests to this namespace and from it; null: all. */
  readonly namespace: string | null;
  readonly description: string;
  readonly summary: string;
  readonly severity: number;
  readonly dataSet: AlertDataSet;
  readonly period: number;
  readonly lookback: number;
  /** As it is written. */
  readonly queryText: string;
  readonly query: Query;
  readonly aggregateBy: readonly QueryField[];
  /** Fields by whose values two findings are the same one. */
  readonly key: readonly QueryField[];
  /** Null: documents are counted. */
  readonly metric: AlertMetric | null;
  /** Of the spec, `count` included; null where it names none. */
  readonly metricName: string | null;
  readonly condition: { readonly kind: AlertCondition; readonly threshold: number } | null;
  /** Null: whatever it was before. */
  readonly rise: number | null;
  readonly cooldown: number;
  readonly owner: string | null;
  /** Names of the receivers that are told; null for all. */
  readonly receivers: readonly string[] | null;
  readonly quarantine: z.output<typeof quarantine> | null;
}

export interface DefineOptions {
  /** What it may see: requests to and from this namespace; all where absent. */
  readonly namespace?: string;
}

/** @throws HubError ALERT_INVALID with each field and its fault, QUERY_SYNTAX */
export function defineAlert(
  alertName: string,
  spec: unknown,
  { namespace }: DefineOptions = {},
): AlertDefinition {
  const read = readSpec(alertName, spec);
  const dataSet: AlertDataSet = read.dataSet === 'l7' ? 'l7' : 'waf';
  const schema = schemaOf(dataSet);
  const named = (paths: readonly string[], place: string): readonly QueryField[] =>
    paths.map((path) => fieldAt(alertName, schema, path, place));
  const aggregateBy = named(read.aggregateBy, 'aggregateBy');
  const { description, summary = description, metric, condition, threshold = 0, owner } = read;
  const key = read.key === undefined ? defaultKey(read, dataSet, aggregateBy) : named(read.key, 'key');
  const metricName = metric ?? null;
  const ofMetric = metricOf(alertName, schema, read);
  checkFields(alertName, aggregateBy, [...key, ...(ofMetric?.kind === 'distinct' ? [ofMetric.field] : [])]);
  checkTemplates(alertName, { description, summary }, [
    ...[...aggregateBy, ...key].map(({ path }) => path),
    ...new Set([metricName ?? 'count', 'count']),
  ]);
  return {
    ...{ name: alertName, namespace: namespace ?? null },
    ...{ description, summary, severity: read.severity, dataSet },
    ...{ period: read.period, lookback: read.lookback, cooldown: read.cooldown },
    ...{ queryText: read.query, query: scoped(queryOf(read, schema), dataSet, namespace) },
    ...{ aggregateBy, key, metric: ofMetric, metricName },
    condition: condition === undefined ? null : { kind: condition, threshold },
    rise: read.rise ?? null,
    owner: owner ?? null,
    ...actionsOf(read.actions),
  };
}

function readSpec(alert: string, spec: unknown): Spec {
  const result = alertSpecSchema.safeParse(spec);
  if (result.success) return result.data;
  const reason = result.error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`))
    .join('; ');
  throw invalid(alert, reason);
}

const queryOf = ({ query, substitutions }: Spec, schema: Schema): Query =>
  parseQuery(query, schema, {
    substitutions: new Map(substitutions.map(({ name: each, values }) => [each, values])),
  });

/** Who may write alerts in a namespace sees what concerns that namespace, and nothing of others. */
export function scoped(query: Query, dataSet: AlertDataSet, namespace: string | undefined): Query {
  if (namespace === undefined) return query;
  const is = (end: string): Query => ({
    kind: 'compare',
    field: { path: `${dataSet}.${end}.namespace`, type: 'keyword' },
    operator: '=',
    value: namespace,
  });
  return { kind: 'and', of: [{ kind: 'or', of: [is('destination'), is('source')] }, query] };
}

const workload = (dataSet: AlertDataSet): readonly QueryField[] =>
  ['namespace', 'owner'].map((name) => ({ path: `${dataSet}.destination.${name}`, type: 'keyword' }));

/** The workload and the values of aggregateBy. A metric over everything is about everything. */
function defaultKey(
  { aggregateBy, metric }: Spec,
  dataSet: AlertDataSet,
  fieldsOfGroups: readonly QueryField[],
): readonly QueryField[] {
  if (aggregateBy.length === 0) return metric === undefined ? workload(dataSet) : [];
  const more = workload(dataSet).filter(({ path }) => !aggregateBy.includes(path));
  const all = [...fieldsOfGroups, ...more];
  return all.length > COMPOSITE_FIELDS_MAX ? fieldsOfGroups : all;
}

/** Where one action is to notify, only those that are named are told. */
function actionsOf(actions: readonly AlertAction[]): Pick<AlertDefinition, 'receivers' | 'quarantine'> {
  const told = actions.filter((each) => each.type === 'Notify').map(({ notify }) => notify.receiver);
  const cut = actions.find((each) => each.type === 'Quarantine');
  return {
    receivers: told.length === 0 ? null : [...new Set(told)],
    quarantine: cut === undefined ? null : (cut.quarantine ?? {}),
  };
}

const invalid = (alert: string, reason: string): HubError => new HubError('ALERT_INVALID', { alert, reason });

function fieldAt(alert: string, schema: Schema, path: string, place: string): QueryField {
  const field = findField(schema, path);
  if (field === undefined) throw invalid(alert, `${place}: no field ${path}${nearField(schema, path)}`);
  return { path: field.path, type: field.type };
}

function metricOf(alert: string, schema: Schema, { metric, field: path = '' }: Spec): AlertMetric | null {
  if (metric === undefined || metric === 'count') return null;
  const field = fieldAt(alert, schema, path, 'field');
  if (metric !== 'distinct' && field.type !== 'long') throw invalid(alert, `field: ${path} is no number`);
  return { kind: metric, field };
}

/** They are asked for together. */
function checkFields(alert: string, aggregateBy: readonly QueryField[], more: readonly QueryField[]): void {
  const all = new Set([...aggregateBy, ...more].map(({ path }) => path));
  if (all.size <= COMPOSITE_FIELDS_MAX) return;
  throw invalid(alert, `aggregateBy, key and field name ${all.size} fields, at most ${COMPOSITE_FIELDS_MAX}`);
}

function checkTemplates(
  alert: string,
  templates: Readonly<Record<string, string>>,
  known: readonly string[],
): void {
  for (const [place, template] of Object.entries(templates)) {
    const strange = templateFields(template).find((each) => !known.includes(each));
    if (strange === undefined) continue;
    throw invalid(alert, `${place}: \${${strange}} is not known; these are: ${known.join(', ')}`);
  }
}
