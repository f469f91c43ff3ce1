/** What a server of its own is needed for: a tiny queue of writes, kill -9, writes that are late. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_PIPELINE_LIMITS, type DeadRecord, Pipeline, type Sink } from '@sluice/shipper';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ElasticsearchProcess,
  startElasticsearch,
} from '../../packages/cli/src/elasticsearch/process.ts';
import { SYSTEM_CLOCK } from '../../packages/shipper/src/clock.ts';
import { ListSource } from '../../packages/shipper/test/fixtures/list-source.ts';
import { freshNamespace } from '../elasticsearch.ts';
import { FaultProxy } from './fault-proxy.ts';
import { ask, count, makeStream, records, rollover, SILENT, sinkOn, streamOf } from './stand.ts';

const NEVER = new AbortController().signal;

interface Run {
  readonly pipeline: Pipeline<number>;
  readonly source: ListSource;
  readonly dead: DeadRecord[];
}

function pipelineTo(sink: Sink, total: number, committed = 0): Run {
  const source = new ListSource(SYSTEM_CLOCK, records(total), { bytesEach: 300, committed });
  const dead: DeadRecord[] = [];
  const pipeline = new Pipeline({
    sink,
    sources: [source],
    limits: {
      ...DEFAULT_PIPELINE_LIMITS,
      batchRecordsMax: 200,
      inFlightMax: 16,
      backoffMillisMin: 20,
      backoffMillisMax: 500,
    },
    deadLetters: { put: async (letters) => void dead.push(...letters) },
    log: SILENT,
    once: true,
  });
  return { pipeline, source, dead };
}

describe('a pipeline to an Elasticsearch of its own', () => {
  let server: ElasticsearchProcess;
  beforeAll(async () => {
    server = await startElasticsearch({
      version: '8.19.8',
      settings: { 'thread_pool.write.size': 1, 'thread_pool.write.queue_size': 1 },
    });
  });
  afterAll(() => server.stop());

  async function stream(): Promise<string> {
    const namespace = freshNamespace();
    await makeStream(server.url, namespace);
    return namespace;
  }

  it('stores everything once on a server that answers 429', async () => {
    const namespace = await stream();
    const sink = sinkOn([server.url], namespace);
    const { pipeline, source, dead } = pipelineTo(sink, 40_000);
    await pipeline.run();
    await sink.close();
    expect(await count(server.url, namespace)).toMatchObject({ documents: 40_000, distinct: 40_000 });
    expect(source.committed).toBe(40_000);
    expect(dead).toEqual([]);
    // Else nothing was shown.
    expect(pipeline.progress.busyAttempts).toBeGreaterThan(0);
  });

  it('stores everything once behind a proxy that refuses, cuts and loses answers, with rollovers in between', async () => {
    const namespace = await stream();
    const faults = [
      'cut-after',
      { status: 503 },
      'pass',
      'cut-before',
      { status: 429 },
      'cut-during',
      'pass',
    ] as const;
    const proxy = new FaultProxy({
      target: server.url,
      fault: (bulk) => (bulk < 120 ? (faults[bulk % faults.length] ?? 'pass') : 'pass'),
    });
    const sink = sinkOn([await proxy.listen()], namespace);
    const { pipeline, source, dead } = pipelineTo(sink, 10_000);
    const ended = new AbortController();
    const rolling = (async () => {
      while (!ended.signal.aborted) {
        await SYSTEM_CLOCK.sleep(150, ended.signal);
        // Before the first document there is nothing to roll over.
        await rollover(server.url, namespace).catch(() => undefined);
      }
    })();
    await pipeline.run();
    ended.abort();
    await rolling;
    await sink.close();
    await proxy.close();
    const counted = await count(server.url, namespace);
    expect(counted).toMatchObject({ documents: 10_000, distinct: 10_000 });
    expect(counted.indices).toBeGreaterThan(1);
    expect(source.committed).toBe(10_000);
    expect(dead).toEqual([]);
    expect(pipeline.progress.failedAttempts).toBeGreaterThan(20);
  });

  /** @returns how many backing indices have documents: one where the write was late; two where it was so late that the server gave it up; 0 where nobody saw it */
  async function lateWrite(): Promise<number> {
    const namespace = await stream();
    const sink = sinkOn([server.url], namespace);
    await sink.deliver(records(1, 1_000_000), NEVER);
    const [old = ''] = await backingIndices(server.url, namespace);
    await loseShard(server.url, old);
    const proxy = new FaultProxy({
      target: server.url,
      fault: (bulk) => (bulk === 1 ? 'cut-during' : 'pass'),
    });
    const losing = sinkOn([await proxy.listen()], namespace);
    await expect(losing.deliver(records(50), NEVER)).rejects.toMatchObject({ code: 'SINK_AWAY' });
    // Looked for too late: the server has given it up already.
    if (!(await becomesTrue(() => hasWriteFor(server.url, old), WRITE_MILLIS_MAX))) {
      await allocateOn(server.url, old, null);
      for (const each of [sink, losing]) await each.close();
      await proxy.close();
      return 0;
    }
    await rollover(server.url, namespace);
    const repeated = losing.deliver(records(50), NEVER, true);
    const asked = (): boolean => proxy.seen.some(({ path }) => path.startsWith('/_tasks'));
    await expect.poll(asked, { timeout: 30_000 }).toBe(true);
    await allocateOn(server.url, old, null);
    const outcomes = await repeated;
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['stored']));
    const counted = await count(server.url, namespace);
    expect(counted).toMatchObject({ documents: 51, distinct: 51 });
    expect(await backingIndices(server.url, namespace)).toHaveLength(2);
    for (const each of [sink, losing]) await each.close();
    await proxy.close();
    return counted.indices;
  }

  it('waits for a write that is late: it comes into the index before the rollover, and is not repeated', async () => {
    // The server gives a write up after ten seconds; on a busy machine the rollover may take as long.
    let indices = 0;
    for (let attempt = 0; attempt < 8 && indices !== 1; attempt += 1) indices = await lateWrite();
    expect(indices).toBe(1);
  });

  it('goes on where it was when the server is killed and started anew', async () => {
    const namespace = await stream();
    const sink = sinkOn([server.url], namespace, { requestMillisMax: 10_000 });
    const { pipeline, source } = pipelineTo(sink, 20_000);
    const ended = pipeline.run();
    await expect.poll(() => pipeline.progress.stored, { timeout: 60_000 }).toBeGreaterThan(5_000);
    await server.kill();
    await server.restart();
    await ended;
    await sink.close();
    expect(await count(server.url, namespace)).toMatchObject({ documents: 20_000, distinct: 20_000 });
    expect(source.committed).toBe(20_000);
  });
});

