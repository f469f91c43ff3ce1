/** What is answered, as schemas: described by them, and checked with them by the client. */

import { DATA_SETS } from '@sluice/spool';
import { z } from 'zod';

const json: z.ZodType<import('@sluice/spool').Json> = z.json();

export const storedDocumentSchema = z.object({ id: z.string(), document: z.record(z.string(), json) });

export const pageSchema = z.object({
  documents: z.array(storedDocumentSchema),
  cursor: z.string().nullable().describe('For the next page; null at the end.'),
});

export const countAnswerSchema = z.object({ count: z.int() });

export const bucketsSchema = z.object({
  buckets: z.array(
    z.object({
      key: z.array(z.union([z.string(), z.number(), z.boolean()])).describe('A value for each field.'),
      count: z.int(),
      metric: z.number().nullable(),
    }),
  ),
  cursor: z.string().nullable().describe('For the next page of `composite`; null at the end.'),
});

const millis = z.number().describe('Milliseconds since the epoch.');

export const nodeSchema = z.object({
  node: z.string().describe('The common name of its certificate.'),
  lastBatchAt: millis,
  watermark: millis
    .nullable()
    .describe('Newest time of its documents, in milliseconds since the epoch: what it still has is younger.'),
  stored: z.int(),
  duplicates: z.int(),
  refused: z.int(),
});

export const storeStatsSchema = z.object({
  documents: z.record(z.enum(DATA_SETS), z.number()),
  bytes: z.number(),
  oldest: millis.nullable(),
  newest: millis.nullable(),
});

export const statsSchema = z.object({
  store: z.string().describe('Kind of the store behind the hub.'),
  stats: storeStatsSchema,
  nodes: z.array(nodeSchema).describe('Those that have delivered since the hub began.'),
});

export const outcomesSchema = z.object({
  outcomes: z
    .array(
      z.object({
        kind: z.enum(['stored', 'duplicate', 'refused']),
        reason: z.string().optional().describe('Of `refused`.'),
      }),
    )
    .describe('One for each record, in their order.'),
});

export const failureSchema = z.object({
  error: z.object({
    code: z.string().describe('As docs/errors.md lists it.'),
    message: z.string(),
    remedy: z.string(),
    details: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .describe('What the message is about: `column` of a query.'),
  }),
});
