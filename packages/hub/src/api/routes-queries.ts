/** What can be asked of the documents. */
import { DATA_SETS, type DataSet } from '@sluice/spool';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HubError } from '../errors.ts';
import type { NodeState } from '../ingest/nodes.ts';
import type { HubLimits } from '../limits.ts';
import { matcher } from '../query/evaluate.ts';
import type { Query } from '../query/tree.ts';
import type { EventStore } from '../store/event-store.ts';
import { ID_CHARACTERS_MAX } from '../store/limits.ts';
import { aggregateOf, searchOf, selectionOf } from './ask.ts';
import { OPENAPI_PATH } from './openapi.ts';
import {
  aggregateSchema,
  checked,
  countSchema,
  fromQueryString,
  searchSchema,
  tailSchema,
} from './requests.ts';
import { ROUTES } from './routes.ts';
import { type Slots, withinTime } from './slots.ts';
import type { TailBoard } from './tail.ts';

/** What somebody who asks may see. */
export interface View {
  readonly store: EventStore;
  /** Of documents that come: the store keeps to it by itself. */
  readonly only: (dataSet: DataSet) => Query;
  readonly nodes: () => readonly NodeState[];
  /** Whether they still may: asked for as long as they follow. */
  readonly allowed: () => boolean;
}

export interface QueryParts {
  readonly viewOf: (request: FastifyRequest) => View;
  /** For what counts. */
  readonly slots: Slots;
  /** For what finds: a page of documents waits for no sum, nor for sums of a page that somebody has left. */
  readonly finding: Slots;
  /** Queries that may wait for room in each: a page of the console asks a dozen at once. */
  readonly waitingMax: number;
  readonly board: TailBoard;
  readonly limits: HubLimits;
  readonly openApi: object;
  readonly took: (what: string, seconds: number) => void;
}

type Handler = (request: FastifyRequest) => Promise<unknown>;

const inputOf = (request: FastifyRequest): unknown =>
  request.method === 'POST' ? (request.body ?? {}) : fromQueryString(request.query);

export function addQueryRoutes(app: FastifyInstance, parts: QueryParts): void {
  const { viewOf, limits, took, waitingMax } = parts;
  const timed = (what: string, slots: Slots, ask: Handler): Handler => {
    return async (request) => {
      const began = performance.now();
      const { gone, forget } = leaving(request);
      try {
        return await withinTime(slots, limits.queryMillisMax, () => ask(request), { waitingMax, gone });
      } finally {
        forget();
        took(what, (performance.now() - began) / 1_000);
      }
    };
  };
  const find = timed('search', parts.finding, async (request) =>
    viewOf(request).store.search(searchOf(checked(searchSchema, inputOf(request)))),
  );
  for (const route of ROUTES.search) app.route({ ...route, handler: find });

  const count = timed('count', parts.slots, async (request) => ({
    count: await viewOf(request).store.count(selectionOf(checked(countSchema, inputOf(request)))),
  }));
  for (const route of ROUTES.count) app.route({ ...route, handler: count });

  const buckets = timed('aggregate', parts.slots, async (request) =>
    viewOf(request).store.aggregate(aggregateOf(checked(aggregateSchema, inputOf(request)))),
  );
  for (const route of ROUTES.aggregate) app.route({ ...route, handler: buckets });

  const one = timed('document', parts.finding, async (request) => {
    const { dataSet, id } = documentNames(request.params);
    const found = await viewOf(request).store.get(dataSet, id);
    if (found === null) throw new HubError('HUB_NOT_FOUND', { what: `document ${id} of ${dataSet}` });
    return found;
  });
  app.route({ ...ROUTES.document, handler: one });

  const stats = timed('stats', parts.slots, async (request) => {
    const { store, nodes } = viewOf(request);
    return { store: store.kind, stats: await store.stats(), nodes: nodes() };
  });
  app.route({ ...ROUTES.stats, handler: stats });

  app.route({ ...ROUTES.tail, handler: (request, reply) => follow(request, reply, parts) });
  app.get(OPENAPI_PATH, { schema: { hide: true } }, async () => parts.openApi);
}

/** Told when the connection ends before the answer: a browser ends it when its page asks for something else. */
function leaving({ raw: { socket } }: FastifyRequest): {
  readonly gone: AbortSignal;
  readonly forget: () => void;
} {
  const ending = new AbortController();
  const left = (): void => ending.abort();
  socket.once('close', left);
  return { gone: ending.signal, forget: () => socket.off('close', left) };
}

/** @throws HubError HUB_REQUEST, HUB_NOT_FOUND */
function documentNames(parameters: unknown): { readonly dataSet: DataSet; readonly id: string } {
  const { dataSet, id } = Object(parameters) as Readonly<Record<string, unknown>>;
  const known = DATA_SETS.find((each) => each === dataSet);
  if (known === undefined) throw new HubError('HUB_NOT_FOUND', { what: 'such data set' });
  if (typeof id !== 'string' || id.length > ID_CHARACTERS_MAX)
    throw new HubError('HUB_REQUEST', { reason: 'no id' });
  return { dataSet: known, id };
}

/** Everything that can be refused is refused before the first byte. */
async function follow(request: FastifyRequest, reply: FastifyReply, parts: QueryParts): Promise<void> {
  const { board, viewOf } = parts;
  const { dataSet, query } = checked(tailSchema, fromQueryString(request.query));
  const asked = selectionOf({ dataSet, query, from: undefined, to: undefined }).query;
  const { only, allowed } = viewOf(request);
  const matches = matcher({ kind: 'and', of: [only(dataSet), asked] });
  const { raw } = reply;
  const end = board.follow(
    { dataSet, matches, allowed },
    {
      write: (text) => raw.write(text),
      waitingBytes: () => raw.writableLength,
      end: () => raw.end(),
    },
  );
  reply.hijack();
  raw.once('close', end).once('error', end);
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // A proxy that collects an answer before it hands it on would hold everything back.
    'x-accel-buffering': 'no',
  });
  raw.write(': following\n\n');
}
