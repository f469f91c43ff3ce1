import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Document, FloodGuard, type FloodGuardOptions, type SpoolRecord } from '../../src/index.ts';

interface Stand {
  readonly guard: FloodGuard;
  readonly kept: SpoolRecord[];
  readonly summaries: Document[];
  now: number;
  /** An event of a source, now. */
  send(source: string, waf?: Partial<Record<'policy' | 'would_block', string | boolean>>): void;
}

function stand(options: Partial<FloodGuardOptions> = {}): Stand {
  const clock = { now: 0 };
  let ids = 0;
  const kept: SpoolRecord[] = [];
  const summaries: Document[] = [];
  const guard = new FloodGuard({
    append(record) {
      if ('flood' in (record.document.waf as object)) summaries.push(record.document);
      else kept.push(record);
      return true;
    },
    makeId: () => `summary-${ids++}`,
    now: () => clock.now,
    ...options,
  });
  onTestFinished(() => guard.close());
  return {
    guard,
    kept,
    summaries,
    get now() {
      return clock.now;
    },
    set now(millis) {
      clock.now = millis;
    },
    send(source, waf = {}) {
      const document = {
        '@timestamp': new Date(clock.now).toISOString(),
        event: { id: 'x', action: 'deny', type: ['denied'], outcome: 'success', dataset: 'sluice.waf' },
        source: { ip: source },
        host: 'node-1',
        waf: { policy: 'shop', mode: 'Block', would_block: true, rules: [{ id: '942100' }], ...waf },
      };
      guard.accept({ dataSet: 'waf', id: 'x', source, document });
    },
  };
}

const floodOf = (document: Document) =>
  (document.waf as { flood: { count: number; from: string; to: string } }).flood;
const counted = (summaries: readonly Document[]): number =>
  summaries.reduce((sum, summary) => sum + floodOf(summary).count, 0);

describe('a flood of one source', () => {
  it('leaves all events of others, and is counted exactly', () => {
    const world = stand();
    const others = Array.from({ length: 10 }, (_, index) => `198.51.100.${index}`);
    let sentByFlood = 0;
    // Ten seconds: 20,000 a second of one, 5 a second of each of the others.
    for (let millis = 0; millis < 10_000; millis++) {
      world.now = millis;
      for (let each = 0; each < 20; each++, sentByFlood++) world.send('203.0.113.9');
      if (millis % 200 === 0) for (const other of others) world.send(other);
      if (millis % 1_000 === 999) world.guard.flush();
    }
    const ofOthers = world.kept.filter(({ source }) => source !== '203.0.113.9');
    expect(ofOthers.length).toBe(10 * 50);
    const keptOfFlood = world.kept.length - ofOthers.length;
    expect(keptOfFlood + counted(world.summaries)).toBe(sentByFlood);
    // Its share, and one in a hundred of the rest.
    expect(keptOfFlood).toBeGreaterThan(2_000);
    expect(keptOfFlood).toBeLessThan(3_000);
    expect(world.summaries.length).toBe(10);
  });

  it('is told with its source, policy, verdict, rules and times', () => {
    const world = stand({ limits: { perSecond: 1, burst: 1, sampleOneIn: 1_000 } });
    for (let index = 0; index < 4; index++) {
      world.now = index * 100;
      world.send('203.0.113.9');
    }
    world.guard.flush();
    expect(world.summaries).toEqual([
      {
        '@timestamp': '1970-01-01T00:00:00.100Z',
        host: 'node-1',
        event: {
          id: 'summary-0',
          kind: 'event',
          category: ['web'],
          dataset: 'sluice.waf',
          module: 'sluice',
          type: ['denied'],
          action: 'deny',
          outcome: 'success',
          reason: '3 events of one source, summed up',
        },
        source: { ip: '203.0.113.9' },
        related: { ip: ['203.0.113.9'] },
        waf: {
          schema: 1,
          policy: 'shop',
          mode: 'Block',
          would_block: true,
          rules: [{ id: '942100' }],
          flood: { count: 3, from: '1970-01-01T00:00:00.100Z', to: '1970-01-01T00:00:00.300Z' },
        },
      },
    ]);
  });

  it('is summed up by policy and verdict, up to a bound', () => {
    const world = stand({ limits: { perSecond: 1, burst: 1, sampleOneIn: 1_000_000 } });
    world.send('203.0.113.9');
    for (let index = 0; index < 50; index++) world.send('203.0.113.9', { policy: `policy-${index}` });
    world.guard.flush();
    expect(world.summaries.length).toBe(17);
    expect(counted(world.summaries)).toBe(50);
    const [other] = world.summaries.filter((document) => floodOf(document).count > 1);
    expect(other?.waf).not.toHaveProperty('policy');
  });

  it('ends with it: a source that is silent for a while is heard again', () => {
    const world = stand({ limits: { perSecond: 10, burst: 20 } });
    for (let index = 0; index < 100; index++) world.send('203.0.113.9');
    const before = world.kept.length;
    world.now = 2_000;
    for (let index = 0; index < 20; index++) world.send('203.0.113.9');
    expect(world.kept.length).toBe(before + 20);
  });

  it('from many addresses of an IPv6 network is one', () => {
    const world = stand({ limits: { perSecond: 1, burst: 1, sampleOneIn: 1_000 } });
    for (let index = 0; index < 10; index++) world.send(`2001:db8:0:1::${index}`);
    world.send('2001:db8:0:2::1');
    expect(world.kept.length).toBe(2);
    expect(world.guard.stats.sources).toBe(2);
  });

  it('keeps its count where nobody takes the summary', () => {
    let isFull = true;
    const summaries: Document[] = [];
    const world = stand({
      limits: { perSecond: 1, burst: 1, sampleOneIn: 1_000 },
      append(record) {
        if (!('flood' in (record.document.waf as object))) return true;
        if (!isFull) summaries.push(record.document);
        return !isFull;
      },
    });
    for (let index = 0; index < 11; index++) world.send('203.0.113.9');
    world.guard.flush();
    isFull = false;
    world.send('203.0.113.9');
    world.guard.flush();
    expect(counted(summaries)).toBe(11);
  });
});

describe('many sources', () => {
  it('are told apart up to a bound, and then share one', () => {
    const world = stand({ limits: { sourcesMax: 100, perSecond: 5, burst: 5, sampleOneIn: 1_000 } });
    for (let index = 0; index < 1_000; index++) world.send(`10.0.${index >> 8}.${index & 255}`);
    world.guard.flush();
    expect(world.guard.stats.sources).toBe(100);
    expect(world.kept.length).toBe(105);
    expect(counted(world.summaries)).toBe(895);
    expect(world.summaries[0]).not.toHaveProperty('source');
  });

  it('are each kept or counted, once', () => {
    const event = fc.record({
      source: fc.integer({ min: 0, max: 20 }).map((index) => `10.0.0.${index}`),
      policy: fc.constantFrom('shop', 'blog'),
      after: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 400 }), (events): void => {
        const world = stand({ limits: { sourcesMax: 8, perSecond: 2, burst: 3, sampleOneIn: 5 } });
        for (const { source, policy, after } of events) {
          world.now += after;
          world.send(source, { policy });
          if (after > 280) world.guard.flush();
        }
        world.guard.close();
        expect(world.kept.length + counted(world.summaries)).toBe(events.length);
        const { kept, summarised } = world.guard.stats;
        expect([kept, summarised]).toEqual([world.kept.length, counted(world.summaries)]);
      }),
    );
  });
});
