/** What a store makes of answers that the server of the tests cannot be made to give. */
import { type Arrivals, ElasticsearchStore, type EventStore } from '@sluice/hub';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, type FakeElasticsearch, startFakeElasticsearch } from './fake-elasticsearch.ts';
import { record } from './fixtures.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const STREAM = 'logs-sluice.waf-x';
const INDEX = `.ds-${STREAM}-2026.11.23-000001`;
const BULK = `POST /${STREAM}/_bulk`;
const REFRESH = `GET /${STREAM}/_refresh`;
const SEARCH = `POST /${STREAM}/_search`;
const ALL = { dataSet: 'waf', query: { kind: 'all' } } as const;

const nothing: Answer = [200, { timed_out: false, hits: { hits: [] }, _shards: { failed: 0 } }];
const created = (id: string, more = {}) => ({ create: { _index: INDEX, _id: id, status: 201, ...more } });
const failed = (id: string, status: number, type: string) => ({
  create: { _index: INDEX, _id: id, status, error: { type, reason: 'why' } },
});
const items = (...of: readonly unknown[]): Answer => [200, { errors: true, items: of }];

async function open(
  answers: Readonly<Record<string, Answer | readonly Answer[]>>,
): Promise<{ store: EventStore; server: FakeElasticsearch }> {
  const refresh: Answer = [200, { _shards: { failed: 0 } }];
  const server = await startFakeElasticsearch({
    [SEARCH]: nothing,
    [REFRESH]: refresh,
    ...answers,
  });
  closing.push(server.close);
  const store = new ElasticsearchStore({
    client: { node: server.url, maxRetries: 0 },
    namespace: 'x',
    installTemplates: false,
  });
  closing.push(() => store.close());
  return { store, server };
}

const two = [record('a'), record('b')];
const bulks = ({ calls }: FakeElasticsearch): number => calls.filter(({ call }) => call === BULK).length;