/** After ten seconds the server gives a write up that has no shard. */
const WRITE_MILLIS_MAX = 15_000;

async function becomesTrue(look: () => Promise<boolean>, millis: number): Promise<boolean> {
  for (const until = performance.now() + millis; performance.now() < until; await sleep(50))
    if (await look()) return true;
  return false;
}

/** @returns the oldest first */
async function backingIndices(url: string, namespace: string): Promise<readonly string[]> {
  const path = `/${streamOf(namespace)}/_settings?filter_path=*.settings.index.uuid`;
  return Object.keys((await ask(url, 'GET', path)) as object).toSorted();
}

const allocateOn = (url: string, index: string, node: string | null): Promise<unknown> =>
  ask(url, 'PUT', `/${index}/_settings`, { 'index.routing.allocation.include._name': node });

/** Its only copy is nowhere until it may be allocated again: what would write to it waits. */
async function loseShard(url: string, index: string): Promise<void> {
  const { nodes } = (await ask(url, 'GET', '/_nodes/_local/name')) as { nodes: object };
  const [node] = Object.keys(nodes);
  await allocateOn(url, index, 'nobody');
  const cancel = { index, shard: 0, node, allow_primary: true };
  await ask(url, 'POST', '/_cluster/reroute?metric=none', { commands: [{ cancel }] });
}

/** Whether the server has a write on its way into this index. */
async function hasWriteFor(url: string, index: string): Promise<boolean> {
  const path = '/_tasks?detailed&group_by=none&actions=indices:data/write/bulk[s]';
  const { tasks } = (await ask(url, 'GET', path)) as { tasks: { description: string }[] };
  return tasks.some(({ description }) => description.includes(index));
}
