/** What is full, what waits, and who is served next: by counts and order, not by the clock. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { PoolInspector } from '../../src/pool/pool-inspector.ts';
import { NO_COVERAGE, openingOf, requestOf, startPool, stateOf } from './support.ts';

/** A worker that does nothing else until it is let go. */
function hold(inspector: PoolInspector, policy = 'holder') {
  const file = join(tmpdir(), `sluice-hold-${process.pid}-${Math.random()}`);
  onTestFinished(() => rmSync(file, { force: true }));
  const done = inspector.inspect(requestOf({ fault: `hold:${file}`, policy, uri: '/held' }));
  return {
    done,
    release: () => writeFileSync(file, ''),
  };
}

const POLICIES = ['default', 'holder', 'other'];

describe('slabs', () => {
  it('that are all in use make a chunk wait for its answer, and no longer than that', async () => {
    const inspector = await startPool({ limits: { slabs: 4, slabBytes: 4_096 }, policies: POLICIES });
    const { pool } = inspector;
    const exchanges = Array.from({ length: 6 }, () => inspector.open(openingOf({ body: 'a' })));
    for (const exchange of exchanges) await exchange.requestHeaders();
    const held = hold(inspector);
    const body = Buffer.from('a=1');
    const taken = exchanges.map((exchange) => exchange.requestChunk(body));
    // The buffer that a chunk came in is used for something else as soon as it was taken.
    body.fill('x');
    expect([pool?.slabs.inUse, pool?.slabs.waiters]).toEqual([4, 2]);
    held.release();
    await Promise.all(taken);
    expect([pool?.slabs.inUse, pool?.slabs.waiters]).toEqual([0, 0]);
    await held.done;
    for (const exchange of exchanges) expect(await exchange.requestEnd(false)).toEqual({ kind: 'allow' });
  });

  it('carry a chunk that was taken while none was free as it was then', async () => {
    const inspector = await startPool({ limits: { slabs: 4, slabBytes: 4_096 }, policies: POLICIES });
    const exchanges = Array.from({ length: 8 }, () => inspector.open(openingOf({ body: 'a' })));
    for (const exchange of exchanges) await exchange.requestHeaders();
    const held = hold(inspector);
    const body = Buffer.from('a=evil');
    const taken = exchanges.map((exchange) => exchange.requestChunk(body));
    body.fill('x');
    held.release();
    await Promise.all(taken);
    for (const exchange of exchanges) expect((await exchange.requestEnd(false)).kind).toBe('deny');
  });

  it.each([1, 4_095, 4_096, 4_097, 16_384, 100_000])('carry a chunk of %i bytes whole', async (bytes) => {
    const inspector = await startPool({ limits: { slabs: 8, slabBytes: 4_096 } });
    const exchange = inspector.open(openingOf({ body: 'a' }));
    await exchange.requestHeaders();
    const body = `${'a=1&b='.slice(0, bytes)}${'x'.repeat(Math.max(0, bytes - 6))}`;
    await exchange.requestChunk(Buffer.from(body));
    await exchange.requestChunk(Buffer.from('&c=evil'));
    expect((await exchange.requestEnd(false)).kind).toBe('deny');
    expect(inspector.pool?.slabs.inUse).toBe(0);
  });

  it('refuse what would wait beyond the bound, and give back what was taken for it', async () => {
    const inspector = await startPool({
      limits: { slabs: 4, slabBytes: 4_096, slabWaitBytesMax: 4_096 },
      policies: POLICIES,
    });
    const { pool } = inspector;
    const first = inspector.open(openingOf({ body: 'a' }));
    const second = inspector.open(openingOf({ body: 'a' }));
    for (const exchange of [first, second]) await exchange.requestHeaders();
    const held = hold(inspector);
    const taken = first.requestChunk(Buffer.alloc(16_384, 'x'));
    await expect(async () => second.requestChunk(Buffer.alloc(8_192, 'x'))).rejects.toMatchObject({
      code: 'POOL_FULL',
    });
    second.abandon();
    held.release();
    await taken;
    first.abandon();
    await held.done;
    await vi.waitFor(() =>
      expect([pool?.slabs.inUse, pool?.slabs.waiters, pool?.keptBytes]).toEqual([0, 0, 0]),
    );
    expect(pool?.refused).toBe(1);
  });
});

