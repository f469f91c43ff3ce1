/** What can be asked, as schemas: checked with them, described by them. Query strings and bodies have the same fields. */
import { DATA_SETS } from '@sluice/spool';
import { z } from 'zod';
import { HubError } from '../errors.ts';
import {
  BUCKETS_MAX,
  COMPOSITE_FIELDS_MAX,
  CURSOR_CHARACTERS_MAX,
  PAGE_DOCUMENTS_MAX,
} from '../store/limits.ts';

const FIELD_LENGTH_MAX = 512;

const field = z.string().min(1).max(FIELD_LENGTH_MAX);

export const time = z
  .union(
    [z.int(), z.iso.datetime({ offset: true })],
    'milliseconds since the epoch, or a time as 2026-11-23T07:00:00Z',
  )
  .transform((value) => (typeof value === 'number' ? value : Date.parse(value)));

const selection = {
  dataSet: z.enum(DATA_SETS).default('waf').describe('Kind of documents.'),
  query: z.string().default('').describe('Query in the language of GlobalAlert; empty: all documents.'),
  from: time.optional().describe('Begin of the time, included.'),
  to: time.optional().describe('End of the time, excluded.'),
};

const metric = z
  .string()
  .regex(/^(?:avg|max|min|sum):./, 'avg, max, min or sum, a colon and a field')
  .max(FIELD_LENGTH_MAX + 4);

const sort = z
  .string()
  .regex(/^.+:(?:asc|desc)$/, 'a field, a colon and asc or desc')
  .max(FIELD_LENGTH_MAX + 5);

export const countSchema = z.strictObject(selection);

export const tailSchema = z.strictObject({ dataSet: selection.dataSet, query: selection.query });

export const searchSchema = z.strictObject({
  ...selection,
  sort: sort
    .default('@timestamp:desc')
    .describe('Field and order; equal documents come in the order of their ids.'),
  size: z.int().min(1).max(PAGE_DOCUMENTS_MAX).default(100).describe('Documents of a page.'),
  cursor: z.string().max(CURSOR_CHARACTERS_MAX).optional().describe('Of the page before.'),
});

export const aggregateSchema = z.strictObject({
  ...selection,
  kind: z.enum(['terms', 'composite', 'date_histogram']),
  field: field.optional().describe('Of `terms`.'),
  fields: z.array(field).min(1).max(COMPOSITE_FIELDS_MAX).optional().describe('Of `composite`.'),
  intervalMillis: z.int().min(1).optional().describe('Of `date_histogram`.'),
  size: z
    .int()
    .min(1)
    .max(BUCKETS_MAX)
    .default(100)
    .describe('Buckets of `terms`, or of a page of `composite`.'),
  cursor: z.string().max(CURSOR_CHARACTERS_MAX).optional().describe('Of the page before of `composite`.'),
  metric: metric.optional().describe('A number of each bucket: `avg:waf.latency_us`.'),
});

export type SelectionInput = z.output<typeof countSchema>;
export type SearchInput = z.output<typeof searchSchema>;
export type AggregateInput = z.output<typeof aggregateSchema>;

/** @throws HubError HUB_REQUEST */
export function checked<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const reasons = result.error.issues.map(({ path, message }) => {
    const place = path.map(String).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  throw new HubError('HUB_REQUEST', { reason: reasons.join('; ') });
}

const NUMBERS: readonly string[] = ['size', 'intervalMillis', 'from', 'to'];

/** A query string as the body that says the same: numbers are numbers, `fields` are separated by commas. */
export function fromQueryString(parameters: unknown): unknown {
  if (typeof parameters !== 'object' || parameters === null) return parameters;
  const entries = Object.entries(parameters).map(([name, value]: [string, unknown]) => {
    if (typeof value !== 'string') return [name, value];
    if (NUMBERS.includes(name) && /^-?\d{1,16}$/.test(value)) return [name, Number(value)];
    return [name, name === 'fields' ? value.split(',') : value];
  });
  return Object.fromEntries(entries);
}
