/** Rule sets that change while requests are inspected. */
import { describe, expect, it, vi } from 'vitest';
import { generationOf, NO_COVERAGE, openingOf, requestOf, startPool, stateOf } from './support.ts';

const attributes = { status: 200, protocol: 'HTTP/1.1', headers: [['content-type', 'text/plain']] as const };

describe.each([
  ['in workers', {}],
  ['on this thread', { inlineBytesMax: 16_384 }],
  ['without workers', { poolThreads: 0 }],
])('a generation %s', (_, limits) => {
  it('is in force once it is used, for what opens from then on', async () => {
    const inspector = await startPool({ limits });
    const open = inspector.open(openingOf({ uri: '/?a=evil' }));
    await open.requestHeaders();
    await inspector.prepare(generationOf(2, ['default'], 'wicked'));
    expect((await inspector.inspect(requestOf({ uri: '/?a=wicked' }))).verdict.kind).toBe('allow');
    inspector.use(2);
    expect([inspector.current, inspector.version, inspector.generations.alive]).toEqual([2, 'test 2', 2]);
    expect((await inspector.inspect(requestOf({ uri: '/?a=wicked' }))).verdict.kind).toBe('deny');
    expect((await inspector.inspect(requestOf({ uri: '/?a=evil' }))).verdict.kind).toBe('allow');
    expect((await open.requestEnd(false)).kind).toBe('deny');
    await open.finish(NO_COVERAGE);
    expect(inspector.generations).toEqual({ alive: 1, retiredUsers: 0 });
  });

  it('ends what uses it for too long after its retirement', async () => {
    const inspector = await startPool({ limits: { ...limits, retiredMillisMax: 20 } });
    const open = inspector.open(openingOf());
    await open.requestHeaders();
    await inspector.prepare(generationOf(2));
    inspector.use(2);
    expect(inspector.generations).toEqual({ alive: 2, retiredUsers: 1 });
    await vi.waitFor(() => expect(inspector.generations.alive).toBe(1));
    await expect(async () => open.requestEnd(false)).rejects.toMatchObject({ code: 'RULE_SET_RETIRED' });
    open.abandon();
    expect((await inspector.inspect(requestOf({ uri: '/?a=evil' }))).verdict.kind).toBe('deny');
  });

  it('waits where three are alive, until one is not', async () => {
    const inspector = await startPool({ limits });
    const first = inspector.open(openingOf());
    await inspector.prepare(generationOf(2));
    inspector.use(2);
    const second = inspector.open(openingOf());
    await inspector.prepare(generationOf(3));
    inspector.use(3);
    let isPrepared = false;
    const fourth = generationOf(4);
    let isLookedAt = false;
    const watched = {
      ...fourth,
      get policies() {
        isLookedAt = true;
        return fourth.policies;
      },
    };
    const prepared = inspector.prepare(watched).then(() => {
      isPrepared = true;
    });
    await expect(inspector.prepare(generationOf(5))).rejects.toMatchObject({ code: 'RULE_SETS_BUSY' });
    await inspector.inspect(requestOf());
    expect([isLookedAt, isPrepared, inspector.generations.alive]).toEqual([false, false, 3]);
    first.abandon();
    await prepared;
    expect(inspector.generations.alive).toBe(3);
    second.abandon();
    inspector.discard(4);
    expect(inspector.generations.alive).toBe(1);
    expect(() => inspector.use(4)).toThrow(/GENERATION_UNKNOWN/);
  });

  it('that is prepared can be asked without being in force', async () => {
    const inspector = await startPool({ limits });
    await inspector.prepare(generationOf(2, ['default'], 'wicked'));
    expect((await inspector.inspectWith(2, requestOf({ uri: '/?a=wicked' }))).verdict.kind).toBe('deny');
    await expect(async () => inspector.inspectWith(9, requestOf())).rejects.toMatchObject({
      code: 'GENERATION_UNKNOWN',
    });
  });
});

describe('workers', () => {
  it('that start anew have every generation that is alive', async () => {
    const inspector = await startPool();
    const open = inspector.open(openingOf());
    await inspector.prepare(generationOf(2, ['default'], 'wicked'));
    await expect(async () => inspector.inspect(requestOf({ fault: 'exit' }))).rejects.toMatchObject({
      code: 'WORKER_LOST',
    });
    await vi.waitFor(() => expect(inspector.pool?.threadsReady).toBe(1), 20_000);
    inspector.use(2);
    expect((await inspector.inspect(requestOf({ uri: '/?a=wicked' }))).verdict.kind).toBe('deny');
    open.abandon();
  });

  it('refuse a generation that they cannot link, and go on with what they have', async () => {
    const inspector = await startPool();
    const good = generationOf(2);
    const broken = {
      ...good,
      policies: new Map([...good.policies].map(([name, rules]) => [name, { ...rules, base: 7 }])),
    };
    await expect(inspector.prepare(broken)).rejects.toMatchObject({ code: 'INSPECTION_INVALID' });
    expect((await inspector.inspect(requestOf({ uri: '/?a=evil' }))).verdict.kind).toBe('deny');
    await inspector.prepare(good);
    inspector.use(2);
    expect(stateOf(inspector).exchanges).toBe(0);
  });

  it('judge every one of 500 requests right during 20 reloads', async () => {
    const inspector = await startPool({ limits: { poolThreads: 2 } });
    let isOver = false;
    const reloads = (async () => {
      for (let id = 2; id <= 21; id++) {
        await inspector.prepare(generationOf(id, ['default'], id % 2 === 0 ? 'wicked' : 'evil'));
        inspector.use(id);
      }
      isOver = true;
    })();
    let asked = 0;
    for (; asked < 500 || !isOver; asked++) {
      const exchange = inspector.open(openingOf());
      const word = inspector.current % 2 === 0 ? 'wicked' : 'evil';
      await exchange.requestHeaders();
      await exchange.requestChunk(Buffer.from(`a=${asked % 2 === 0 ? word : 'good'}`));
      expect((await exchange.requestEnd(false)).kind).toBe(asked % 2 === 0 ? 'deny' : 'allow');
      await exchange.responseHeaders(attributes);
      await exchange.finish(NO_COVERAGE);
    }
    await reloads;
    expect([inspector.current, inspector.generations]).toEqual([21, { alive: 1, retiredUsers: 0 }]);
  });
});
