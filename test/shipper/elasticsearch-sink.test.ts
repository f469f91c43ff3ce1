import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ELASTICSEARCH_VERSIONS, freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { FaultProxy, type ProxyOptions } from './fault-proxy.ts';
import { ask, count, makeStream, record, records, rollover, sinkOn, streamOf } from './stand.ts';

const NEVER = new AbortController().signal;
const STORED = { kind: 'stored' } as const;

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of cleanUps.splice(0).reverse()) await each();
});

async function proxyTo(
  target: string,
  more: Omit<ProxyOptions, 'target'> = {},
): Promise<[FaultProxy, string]> {
  const proxy = new FaultProxy({ target, ...more });
  cleanUps.push(() => proxy.close());
  return [proxy, await proxy.listen()];
}

type Sink = ReturnType<typeof sinkOn>;

function opened(sink: Sink): Sink {
  cleanUps.push(() => sink.close());
  return sink;
}

describe.each(ELASTICSEARCH_VERSIONS)('Elasticsearch %s as a sink', (version) => {
  let url = '';
  beforeAll(async () => {
    url = await sharedElasticsearch(version);
  });

  async function stream(settings: object = {}): Promise<string> {
    const namespace = freshNamespace();
    await makeStream(url, namespace, settings);
    return namespace;
  }

  it.each([0, 1, 9])('stores documents as they are, compressed by level %i', async (compressionLevel) => {
    const namespace = await stream();
    const sink = opened(sinkOn([url], namespace, { compressionLevel }));
    const given = records(1_200);
    expect(await sink.deliver(given, NEVER)).toEqual(given.map(() => STORED));
    expect(await count(url, namespace)).toEqual({ documents: 1_200, distinct: 1_200, indices: 1 });
    const found = (await ask(url, 'POST', `/${streamOf(namespace)}/_search`, {
      query: { ids: { values: [record(777).id] } },
    })) as { hits: { hits: { _source: unknown }[] } };
    expect(found.hits.hits[0]?._source).toEqual(record(777).document);
  });

  it('takes what is there already for stored', async () => {
    const namespace = await stream();
    const sink = opened(sinkOn([url], namespace));
    await sink.deliver(records(100), NEVER);
    expect(await sink.deliver(records(200), NEVER)).toEqual(Array(200).fill(STORED));
    expect(await count(url, namespace)).toMatchObject({ documents: 200, distinct: 200 });
  });

  it('stores once what was stored before a rollover and whose answer was lost', async () => {
    const namespace = await stream();
    const [, address] = await proxyTo(url, { fault: (bulk) => (bulk === 1 ? 'cut-after' : 'pass') });
    const sink = opened(sinkOn([address], namespace));
    await expect(sink.deliver(records(300), NEVER)).rejects.toMatchObject({ code: 'SINK_AWAY' });
    await rollover(url, namespace);
    // Some more, so that both backing indices have documents.
    expect(await sink.deliver(records(350), NEVER, true)).toEqual(Array(350).fill(STORED));
    expect(await count(url, namespace)).toEqual({ documents: 350, distinct: 350, indices: 2 });
  });

  it('doubles it where it is told not to ask: the test above can fail', async () => {
    const namespace = await stream();
    const [, address] = await proxyTo(url, { fault: (bulk) => (bulk === 1 ? 'cut-after' : 'pass') });
    const sink = opened(sinkOn([address], namespace, { askBeforeRepeat: false }));
    await expect(sink.deliver(records(30), NEVER)).rejects.toMatchObject({ code: 'SINK_AWAY' });
    await rollover(url, namespace);
    await sink.deliver(records(30), NEVER, true);
    expect(await count(url, namespace)).toEqual({ documents: 60, distinct: 30, indices: 2 });
  });

  it('stores once what a shipper sent that was killed, before a rollover', async () => {
    const namespace = await stream();
    await sinkOn([url], namespace).deliver(records(100), NEVER);
    await rollover(url, namespace);
    const next = opened(sinkOn([url], namespace));
    expect(await next.deliver(records(150), NEVER, true)).toEqual(Array(150).fill(STORED));
    expect(await count(url, namespace)).toMatchObject({ documents: 150, distinct: 150 });
  });

  it('waits for a request whose answer was lost and which is still at work, its own and that of a process before', async () => {
    const namespace = await stream({ 'index.number_of_replicas': 1 });
    const sink = opened(sinkOn([url], namespace));
    await sink.deliver(records(1, 1_000_000), NEVER);
    // A write waits for a second copy of the shard. There is none; after some time the server looks again.
    const setCopies = (copies: string): Promise<unknown> =>
      ask(url, 'PUT', `/${streamOf(namespace)}/_settings`, { 'index.write.wait_for_active_shards': copies });
    await setCopies('2');
    const [, address] = await proxyTo(url, { fault: (bulk) => (bulk === 1 ? 'cut-during' : 'pass') });
    const losing = opened(sinkOn([address], namespace));
    await expect(losing.deliver(records(50), NEVER)).rejects.toMatchObject({ code: 'SINK_AWAY' });
    await expect.poll(() => atWork(url, namespace)).toBe(true);
    await rollover(url, namespace);

    let ended = 0;
    const shippers = [losing, opened(sinkOn([url], namespace))];
    const delivered = shippers.map((each) =>
      each.deliver(records(50), NEVER, true).finally(() => {
        ended += 1;
      }),
    );
    // Long enough for several looks at the tasks.
    await sleep(500);
    expect(ended).toBe(0);
    await setCopies('1');
    for (const each of delivered) expect(await each).toEqual(Array(50).fill(STORED));
    expect(await count(url, namespace)).toMatchObject({ documents: 51, distinct: 51 });
  });

  it('tells records that will never be taken from the others', async () => {
    const namespace = await stream();
    const sink = opened(sinkOn([url], namespace));
    const bad = record(5, { source: { ip: 'not an address' } });
    const outcomes = await sink.deliver([...records(5), bad, ...records(5, 6)], NEVER);
    expect(outcomes[5]).toMatchObject({ kind: 'dead', code: 'document_parsing_exception' });
    expect(outcomes.filter(({ kind }) => kind === 'stored')).toHaveLength(10);
    expect(await count(url, namespace)).toMatchObject({ documents: 10, distinct: 10 });
  });

  it('stores nothing where the template is missing: no index with guessed mappings', async () => {
    const namespace = freshNamespace();
    const sink = opened(sinkOn([url], namespace));
    const outcomes = await sink.deliver(records(2), NEVER);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['again', 'again']);
    const answer = await fetch(`${url}/${streamOf(namespace)}`, { method: 'HEAD' });
    expect(answer.status).toBe(404);
  });

  it('sends smaller requests where a server finds them too large, and comes down to the one that is', async () => {
    const namespace = await stream();
    const tooLarge = { status: 413 } as const;
    const [proxy, address] = await proxyTo(url, {
      fault: (_, bytes) => (bytes > 20_000 ? tooLarge : 'pass'),
    });
    const sink = opened(sinkOn([address], namespace, { compressionLevel: 0 }));
    const huge = record(40, { url: { original: `/${'x'.repeat(30_000)}` } });
    const given = [...records(40), huge, ...records(300, 41)];
    const outcomes = await sink.deliver(given, NEVER);
    expect(outcomes[40]).toMatchObject({ kind: 'dead', code: 'too_large' });
    expect(outcomes.filter(({ kind }) => kind === 'stored')).toHaveLength(340);
    expect(await count(url, namespace)).toMatchObject({ documents: 340, distinct: 340 });
    // It has learned what the server takes.
    const before = proxy.seen.length;
    await sink.deliver(records(10, 500), NEVER);
    expect(proxy.seen.length - before).toBe(1);
  });

  it('finds the record that makes a whole request unreadable', async () => {
    const namespace = await stream();
    const [, address] = await proxyTo(url, {
      // As a firewall before Elasticsearch that does not like one of the events, whatever is with it.
      fault: (_, bytes) => (bytes > 5_000 ? { status: 400 } : 'pass'),
    });
    const sink = opened(sinkOn([address], namespace, { compressionLevel: 0 }));
    const poison = record(7, { url: { original: `/${'p'.repeat(5_000)}` } });
    const outcomes = await sink.deliver([...records(7), poison, ...records(8, 8)], NEVER);
    expect(outcomes[7]).toMatchObject({ kind: 'dead', code: 'bad_request' });
    expect(outcomes.filter(({ kind }) => kind === 'stored')).toHaveLength(15);
    expect(await count(url, namespace)).toMatchObject({ documents: 15, distinct: 15 });
  });
});

async function atWork(url: string, namespace: string): Promise<boolean> {
  const { tasks } = (await ask(url, 'GET', '/_tasks?actions=indices:data/write/bulk*&group_by=none')) as {
    tasks: { headers: Record<string, string> }[];
  };
  return tasks.some(({ headers }) => headers['X-Opaque-Id']?.startsWith(`test-${namespace}/`) === true);
}
