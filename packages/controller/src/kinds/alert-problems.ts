/** What is wrong with an alert that its schema has taken: its query and its fields, by the schema of its data set. */
import { CodedError } from '@sluice/engine/coded-error';
import { findField, nearField } from '@sluice/hub/query/fields';
import { parseQuery } from '@sluice/hub/query/parse';
import { L7_SCHEMA, type Schema, WAF_SCHEMA } from '@sluice/spool';
import type { AlertSpec } from './objects.ts';
import type { SpecProblem } from './problems.ts';

const SCHEMAS = { waf: WAF_SCHEMA, l7: L7_SCHEMA } as const satisfies Record<AlertSpec['dataSet'], Schema>;

function queryProblems(
  { query = '', substitutions = [] }: AlertSpec,
  schema: Schema,
): readonly SpecProblem[] {
  const named = new Map(substitutions.map(({ name, values = [] }) => [name, values] as const));
  try {
    parseQuery(query, schema, { substitutions: named });
    return [];
  } catch (error) {
    if (error instanceof CodedError) return [{ path: 'spec.query', message: error.message }];
    throw error;
  }
}

export function alertProblems(spec: AlertSpec): readonly SpecProblem[] {
  const schema = SCHEMAS[spec.dataSet];
  const unknown = (path: string, name: string): readonly SpecProblem[] =>
    findField(schema, name) === undefined
      ? [{ path, message: `${spec.dataSet} has no field ${name}${nearField(schema, name)}` }]
      : [];
  return [
    ...queryProblems(spec, schema),
    ...(spec.aggregateBy ?? []).flatMap((name, index) => unknown(`spec.aggregateBy[${index}]`, name)),
    ...(spec.field === undefined ? [] : unknown('spec.field', spec.field)),
    ...(spec.key ?? []).flatMap((name, index) => unknown(`spec.key[${index}]`, name)),
  ];
}
