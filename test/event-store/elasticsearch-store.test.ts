/** What only Elasticsearch can do to a store: roll over, be away, refuse, and answer for a part of its shards. */
import { Client, type ClientOptions } from '@elastic/elasticsearch';
import {
  type AggregateRequest,
  ElasticsearchStore,
  type EventStore,
  parseQuery,
  schemaOf,
} from '@sluice/hub';
import { streamName } from '@sluice/shipper/template';
import type { Document } from '@sluice/spool';
import { afterEach, describe, expect, it } from 'vitest';
import { ELASTICSEARCH_VERSIONS, freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { allIds, record } from './fixtures.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const ALL = { dataSet: 'waf', query: { kind: 'all' } } as const;
const STORED = { kind: 'stored' };
const DUPLICATE = { kind: 'duplicate' };

function storeIn(client: ClientOptions, namespace: string, refresh = true): EventStore {
  const store = new ElasticsearchStore({ client, namespace, refresh });
  closing.push(() => store.close());
  return store;
}

describe.each(ELASTICSEARCH_VERSIONS)('a store in Elasticsearch %s', (version) => {
  async function open(refresh = true) {
    const node = await sharedElasticsearch(version);
    const namespace = freshNamespace();
    const client = new Client({ node });
    closing.push(() => client.close());
    const stream = streamName('waf', namespace);
    const rollOver = () => client.indices.rollover({ alias: stream });
    return { store: storeIn({ node }, namespace, refresh), client, stream, rollOver, node, namespace };
  }

  it('does not double what comes again behind a rollover, seen or not yet seen', async () => {
    const { store, client, stream, rollOver, node, namespace } = await open(false);
    // What is not refreshed is not found: an answer that is lost comes again faster than that.
    const records = ['a', 'b', 'c'].map((id) => record(id));
    expect(await store.append(records)).toEqual([STORED, STORED, STORED]);
    await client.indices.putSettings({ index: stream, settings: { index: { refresh_interval: '-1' } } });
    expect(await store.append([record('d')])).toEqual([STORED]);
    await rollOver();
    expect(await store.append([record('d'), record('e')])).toEqual([DUPLICATE, STORED]);
    // Another process, which knows nothing of what was.
    const other = storeIn({ node }, namespace, false);
    expect(await other.append([...records, record('e'), record('f')])).toEqual([
      DUPLICATE,
      DUPLICATE,
      DUPLICATE,
      DUPLICATE,
      STORED,
    ]);
    await rollOver();
    await rollOver();
    expect(await store.append([...records, record('f')])).toEqual(Array(4).fill(DUPLICATE));
    // Long after, when the newest index has documents of its own.
    expect(await store.append([record('g')])).toEqual([STORED]);
    expect(await store.append([record('a'), record('h')])).toEqual([DUPLICATE, STORED]);
    await client.indices.refresh({ index: stream });
    expect(await allIds(store, { ...ALL, size: 100 })).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  });

  it('finds, pages, counts and sums up over all indices of a stream', async () => {
    const { store, rollOver } = await open();
    const ids: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const batch = Array.from({ length: 40 }, (_, at) => {
        const id = `r${round}n${String(at).padStart(2, '0')}`;
        ids.push(id);
        // `rare` is the most frequent of all, and in no index among the first.
        const hosts = [`host${round}x${at}`, ...(at < 2 ? ['rare'] : [])];
        return record(id, { rule_info: hosts, waf: { latency_us: at } }, { at: round });
      });
      await store.append(batch);
      await rollOver();
    }
    const found = await allIds(store, { ...ALL, size: 7, sort: { field: '@timestamp', order: 'asc' } });
    expect(found).toEqual(ids.toSorted());
    expect(await store.count(ALL)).toBe(120);
    const request: AggregateRequest = { ...ALL, kind: 'terms', field: 'rule_info', size: 2 };
    expect((await store.aggregate(request)).buckets).toEqual([
      { key: ['rare'], count: 6, metric: null },
      { key: ['host0x0'], count: 1, metric: null },
    ]);
    expect((await store.get('waf', 'r0n05'))?.id).toBe('r0n05');
    expect((await store.stats()).documents).toEqual({ waf: 120, l7: 0, alert: 0 });
  });

  it('takes the most frequent values of many without an error', async () => {
    const { store, rollOver } = await open();
    for (const round of [0, 1]) {
      const batch = Array.from({ length: 900 }, (_, at) =>
        record(`r${round}n${at}`, { rule_info: [`a${round}x${at}`, `b${round}x${at}`], host: `h${at}` }),
      );
      await store.append([...batch, record(`r${round}z`, { rule_info: ['zz'] })]);
      await rollOver();
    }
    const request: AggregateRequest = { ...ALL, kind: 'terms', field: 'rule_info', size: 1 };
    expect((await store.aggregate(request)).buckets).toEqual([{ key: ['zz'], count: 2, metric: null }]);
  });

  it('is empty where there is no stream', async () => {
    const { store } = await open();
    expect(await store.search({ ...ALL, size: 10 })).toEqual({ documents: [], cursor: null });
    expect(await store.count(ALL)).toBe(0);
    expect(await store.get('waf', 'a')).toBeNull();
    expect(await store.stats()).toEqual({
      documents: { waf: 0, l7: 0, alert: 0 },
      bytes: 0,
      oldest: null,
      newest: null,
    });
    const terms: AggregateRequest = { ...ALL, kind: 'terms', field: 'host', size: 1 };
    expect(await store.aggregate(terms)).toEqual({ buckets: [], cursor: null });
  });

  it('gives back names that would be dangerous as properties', async () => {
    const { store } = await open();
    const fields: Document = JSON.parse('{"strange":{"__proto__":{"a":1},"constructor":{"prototype":1}}}');
    expect(await store.append([record('a', fields)])).toEqual([STORED]);
    const found = await store.get('waf', 'a');
    expect(JSON.stringify(found?.document)).toBe(JSON.stringify(record('a', fields).document));
  });

  it('refuses what it could not find again', async () => {
    const { store } = await open();
    const { '@timestamp': time = null } = record('a').document;
    const outcome = await store.append([{ ...record('a'), document: { '@timestamp': time } }]);
    expect(outcome).toEqual([{ kind: 'refused', reason: 'it has no event.id' }]);
  });

  it.each([
    [`rule_info IN {"*${'a'.repeat(3_000)}*"}`, ['long']],
    [`rule_info IN {"${'a'.repeat(3_000)}?*z"}`, ['long']],
    [`rule_info IN {"*${'b'.repeat(3_000)}*"}`, []],
    [`rule_info > "${'a'.repeat(3_000)}"`, ['long', 'other', 'short']],
    [`rule_info > "${'a'.repeat(4_000)}zz"`, ['other', 'short']],
    [`rule_info < "${'a'.repeat(4_000)}zz"`, ['long']],
    [`NOT rule_info <= "${'a'.repeat(4_000)}z"`, ['none', 'other', 'short']],
  ])('answers about long texts (%#)', async (text, ids) => {
    const { store } = await open();
    await store.append([
      record('long', { rule_info: `${'a'.repeat(4_000)}z` }),
      record('short', { rule_info: 'aaz' }),
      record('other', { rule_info: 'b' }),
      record('none'),
    ]);
    const query = parseQuery(text, schemaOf('waf'));
    expect(await allIds(store, { dataSet: 'waf', query, size: 10 })).toEqual(ids);
    expect(await store.count({ dataSet: 'waf', query })).toBe(ids.length);
  });

  it('says that it is away where it is', async () => {
    const node = 'http://user:secret@127.0.0.1:9';
    const store = storeIn({ node, maxRetries: 0 }, freshNamespace());
    for (const ask of [
      () => store.append([record('a')]),
      () => store.search({ ...ALL, size: 1 }),
      () => store.count(ALL),
      () => store.get('waf', 'a'),
      () => store.stats(),
    ]) {
      const error = await ask().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(String(error)).not.toContain('secret');
    }
  });
});
