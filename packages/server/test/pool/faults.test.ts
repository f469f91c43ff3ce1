/**
 * Workers that die, hang or throw: what their exchanges are told, what others notice, and what comes after. A crash in native
 * code ends the process and cannot be survived here.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLog } from '../../src/log.ts';
import type { PoolInspector } from '../../src/pool/pool-inspector.ts';
import { NO_COVERAGE, openingOf, requestOf, startPool, stateOf } from './support.ts';

const recovered = (inspector: PoolInspector): Promise<void> =>
  vi.waitFor(() => expect(inspector.pool?.threadsReady).toBe(inspector.pool?.threads), 20_000);

const FREE = { exchanges: 0, waiting: 0, keptBytes: 0 };

describe.each(['exit', 'heap'])('a worker that dies (%s)', (fault) => {
  it('ends all its exchanges, is replaced, and frees what they held', async () => {
    const inspector = await startPool({ limits: { poolHeapBytesMax: 67_108_864 } });
    const bystander = inspector.open(openingOf({ body: 'a=1' }));
    await bystander.requestHeaders();
    await bystander.requestChunk(Buffer.from('a=1'));
    await expect(inspector.inspect(requestOf({ fault, body: 'b=1' }))).rejects.toMatchObject({
      code: 'WORKER_LOST',
    });
    await expect(async () => bystander.requestEnd(false)).rejects.toMatchObject({ code: 'WORKER_LOST' });
    await expect(async () => bystander.finish(NO_COVERAGE)).rejects.toMatchObject({ code: 'WORKER_LOST' });
    bystander.abandon();
    await recovered(inspector);
    expect((await inspector.inspect(requestOf({ body: 'a=evil' }))).verdict.kind).toBe('deny');
    expect(stateOf(inspector)).toMatchObject({ ...FREE, workersLost: 1 });
    await vi.waitFor(() => expect(inspector.pool?.slabs.inUse).toBe(0));
  });
});

describe('a worker that hangs', () => {
  it('is ended and replaced once a step takes longer than it may', async () => {
    const inspector = await startPool({ limits: { poolTaskMillisMax: 200 } });
    await expect(inspector.inspect(requestOf({ fault: 'hang', body: 'a=1' }))).rejects.toMatchObject({
      code: 'WORKER_LOST',
      details: { reason: 'a task ran for more than 200 ms' },
    });
    await recovered(inspector);
    expect((await inspector.inspect(requestOf({ body: 'a=1' }))).verdict.kind).toBe('allow');
    await vi.waitFor(() => expect(inspector.pool?.slabs.inUse).toBe(0));
  });

  it('is not taken for one that has much to do', async () => {
    const inspector = await startPool({ limits: { poolTaskMillisMax: 400 } });
    const until = performance.now() + 1_200;
    while (performance.now() < until) await inspector.inspect(requestOf({ body: 'a=1' }));
    expect(inspector.pool?.workersLost).toBe(0);
  });
});

describe('what kills workers', () => {
  it('is denied before a worker sees it once it has killed two, and only its like', async () => {
    const lines: string[] = [];
    const log = createLog('error', { write: (line) => void lines.push(line) });
    const inspector = await startPool({ log });
    const deadly = { fault: 'exit', uri: '/pay?x=1', id: 'deadly-1' };
    for (const _ of [1, 2]) {
      await expect(inspector.inspect(requestOf(deadly))).rejects.toMatchObject({ code: 'WORKER_LOST' });
      await recovered(inspector);
    }
    const denial = { kind: 'deny', status: 403, ruleId: null };
    expect((await inspector.inspect(requestOf({ ...deadly, uri: '/pay?x=2' }))).verdict).toEqual(denial);
    const { event } = await inspector.inspect(requestOf(deadly));
    expect(event).toMatchObject({
      event: { type: ['denied'] },
      http: { request: { id: 'deadly-1' } },
      waf: { cause: 'inspector_failed', detail: 'requests like this one have ended workers', status: 403 },
    });
    const exchange = inspector.open(openingOf(deadly));
    expect((await exchange.requestHeaders()).verdict).toEqual(denial);
    expect(stateOf(inspector)).toMatchObject({ workersLost: 2, condemned: 3 });
    expect((await inspector.inspect(requestOf({ uri: '/other' }))).verdict.kind).toBe('allow');
    expect((await inspector.inspect(requestOf({ uri: '/pay', method: 'PUT' }))).verdict.kind).toBe('allow');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      requestId: 'deadly-1',
      policy: 'default',
      exchanges: 1,
    });
  });

  it('is not what merely waited in the same worker', async () => {
    const inspector = await startPool();
    for (const _ of [1, 2]) {
      const bystander = inspector.open(openingOf({ uri: '/b' }));
      await bystander.requestHeaders();
      const deadly = inspector.inspect(requestOf({ fault: 'exit', uri: '/a' }));
      const waits = bystander.requestEnd(false);
      await expect(deadly).rejects.toMatchObject({ code: 'WORKER_LOST' });
      await expect(waits).rejects.toMatchObject({ code: 'WORKER_LOST' });
      await recovered(inspector);
    }
    expect((await inspector.inspect(requestOf({ uri: '/b' }))).verdict.kind).toBe('allow');
  });
});

describe('a step that throws', () => {
  it('ends its exchange alone, and tells nothing of the request', async () => {
    const inspector = await startPool();
    const failing = inspector.inspect(requestOf({ fault: 'throw' }));
    await expect(failing).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      details: { errorClass: 'TypeError' },
    });
    await expect(failing).rejects.not.toThrow(/secret/);
    expect((await inspector.inspect(requestOf({ body: 'a=1' }))).verdict.kind).toBe('allow');
    expect(stateOf(inspector)).toMatchObject({ ...FREE, workersLost: 0 });
  });
});

describe('a pool whose workers do not start', () => {
  it('says so at once', async () => {
    const worker = new URL('./fixtures/stillborn-worker.ts', import.meta.url);
    await expect(startPool({ worker })).rejects.toMatchObject({ code: 'WORKER_LOST' });
  });
});

describe('a pool that is closed', () => {
  it('ends what is open, and opens nothing', async () => {
    const inspector = await startPool();
    const file = join(tmpdir(), `sluice-hold-${process.pid}-${Math.random()}`);
    onTestFinished(() => rmSync(file, { force: true }));
    const running = inspector.inspect(requestOf({ fault: `hold:${file}` }));
    const waiting = inspector.inspect(requestOf({ body: 'a=1' }));
    await pause(0);
    const closed = inspector.close();
    for (const each of [running, waiting]) await expect(each).rejects.toMatchObject({ code: 'POOL_CLOSED' });
    await closed;
    writeFileSync(file, '');
    expect(() => inspector.open(openingOf())).toThrow(/POOL_CLOSED/);
    expect(stateOf(inspector)).toMatchObject(FREE);
  });
});