describe('bounds', () => {
  it('of exchanges refuse one more, until one is over', async () => {
    const inspector = await startPool({ limits: { poolTransactionsMax: 3 } });
    const open = [1, 2, 3].map(() => inspector.open(openingOf()));
    expect(() => inspector.open(openingOf())).toThrow(
      /no room for one more exchange: exchanges \[POOL_FULL\]/,
    );
    await expect(async () => inspector.inspect(requestOf())).rejects.toMatchObject({ code: 'POOL_FULL' });
    open[0]?.abandon();
    open[0]?.abandon();
    inspector.open(openingOf());
    expect(inspector.pool?.exchanges).toBe(3);
  });

  it('of the queue refuse new exchanges, and none that is open', async () => {
    const inspector = await startPool({ limits: { poolQueueMax: 4 }, policies: POLICIES });
    const open = inspector.open(openingOf());
    const held = hold(inspector);
    const others = Array.from({ length: 5 }, () => inspector.inspect(requestOf()));
    expect(inspector.pool?.waiting).toBe(4);
    expect(() => inspector.open(openingOf())).toThrow(/steps that wait \[POOL_FULL\]/);
    const verdict = (async () => open.requestHeaders())();
    held.release();
    expect((await verdict).verdict.kind).toBe('allow');
    await Promise.all([...others, held.done]);
    expect(inspector.pool?.waiting).toBe(0);
  });

  it('of what is kept refuse a chunk, and count no more than is kept', async () => {
    const inspector = await startPool({ limits: { poolKeptBytesMax: 65_536 } });
    const exchange = inspector.open(openingOf({ body: 'a' }));
    await exchange.requestHeaders();
    await exchange.requestChunk(Buffer.alloc(50_000, 'x'));
    expect(inspector.pool?.keptBytes).toBe(50_000);
    await expect(async () => exchange.requestChunk(Buffer.alloc(20_000, 'x'))).rejects.toMatchObject({
      code: 'POOL_FULL',
    });
    exchange.abandon();
    expect(inspector.pool?.keptBytes).toBe(0);
  });

  it('of time drop what nobody waits for any more, without inspecting it', async () => {
    const inspector = await startPool({ limits: { verdictMillisMax: 30 }, policies: POLICIES });
    const held = hold(inspector);
    const second = inspector.inspect(requestOf({ body: 'a=1' }));
    const late = inspector.inspect(requestOf({ body: 'a=evil' }));
    const begun = performance.now();
    await vi.waitFor(() => expect(performance.now() - begun).toBeGreaterThan(60));
    held.release();
    await expect(late).rejects.toMatchObject({ code: 'INSPECTION_LATE' });
    await Promise.allSettled([second, held.done]);
    expect(stateOf(inspector)).toMatchObject({ exchanges: 0, waiting: 0 });
  });
});

describe('an exchange that is abandoned', () => {
  it('frees its place in the queue and all that it holds, whatever it does', async () => {
    const inspector = await startPool({ policies: POLICIES });
    const { pool } = inspector;
    const waits = inspector.open(openingOf({ body: 'a' }));
    await waits.requestHeaders();
    const held = hold(inspector);
    const behind = inspector.inspect(requestOf());
    const chunk = (async () => waits.requestChunk(Buffer.from('a=1')))();
    expect(stateOf(inspector)).toMatchObject({ waiting: 1, exchanges: 3 });
    waits.abandon();
    await expect(chunk).rejects.toMatchObject({ code: 'EXCHANGE_OVER' });
    expect(stateOf(inspector)).toMatchObject({ waiting: 0, exchanges: 2, keptBytes: 0 });
    expect(pool?.slabs.inUse).toBe(0);
    held.release();
    await Promise.all([held.done, behind]);
    await expect(async () => waits.requestEnd(false)).rejects.toMatchObject({ code: 'EXCHANGE_OVER' });
  });
});

