/** Every address of the interface: method, path, and what goes in and comes out. */
import { RECORDS_PATH, RECORDS_TYPE } from '@sluice/shipper/hub-wire';
import { DATA_SETS } from '@sluice/spool';
import type { FastifySchema, HTTPMethods } from 'fastify';
import { z } from 'zod';
import {
  bucketsSchema,
  countAnswerSchema,
  failureSchema,
  outcomesSchema,
  pageSchema,
  statsSchema,
  storedDocumentSchema,
} from './answers.ts';
import {
  acknowledgedSchema,
  alertsSchema,
  deliveriesSchema,
  oneAlertSchema,
  previewSchema,
  silencedSchema,
} from './answers-alerts.ts';
import { aggregateSchema, countSchema, searchSchema, tailSchema } from './requests.ts';
import {
  acknowledgeSchema,
  deliveriesRequestSchema,
  previewRequestSchema,
  silenceSchema,
} from './requests-alerts.ts';

export interface Route {
  readonly method: HTTPMethods;
  readonly url: string;
  readonly schema: FastifySchema;
}

interface Words {
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly consumes?: readonly string[];
  readonly produces?: readonly string[];
}

const jsonOf = (schema: z.ZodType): object =>
  z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });

const answered = (schema: object | z.ZodType, description: string): object => ({
  200: { description, ...(schema instanceof z.ZodType ? jsonOf(schema) : schema) },
  default: { description: 'What went wrong.', ...jsonOf(failureSchema) },
});

const described = (words: Words, parts: object): FastifySchema => ({ ...words, ...parts }) as FastifySchema;

const QUERIES = ['queries'];

/** Asked by GET with a query string, or by POST with the same fields in a body. */
function both(url: string, summary: string, input: z.ZodType, answer: object): readonly [Route, Route] {
  const words = { summary, tags: QUERIES };
  return [
    { method: 'GET', url, schema: described(words, { querystring: jsonOf(input), response: answer }) },
    { method: 'POST', url, schema: described(words, { body: jsonOf(input), response: answer }) },
  ];
}

const ALERTS = ['alerts'];

/** A deed or a question, in a body. */
const posted = (url: string, words: Omit<Words, 'tags'>, input: z.ZodType, answer: object): Route => ({
  method: 'POST',
  url,
  schema: described({ ...words, tags: ALERTS }, { body: jsonOf(input), response: answer }),
});

const STREAMED = { type: 'string' };

const DOCUMENT_PARAMETERS = {
  type: 'object',
  required: ['dataSet', 'id'],
  properties: { dataSet: { type: 'string', enum: DATA_SETS }, id: { type: 'string' } },
};

export const ROUTES = {
  records: {
    method: 'POST',
    url: RECORDS_PATH,
    schema: described(
      {
        summary: 'Delivers records of a node',
        description:
          'For nodes, by the certificate of the connection. A record whose id is there already is a duplicate, which is ' +
          'success: what is sent twice is kept once. The body may be compressed (Content-Encoding: gzip).',
        tags: ['nodes'],
        consumes: [RECORDS_TYPE],
      },
      {
        body: {
          type: 'string',
          format: 'binary',
          description: 'msgpack: [1, [[dataSet, id, source, document], …]]',
        },
        response: answered(outcomesSchema, 'What became of each record.'),
      },
    ),
  },
  search: both(
    '/v1/events/search',
    'Finds documents',
    searchSchema,
    answered(pageSchema, 'A page of documents.'),
  ),
  count: both(
    '/v1/events/count',
    'Counts documents',
    countSchema,
    answered(countAnswerSchema, 'How many there are.'),
  ),
  aggregate: both(
    '/v1/events/aggregate',
    'Counts documents by values of fields, or by time',
    aggregateSchema,
    answered(bucketsSchema, 'Buckets.'),
  ),
  document: {
    method: 'GET',
    url: '/v1/events/:dataSet/:id',
    schema: described(
      { summary: 'One document', tags: QUERIES },
      { params: DOCUMENT_PARAMETERS, response: answered(storedDocumentSchema, 'The document.') },
    ),
  },
  stats: {
    method: 'GET',
    url: '/v1/stats',
    schema: described(
      { summary: 'What the store holds, and who delivers', tags: QUERIES },
      { response: answered(statsSchema, 'Store and nodes.') },
    ),
  },
  tail: {
    method: 'GET',
    url: '/v1/tail',
    schema: described(
      {
        summary: 'Follows documents as they come',
        description:
          'Server-sent events: `document` with id and document, `missed` with the number of documents that were left ' +
          'out because the client read too slowly. Documents that come through other hubs of the same store are not in it.',
        tags: QUERIES,
        produces: ['text/event-stream'],
      },
      { querystring: jsonOf(tailSchema), response: answered(STREAMED, 'Events.') },
    ),
  },
  alerts: {
    method: 'GET',
    url: '/v1/alerts',
    schema: described(
      { summary: 'All alerts, and what fires', tags: ALERTS },
      { response: answered(alertsSchema, 'Alerts.') },
    ),
  },
  alert: {
    method: 'GET',
    url: '/v1/alerts/one/:name',
    schema: described(
      { summary: 'One alert, with all that it has ever found', tags: ALERTS },
      {
        params: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
        response: answered(oneAlertSchema, 'The alert.'),
      },
    ),
  },
  deliveries: {
    method: 'GET',
    url: '/v1/alerts/deliveries',
    schema: described(
      { summary: 'Who was told, and who was not', tags: ALERTS },
      {
        querystring: jsonOf(deliveriesRequestSchema),
        response: answered(deliveriesSchema, 'The newest first.'),
      },
    ),
  },
  acknowledge: posted(
    '/v1/alerts/acknowledge',
    { summary: 'Says that somebody has seen what fires: nobody is told of it again while it does' },
    acknowledgeSchema,
    answered(acknowledgedSchema, 'How many.'),
  ),
  silence: posted(
    '/v1/alerts/silence',
    { summary: 'Lets nobody be told that it fires for a time: a whole alert, or one key of it' },
    silenceSchema,
    answered(silencedSchema, 'Until when.'),
  ),
  preview: posted(
    '/v1/alerts/preview',
    {
      summary: 'When an alert would have fired',
      description: 'Nothing is kept, and nobody is told. A day of evaluations by the minute at most.',
    },
    previewRequestSchema,
    answered(previewSchema, 'What would have fired.'),
  ),
} as const satisfies Record<string, Route | readonly Route[]>;
