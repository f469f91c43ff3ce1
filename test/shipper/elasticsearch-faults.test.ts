/** What a server of its own is needed for: a tiny queue of writes, kill -9, writes that are late. */
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
import { ask, count, makeStream, records, rollover, SILENT, sinkOn } from './stand.ts';

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

  /** @returns how many backing indices have documents: one where the write was late, two where the server refused it; 0 where none was late */
  async function lateWrite(): Promise<number> {
    const namespace = await stream();
    const slow = await stream();
    const sink = sinkOn([server.url], namespace);
    await sink.deliver(records(1, 1_000_000), NEVER);
    const other = sinkOn([server.url], slow, { requestBytesMax: 104_857_600 });
    await other.deliver(records(1), NEVER);
    const proxy = new FaultProxy({
      target: server.url,
      fault: (bulk) => (bulk === 1 ? 'cut-during' : 'pass'),
    });
    const losing = sinkOn([await proxy.listen()], namespace);
    // The only thread that writes is busy with this one; ours stands behind it.
    const busy = other.deliver(records(60_000, 1), NEVER);
    await expect.poll(() => writing(server.url), { timeout: 30_000 }).toBeGreaterThan(0);
    await expect(losing.deliver(records(50), NEVER)).rejects.toMatchObject({ code: 'SINK_AWAY' });
    const isLate = await stands(server.url);
    if (!isLate) await busy;
    await rollover(server.url, namespace);
    const outcomes = await losing.deliver(records(50), NEVER, true);
    await busy;
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['stored']));
    const counted = await count(server.url, namespace);
    expect(counted).toMatchObject({ documents: 51, distinct: 51 });
    for (const each of [sink, other, losing]) await each.close();
    await proxy.close();
    return isLate ? counted.indices : 0;
  }

  it('waits for a write that is late: it comes into the index before the rollover, and is not repeated', async () => {
    // The busy request may have the queue's only place; then ours is refused, and nothing is shown.
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

interface WritePool {
  readonly active: number;
  readonly queue: number;
}

async function writePool(url: string): Promise<WritePool> {
  const { nodes } = (await ask(url, 'GET', '/_nodes/stats/thread_pool')) as {
    nodes: Record<string, { thread_pool: { write: WritePool } }>;
  };
  return Object.values(nodes)[0]?.thread_pool.write ?? { active: 0, queue: 0 };
}

const writing = async (url: string): Promise<number> => (await writePool(url)).active;

/** Whether a write comes to stand behind the one that is being done, before that has ended. */
async function stands(url: string): Promise<boolean> {
  for (;;) {
    const { active, queue } = await writePool(url);
    if (queue > 0 || active === 0) return queue === 1;
    await SYSTEM_CLOCK.sleep(20, NEVER);
  }
}