describe('fairness', () => {
  it('serves a policy that asks little next, however much waits of another', async () => {
    const inspector = await startPool({ policies: POLICIES });
    const held = hold(inspector);
    const order: string[] = [];
    const ask = (policy: string) =>
      Promise.resolve(inspector.inspect(requestOf({ policy, body: `a=${'b '.repeat(2_000)}` }))).then(() =>
        order.push(policy),
      );
    const flood = Array.from({ length: 200 }, () => ask('default'));
    const small = ask('other');
    held.release();
    await Promise.all([...flood, small, held.done]);
    // What the worker had already, and one that was chosen before.
    expect(order.indexOf('other')).toBeLessThan(4);
  });

  it('lets no policy have all of the pool', async () => {
    const inspector = await startPool({ limits: { poolTransactionsMax: 10 }, policies: POLICIES });
    let open = 0;
    expect(() => {
      for (; ; open++) inspector.open(openingOf());
    }).toThrow(/POOL_FULL/);
    expect(open).toBe(8);
    inspector.open(openingOf({ policy: 'other' }));
  });

  it('answers small requests at once beside 1,000 uploads that send now and then', async () => {
    const inspector = await startPool({
      limits: { inlineBytesMax: 16_384, poolTransactionsMax: 4_096, poolThreads: 2 },
      policies: POLICIES,
    });
    const uploads = Array.from({ length: 1_000 }, () => {
      const exchange = inspector.open({ ...openingOf({ body: 'a' }), bodyBytesExpected: 1_000_000 });
      return exchange;
    });
    await Promise.all(uploads.map(async (exchange) => exchange.requestHeaders()));
    expect(inspector.pool?.exchanges).toBe(1_000);
    const chunks = uploads.map((exchange) => exchange.requestChunk(Buffer.alloc(16_384, 'x')));
    // Whole and small: answered in this turn, with all of that waiting.
    expect(inspector.inspect(requestOf({ body: 'a=evil' }))).toMatchObject({ verdict: { kind: 'deny' } });
    expect(inspector.pool?.waiting).toBeGreaterThan(0);
    await Promise.all(chunks);
    for (const exchange of uploads) exchange.abandon();
    expect(stateOf(inspector)).toMatchObject({ exchanges: 0, keptBytes: 0, waiting: 0 });
  });
});

describe('finish', () => {
  it('ends an exchange: it holds nothing, and takes no further step', async () => {
    const inspector = await startPool();
    const exchange = inspector.open(openingOf());
    await exchange.requestHeaders();
    await exchange.finish(NO_COVERAGE);
    expect(inspector.pool?.exchanges).toBe(0);
    await expect(async () => exchange.requestEnd(false)).rejects.toMatchObject({ code: 'EXCHANGE_OVER' });
  });
});

describe('an upload', () => {
  const HEAD = '--b\r\ncontent-disposition: form-data; name="f"; filename="a.bin"\r\n\r\n';

  it('of a file of any length is kept nowhere', async () => {
    const inspector = await startPool({ limits: { poolKeptBytesMax: 262_144, slabs: 8 } });
    const exchange = inspector.open(openingOf({ body: 'a', type: 'multipart/form-data; boundary=b' }));
    await exchange.requestHeaders();
    await exchange.requestChunk(Buffer.from(HEAD));
    const chunk = Buffer.alloc(65_536, 'x');
    const before = process.memoryUsage.rss();
    for (let at = 0; at < 1_024; at++) {
      await exchange.requestChunk(chunk);
      expect(inspector.pool?.keptBytes).toBeLessThan(100_000);
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(50_000_000);
    expect(stateOf(inspector)).toMatchObject({ slabs: 0, waiters: 0, refused: 0 });
    exchange.abandon();
  });

  it('outside of files is counted while it is kept', async () => {
    const inspector = await startPool();
    const exchange = inspector.open(openingOf({ body: 'a' }));
    await exchange.requestHeaders();
    for (let at = 1; at <= 40; at++) {
      await exchange.requestChunk(Buffer.alloc(65_536, 'x'));
      expect(inspector.pool?.keptBytes).toBe(Math.min(at * 65_536, 1_048_576));
    }
    exchange.abandon();
    expect(inspector.pool?.keptBytes).toBe(0);
  });

  it('of a workload, its answer, is counted up to its limit', async () => {
    const inspector = await startPool();
    const exchange = inspector.open(openingOf());
    await exchange.requestHeaders();
    await exchange.requestEnd(false);
    const headers = [['content-type', 'text/plain']] as const;
    const { bodyBytesMax } = await exchange.responseHeaders({ status: 200, protocol: 'HTTP/1.1', headers });
    const step = Math.ceil(bodyBytesMax * 0.6);
    for (const kept of [step, bodyBytesMax, bodyBytesMax]) {
      await exchange.responseChunk(Buffer.alloc(step, 'x'));
      expect(inspector.pool?.keptBytes).toBe(kept);
    }
    exchange.abandon();
    expect(inspector.pool?.keptBytes).toBe(0);
  });
});
