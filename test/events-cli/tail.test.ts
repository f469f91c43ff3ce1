/** `sluice events tail`: what comes is told once, whenever and in whatever order it comes. */
import { HubError, type SearchRequest } from '@sluice/hub';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WindowFollower as Follower } from '../../packages/cli/src/events/follow.ts';
import { runTail, type TailFlags } from '../../packages/cli/src/events/tail.ts';
import { MemoryStore } from '../event-store/memory-store.ts';
import { add, type EventParts, NOW, record, SELECT, speaking, storeWith } from './support.ts';

const SELECTION = { dataSet: 'waf', query: { kind: 'all' } } as const;

async function idsOf(follower: Follower): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const page of follower.next()) ids.push(...page.map(({ id }) => id));
  return ids;
}

const followerOf = (store: MemoryStore): Follower =>
  new Follower(store, SELECTION, { now: () => NOW, pageDocuments: 3 });

describe('following', () => {
  it('begins with the last, and tells what comes then', async () => {
    const store = await storeWith([1, 2, 3, 4, 5].map((at) => ({ id: `e${at}`, ago: 10_000 - at })));
    const follower = followerOf(store);
    expect((await follower.start(2)).map(({ id }) => id)).toEqual(['e4', 'e5']);
    expect(await idsOf(follower)).toEqual([]);
    await add(store, [{ id: 'new' }]);
    expect(await idsOf(follower)).toEqual(['new']);
    expect(await idsOf(follower)).toEqual([]);
  });

  it('tells what comes late, and is not blinded by a clock that is ahead', async () => {
    const store = await storeWith([{ id: 'ahead', ago: -86_400_000 }]);
    const follower = followerOf(store);
    await follower.start(0);
    await add(store, [{ id: 'now' }, { id: 'late', ago: 30_000 }]);
    expect(await idsOf(follower)).toEqual(['late', 'now']);
    await add(store, [{ id: 'later', ago: 50_000 }]);
    expect(await idsOf(follower)).toEqual(['later']);
  });

  it('tells everything of a store that was empty', async () => {
    const store = new MemoryStore();
    const follower = followerOf(store);
    expect(await follower.start(10)).toEqual([]);
    await add(store, [{ id: 'old', ago: 86_400_000 }, { id: 'new' }]);
    expect(await idsOf(follower)).toEqual(['old', 'new']);
  });

  it('gives out what is told to be new though it was there when it began, once', async () => {
    const store = await storeWith([{ id: 'shown' }, { id: 'meanwhile', ago: 10 }]);
    const follower = followerOf(store);
    expect((await follower.start(1)).map(({ id }) => id)).toEqual(['shown']);
    const told = (await store.search({ ...SELECTION, size: 10 })).documents;
    expect(follower.arrived(told).map(({ id }) => id)).toEqual(['meanwhile']);
    expect(follower.arrived(told)).toEqual([]);
    expect(await idsOf(follower)).toEqual([]);
  });

  it('tells each once, in whatever order they come within the window', async () => {
    const arrivals = fc.array(fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 8 }), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(arrivals, async (batches) => {
        const store = new MemoryStore();
        const follower = followerOf(store);
        await follower.start(10);
        const told: string[] = [];
        const sent: string[] = [];
        for (const [at, batch] of batches.entries()) {
          const events: readonly EventParts[] = batch.map((ago, index) => ({ id: `${at}-${index}`, ago }));
          sent.push(...events.map(({ id }) => id));
          await add(store, events);
          told.push(...(await idsOf(follower)));
        }
        expect(told.toSorted()).toEqual(sent.toSorted());
      }),
      { numRuns: 50 },
    );
  });
});

interface Running {
  readonly out: () => string;
  readonly err: () => string;
  readonly until: (words: string) => Promise<void>;
  readonly end: () => Promise<void>;
}

function running(store: MemoryStore, flags: Partial<TailFlags> = {}): Running {
  const spoken = speaking(store);
  const over = new AbortController();
  const timing = { signal: over.signal, pollMillis: 1, awayMillisMax: 4 };
  const ended = runTail('', { ...SELECT, lines: '10', ...flags }, { ...spoken, ...timing });
  return {
    out: spoken.out,
    err: spoken.err,
    until: async (words) => {
      while (!`${spoken.out()}${spoken.err()}`.includes(words)) {
        await nextTurn();
      }
    },
    end: async () => {
      over.abort();
      await ended;
    },
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

/** Its third search is the first that asks what is new. */
class Counting extends MemoryStore {
  searches = 0;
  override async search(request: SearchRequest) {
    const page = await super.search(request);
    this.searches++;
    return page;
  }
}

class Away extends MemoryStore {
  isAway = false;
  refused = 0;
  override async search(request: SearchRequest) {
    if (this.isAway) this.refused++;
    if (this.isAway) throw new HubError('STORE_UNAVAILABLE', { store: 'x', reason: 'gone \x1b' });
    return super.search(request);
  }
}

describe('tail', () => {
  it('prints a line for each, under one head, until it is ended', async () => {
    const store = await storeWith([{ id: 'first', ago: 5 }]);
    const tail = running(store);
    await tail.until('first');
    await add(store, [{ id: 'second' }]);
    await tail.until('second');
    await tail.end();
    expect(
      tail
        .out()
        .split('\n')
        .map((line) => line.split(/ +/)[0]),
    ).toEqual(['TIME', '2026-11-23T11:59:59.995Z', '2026-11-23T12:00:00.000Z', '']);
  });

  it('prints JSON, and none of what was there where none is asked for', async () => {
    const store = new Counting();
    await add(store, [{ id: 'first' }]);
    const tail = running(store, { json: true, lines: '0' });
    while (store.searches < 3) await nextTurn();
    await add(store, [{ id: 'second' }]);
    await tail.until('second');
    await tail.end();
    expect(
      tail
        .out()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).event.id),
    ).toEqual(['second']);
  });

  it('waits for a store that is away, says so once, and misses nothing', async () => {
    const store = new Away();
    const tail = running(store);
    await store.append([]);
    store.isAway = true;
    while (store.refused < 3) await nextTurn();
    await store.append([record(eventNamed('meanwhile'), 'meanwhile')]);
    store.isAway = false;
    await tail.until('meanwhile');
    await tail.until('is back');
    await tail.end();
    expect(tail.err()).toBe(
      'the store x cannot be reached: gone \\x1b [STORE_UNAVAILABLE]; trying again\nthe store is back\n',
    );
  });

  it('ends where it can never work', async () => {
    const spoken = speaking(new MemoryStore());
    const environment = { ...spoken, signal: new AbortController().signal, pollMillis: 1, awayMillisMax: 1 };
    const flags = { ...SELECT, lines: '10' };
    await expect(runTail('nonsense =', flags, environment)).rejects.toThrow(/QUERY_SYNTAX/);
    await expect(runTail('', { ...flags, lines: 'x' }, environment)).rejects.toThrow(/--lines/);
  });
});

const eventNamed = (id: string) => ({ '@timestamp': new Date(NOW).toISOString(), event: { id } });