describe('append to Elasticsearch', () => {
  it.each([
    [429, 'es_rejected_execution_exception'],
    [503, 'unavailable_shards_exception'],
    [403, 'cluster_block_exception'],
    [400, 'validation_exception'],
  ])('is to come again where status %d of a document is none of its own (%s)', async (status, type) => {
    const { store, server } = await open({ [BULK]: items(created('a'), failed('b', status, type)) });
    await expect(store.append(two)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(bulks(server)).toBe(1);
  });

  it.each([429, 502, 503, 401])('is to come again where the request has status %d', async (status) => {
    const { store, server } = await open({ [BULK]: [status, { error: { type: 'x', reason: 'why' } }] });
    await expect(store.append(two)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(bulks(server)).toBe(1);
  });

  it('refuses a document for good whose mapping fails, or which goes where nobody finds it', async () => {
    const { store } = await open({
      [BULK]: items(failed('a', 400, 'document_parsing_exception'), created('b', { failure_store: 'used' })),
    });
    expect(await store.append(two)).toEqual([
      { kind: 'refused', reason: 'document_parsing_exception: why' },
      { kind: 'refused', reason: expect.stringContaining('failure store') },
    ]);
  });

  it('sends less at once where a request is too large, and refuses what is too large alone', async () => {
    const large: Answer = [413, { error: 'too large' }];
    const { store, server } = await open({ [BULK]: [large, large, items(created('b'))] });
    expect(await store.append(two)).toEqual([
      { kind: 'refused', reason: expect.stringContaining('larger') },
      { kind: 'stored' },
    ]);
    expect(server.calls.filter(({ call }) => call === BULK).map(({ body }) => Object(body).length)).toEqual([
      4, 2, 2,
    ]);
  });
});

describe('append to Elasticsearch, behind a rollover', () => {
  const older = INDEX;
  const newer = INDEX.replace('000001', '000002');
  const hits = (...indices: readonly string[]): Answer => [
    200,
    { timed_out: false, hits: { hits: indices.map((_index) => ({ _id: 'a', _index })) } },
  ];
  const deletion = `DELETE /${newer}/_doc/a`;
  const inNewer: Answer = [200, { items: [{ create: { _index: newer, _id: 'a', status: 201 } }] }];

  it('looks again where it could not look', async () => {
    const { store, server } = await open({
      [BULK]: [items(created('z')), inNewer, items(failed('a', 409, 'version_conflict_engine_exception'))],
      // Before the first document and behind it; behind the rollover; when the document comes again.
      [SEARCH]: [nothing, nothing, [503, {}], hits(newer, older)],
      [deletion]: [200, { result: 'deleted' }],
    });
    await store.append([record('z')]);
    await expect(store.append([record('a')])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(server.calls.some(({ call }) => call === deletion)).toBe(false);
    expect(await store.append([record('a')])).toEqual([{ kind: 'duplicate' }]);
    expect(server.calls.map(({ call }) => call).slice(-3)).toEqual([REFRESH, SEARCH, deletion]);
  });
});

describe('an answer of Elasticsearch', () => {
  it('that lacks shards is no count', async () => {
    const answer: Answer = [200, { count: 5, _shards: { total: 2, successful: 1, failed: 1 } }];
    const { store } = await open({ [`POST /${STREAM}/_count`]: answer });
    await expect(store.count(ALL)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('may lack none when documents are sought', async () => {
    const { store, server } = await open({});
    await store.search({ ...ALL, size: 1 });
    await store.get('waf', 'a');
    const searches = server.calls.filter(({ call }) => call === SEARCH);
    expect(searches).toHaveLength(2);
    for (const { query } of searches) expect(query.get('allow_partial_search_results')).toBe('false');
  });

  it('that is a refusal says why, and is not taken for an outage', async () => {
    const reason = { type: 'search_phase_execution_exception', root_cause: [{ type: 'x', reason: 'why' }] };
    const { store } = await open({ [SEARCH]: [400, { error: reason, status: 400 }] });
    await expect(store.search({ ...ALL, size: 1 })).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('x why'),
    });
  });
});

const RESOLVE = `GET /_resolve/index/${STREAM}`;
const COUNT = `POST /${INDEX}/_count`;
const FOUND = `POST /${INDEX}/_search`;
const streams = (...of: readonly string[]): Answer => [
  200,
  { indices: [], aliases: [], data_streams: [{ name: STREAM, backing_indices: of }] },
];
const numbered = (max: number, ...numbers: readonly number[]): Answer => [
  200,
  {
    _shards: { total: 1, failed: 0 },
    hits: { hits: numbers.map((number) => ({ _id: `n${number}`, _source: {}, sort: [number] })) },
    aggregations: { max: { value: max } },
  },
];
const counted = (count: number): Answer => [200, { count, _shards: { failed: 0 } }];

async function follow(store: EventStore, looks: number): Promise<readonly (readonly string[])[]> {
  let after: string | null = null;
  const told: (readonly string[])[] = [];
  for (let look = 0; look <= looks; look++) {
    const answer: Arrivals | null | undefined = await store.arrivals?.({ ...ALL, after, size: 10 });
    if (answer === undefined || answer === null) return [...told, ['none']];
    if (look > 0) told.push(answer.documents.map(({ id }) => id));
    after = answer.place;
  }
  return told;
}

describe('arrivals in Elasticsearch', () => {
  it('tell what was behind a gap at once, and what closes it when it does', async () => {
    const { store, server } = await open({
      [RESOLVE]: streams(INDEX),
      // What is there; 3 is not visible yet; 3 comes, and 6; nothing more.
      [FOUND]: [numbered(1, 1, 0), numbered(5, 2, 4, 5), numbered(6, 3, 6), numbered(6)],
      [COUNT]: [counted(2), counted(3), counted(5)],
    });
    expect(await follow(store, 4)).toEqual([['n2', 'n4', 'n5'], ['n3', 'n6'], [], []]);
    const asked = server.calls.filter(({ call }) => call === FOUND).map(({ body }) => JSON.stringify(body));
    // From before the gap, and without those behind it that were told; closed, it is asked about no more.
    expect(asked[2]).toContain('"_seq_no":{"gt":1}');
    expect(asked[2]).toContain('[2,4,5]');
    expect(asked[4]).toContain('"_seq_no":{"gt":6}');
  });

  it('are none where an index has several shards, each with numbers of its own', async () => {
    const several: Answer = [200, { _shards: { total: 2, failed: 0 }, hits: { hits: [] } }];
    const { store } = await open({ [RESOLVE]: streams(INDEX), [FOUND]: several });
    expect(await follow(store, 1)).toEqual([['none']]);
  });

  it('go on in what follows where retention has taken an index out', async () => {
    const next = INDEX.replace('000001', '000002');
    const gone: Answer = [200, { _shards: { total: 0, failed: 0 }, hits: { hits: [] } }];
    const { store } = await open({
      [RESOLVE]: [streams(INDEX), streams(next)],
      [FOUND]: [numbered(0, 0), gone],
      [`POST /${next}/_search`]: [numbered(1, 0, 1), numbered(1)],
      [COUNT]: counted(1),
      [`POST /${next}/_count`]: counted(2),
    });
    expect(await follow(store, 3)).toEqual([[], ['n0', 'n1'], []]);
  });
});
