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
import { schemaOf } from '../store/schemas.ts';
import { parseGoDuration } from './go-duration.ts';
import { ALERT_LIMITS } from './limits.ts';
import { templateFields } from './template.ts';

const duration = (leastMillis: number) =>
  z.string().transform((text, context) => {
    const millis = parseGoDuration(text);
    if (millis !== null && millis >= leastMillis) return millis;
    const message = `a duration such as 5m, of at least ${leastMillis / 60_000} minutes`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const METRICS = ['avg', 'max', 'min', 'sum', 'count'] as const;
export const CONDITIONS = ['eq', 'not_eq', 'gt', 'gte', 'lt', 'lte'] as const;
export type AlertCondition = (typeof CONDITIONS)[number];

/** Data sets of GlobalAlert. Those that Sluice does not have are told from those that nobody has. */
const DATA_SETS = ['flows', 'dns', 'audit', 'l7', 'waf', 'vulnerability'] as const;
const OWN: readonly string[] = ['waf', 'l7'] satisfies readonly DataSet[];

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

export const alertSpecSchema = z
  .strictObject({
    type: z.enum(['RuleBased']).default('RuleBased'),
    description: text.min(1),
    summary: text.optional(),
    severity: z.int().min(1).max(100),
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
    /** Time from a notification on a key to the next one on the same. */
    cooldown: duration(0).prefault('0'),
    /** Who is asked about it. */
    owner: text.optional(),
    /** Names of webhooks that are told; all where absent. */
    webhooks: z.array(name).optional(),
  })
  .superRefine((spec, context) => {
    for (const message of refusals(spec)) context.addIssue({ code: 'custom', message });
  });

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
  readonly kind: 'avg' | 'max' | 'min' | 'sum';
  readonly field: QueryField;
}

/** Read, checked and ready to be evaluated. Times in milliseconds. */
export interface AlertDefinition {
  readonly name: string;
  readonly description: string;
  readonly summary: string;
  readonly severity: number;
  readonly dataSet: DataSet;
  readonly period: number;
  readonly lookback: number;
  readonly query: Query;
  readonly aggregateBy: readonly QueryField[];
  /** Null: documents are counted. */
  readonly metric: AlertMetric | null;
  /** Whether the spec names a metric, `count` included. */
  readonly hasMetric: boolean;
  readonly metricName: string | null;
  readonly condition: { readonly kind: AlertCondition; readonly threshold: number } | null;
  readonly cooldown: number;
  readonly owner: string | null;
  readonly webhooks: readonly string[] | null;
}

/** @throws HubError ALERT_INVALID with each field and its fault, QUERY_SYNTAX */
export function defineAlert(alertName: string, spec: unknown): AlertDefinition {
  const result = alertSpecSchema.safeParse(spec);
  if (!result.success) {
    const reason = result.error.issues
      .map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`))
      .join('; ');
    throw invalid(alertName, reason);
  }
  const { dataSet, substitutions, metric, field, condition, threshold = 0, ...rest } = result.data;
  const own: DataSet = dataSet === 'l7' ? 'l7' : 'waf';
  const schema = schemaOf(own);
  const byName = new Map(substitutions.map(({ name: each, values }) => [each, values]));
  const aggregateBy = rest.aggregateBy.map((path) => fieldAt(alertName, schema, path, 'aggregateBy'));
  const metricName = metric ?? null;
  const { description, summary = description } = rest;
  checkTemplates(alertName, { description, summary }, [
    ...rest.aggregateBy,
    ...(metricName === null ? [] : [metricName]),
  ]);
  return {
    name: alertName,
    ...{ description, summary, severity: rest.severity, dataSet: own },
    ...{ period: rest.period, lookback: rest.lookback, cooldown: rest.cooldown },
    query: parseQuery(rest.query, schema, { substitutions: byName }),
    aggregateBy,
    metric: metric === undefined || metric === 'count' ? null : metricOf(alertName, schema, metric, field),
    hasMetric: metric !== undefined,
    metricName,
    condition: condition === undefined ? null : { kind: condition, threshold },
    owner: rest.owner ?? null,
    webhooks: rest.webhooks ?? null,
  };
}

const invalid = (alert: string, reason: string): HubError => new HubError('ALERT_INVALID', { alert, reason });

function fieldAt(alert: string, schema: Schema, path: string, place: string): QueryField {
  const field = findField(schema, path);
  if (field === undefined) throw invalid(alert, `${place}: no field ${path}${nearField(schema, path)}`);
  return { path: field.path, type: field.type };
}

function metricOf(
  alert: string,
  schema: Schema,
  kind: AlertMetric['kind'],
  path: string | undefined,
): AlertMetric {
  const field = fieldAt(alert, schema, path ?? '', 'field');
  if (field.type !== 'long') throw invalid(alert, `field: ${field.path} is no number`);
  return { kind, field };
}

function checkTemplates(
  alert: string,
  templates: Readonly<Record<string, string>>,
  known: readonly string[],
): void {
  for (const [place, template] of Object.entries(templates)) {
    const strange = templateFields(template).find((each) => !known.includes(each));
    if (strange === undefined) continue;
    const names = known.length === 0 ? 'none, as nothing is aggregated' : known.join(', ');
    throw invalid(alert, `${place}: \${${strange}} is not known; these are: ${names}`);
  }
}
