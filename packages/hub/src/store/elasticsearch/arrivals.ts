/**
 * Documents in the order of their sequence numbers, which the shard of a backing index gives without gaps. A document can be visible before one with a
 * lower number, which another thread of the server has not finished: so what lies behind a gap is told at once, and the gap is looked at until it is
 * closed. Nothing is needed but to read the stream.
 */
import type { estypes } from '@elastic/elasticsearch';
import type { Document } from '@sluice/spool';
import type { Arrivals, ArrivalsRequest } from '../event-store.ts';
import type { StreamSource } from './connection.ts';
import { type Dsl, isIn, isNot, selectionDsl } from './query-dsl.ts';
import { decodeReach, encodeReach, type Reach } from './reach.ts';
import { WHOLE_ANSWER } from './whole-answer.ts';

/** In a backing index that there was. */
type ReachIn = Reach & { readonly index: string };

/** After this a gap is none that closes: an operation that failed has a number, too. Longer than a refresh takes that is set to 30 s. */
const GAP_MILLIS_MAX = 60_000;
/** Numbers behind a gap that are remembered: beyond it the gap is taken for one that stays. The server takes 65,536 of them in a question. */
const TOLD_MAX = 20_000;
/** After this nothing comes to a backing index that another has followed. */
const ROLLOVER_MILLIS = 5_000;
/** Numbers before the last one in which there may be gaps when following begins. */
const LOOK_BACK = 1_000;

/**
 * Null where backing indices have several shards, each with numbers of its own.
 * @param now milliseconds since the epoch
 * @throws HubError
 */
export async function arrivals(
  source: StreamSource,
  request: ArrivalsRequest,
  now: number,
): Promise<Arrivals | null> {
  if (request.after === null) return begun(source);
  const given = decodeReach(request.after);
  // A stream that was not there is told from its beginning.
  const index = given.index ?? (await backingIndices(source))[0];
  if (index === undefined) return { documents: [], place: request.after, more: false };
  const reach = { ...given, index };
  const isClosed = reach.reached > reach.floor && (await isWhole(source, reach, now));
  const page = await pageOf(source, request, reach);
  if (page.shards > 1) return null;
  const more = page.documents.length >= request.size;
  const last = page.numbers.at(-1) ?? reach.reached;
  const reached = Math.max(reach.reached, more ? last : page.max);
  const floor = isClosed ? reach.reached : reach.floor;
  const told = [...reach.told, ...page.numbers].filter((number) => number > floor);
  const next = { index, floor, reached, told, since: sinceOf(reach, isClosed, reached, now) };
  const isIdle = page.numbers.length === 0 && reached === reach.reached;
  const place = encodeReach(isIdle ? await followed(source, next, now) : next);
  return { documents: page.documents, place, more };
}

/** Since when there is a gap; where there is none, since when nothing came. */
function sinceOf(reach: Reach, isClosed: boolean, reached: number, now: number): number {
  const isNewGap = reach.reached <= reach.floor && reached > reach.reached;
  return isClosed || isNewGap || reach.since === 0 ? now : reach.since;
}

const BEGINNING = { floor: -1, reached: -1, told: [], since: 0 };

/** Behind what is visible; of a stream that is not there yet before all. */
async function begun(source: StreamSource): Promise<Arrivals | null> {
  const index = (await backingIndices(source)).at(-1) ?? null;
  const answered = (reach: Reach): Arrivals => ({ documents: [], place: encodeReach(reach), more: false });
  if (index === null) return answered({ index, ...BEGINNING });
  const answer = await source.connection.ask((client) =>
    client.search({
      ...WHOLE_ANSWER,
      index,
      size: LOOK_BACK,
      sort: [{ _seq_no: 'desc' }],
      _source: false,
      track_total_hits: false,
    }),
  );
  if (answer._shards.total > 1) return null;
  const told = answer.hits.hits.map(numberOf);
  const reached = told[0] ?? -1;
  return answered({ index, floor: Math.max(-1, reached - LOOK_BACK), reached, told, since: 0 });
}

/** Whether all numbers are visible up to where it has been told, or will never be. */
async function isWhole(
  source: StreamSource,
  { index, floor, reached, since, told }: ReachIn,
  now: number,
): Promise<boolean> {
  if (told.length > TOLD_MAX || (since > 0 && now - since > GAP_MILLIS_MAX)) return true;
  const { count } = await source.connection.ask((client) =>
    client.count({ index, ignore_unavailable: true, query: numbers({ gt: floor, lte: reached }) }),
  );
  return count >= reached - floor;
}

interface NumberedPage {
  readonly documents: Arrivals['documents'];
  readonly numbers: readonly number[];
  /** The highest number that is visible, whether its document is asked for or not. */
  readonly max: number;
  readonly shards: number;
}

async function pageOf(
  { connection }: StreamSource,
  request: ArrivalsRequest,
  { index, floor, reached, told }: ReachIn,
): Promise<NumberedPage> {
  const known: readonly Dsl[] = told.length === 0 ? [] : [isNot({ terms: { _seq_no: [...told] } })];
  const answer = await connection.ask((client) =>
    client.search<Document>({
      ...WHOLE_ANSWER,
      index,
      size: request.size,
      query: numbers({ gt: floor }),
      // What is counted are all numbers.
      post_filter: isIn([selectionDsl(request), ...known]),
      aggregations: { max: { max: { field: '_seq_no' } } },
      sort: [{ _seq_no: 'asc' }],
      track_total_hits: false,
    }),
  );
  const { hits } = answer.hits;
  return {
    documents: hits.map(({ _id, _source }) => ({ id: _id ?? '', document: _source ?? {} })),
    numbers: hits.map(numberOf),
    max: Number(Object(Object(answer.aggregations).max).value ?? reached),
    shards: answer._shards.total,
  };
}

/** The next backing index, where nothing comes to this one any more. */
async function followed(source: StreamSource, reach: ReachIn, now: number): Promise<Reach> {
  const indices = await backingIndices(source);
  const at = indices.indexOf(reach.index);
  const next = indices[at + 1];
  const isOver = reach.floor >= reach.reached && now - reach.since > ROLLOVER_MILLIS;
  // Not there: retention has taken it out.
  if (next === undefined || (at !== -1 && !isOver)) return reach;
  return { index: next, ...BEGINNING };
}

/** In the order in which they were begun; the last is written to. */
async function backingIndices({ connection, stream }: StreamSource): Promise<readonly string[]> {
  const { data_streams: streams } = await connection.ask((client) =>
    client.indices.resolveIndex({ name: stream, ignore_unavailable: true }),
  );
  const backing = streams.find(({ name }) => name === stream)?.backing_indices ?? [];
  return typeof backing === 'string' ? [backing] : backing;
}

const numbers = (range: { readonly gt: number; readonly lte?: number }): Dsl => ({
  range: { _seq_no: range },
});

const numberOf = ({ sort }: estypes.SearchHit<unknown>): number => Number(sort?.[0]);
