import { describe, expect, it } from 'vitest';
import { FairQueue, Shares } from '../../src/pool/fair-queue.ts';
import { Ledger } from '../../src/pool/ledger.ts';
import { Suspects } from '../../src/pool/suspects.ts';
import { openingOf } from './support.ts';

/** Serves until a queue is empty; each item costs what its key's do. */
function serve(
  queue: FairQueue<string>,
  costs: Readonly<Record<string, number>>,
  most = Number.POSITIVE_INFINITY,
) {
  const order: string[] = [];
  while (order.length < most) {
    const item = queue.shift();
    if (item === undefined) break;
    const key = item.slice(0, 1);
    order.push(item);
    queue.charge(key, costs[key] ?? 1);
  }
  return order;
}

const fill = (queue: FairQueue<string>, key: string, count: number): void => {
  for (let at = 0; at < count; at++) queue.push(key, `${key}${at}`);
};

describe('FairQueue', () => {
  it('keeps the order of one key', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 3);
    expect(serve(queue, {})).toEqual(['a0', 'a1', 'a2']);
    expect([queue.length, queue.shift()]).toEqual([0, undefined]);
  });

  it('serves the one item of a key after at most one of a flood that came before it', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 1_000);
    serve(queue, {}, 500);
    fill(queue, 'b', 1);
    expect(serve(queue, {}, 2)).toContain('b0');
  });

  it('gives keys the same cost, not the same number', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 100);
    fill(queue, 'b', 1_000);
    const served = serve(queue, { a: 10, b: 1 }, 220);
    const ofA = served.filter((item) => item.startsWith('a')).length;
    expect(ofA).toBeGreaterThanOrEqual(19);
    expect(ofA).toBeLessThanOrEqual(21);
  });

  it('neither saves up for a key that was idle nor lets a busy one starve for it', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 1_000);
    serve(queue, { a: 100 }, 100);
    fill(queue, 'b', 1_000);
    const served = serve(queue, { a: 100, b: 100 }, 100);
    expect(served.slice(0, 4).filter((item) => item.startsWith('a')).length).toBeGreaterThanOrEqual(1);
    expect(served.filter((item) => item.startsWith('a')).length).toBeGreaterThanOrEqual(49);
  });

  it('charges together what several queues serve', () => {
    const shares = new Shares();
    const first = new FairQueue<string>(shares);
    const second = new FairQueue<string>(shares);
    fill(first, 'a', 10);
    serve(first, { a: 100 }, 5);
    fill(second, 'a', 1);
    fill(second, 'b', 4);
    expect(serve(second, { b: 1 }, 4)).toEqual(['b0', 'b1', 'b2', 'b3']);
  });

  it('takes items back, and gives all that are left', () => {
    const queue = new FairQueue<string>();
    fill(queue, 'a', 2);
    fill(queue, 'b', 1);
    expect([queue.remove('a', 'a0'), queue.remove('a', 'a0'), queue.remove('c', 'a1')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(queue.drain().toSorted()).toEqual(['a1', 'b0']);
    expect(queue.length).toBe(0);
  });
});

describe('Ledger', () => {
  it('lets one policy have most and never all, and another the rest', () => {
    const ledger = new Ledger('places', 100);
    let taken = 0;
    for (; ledger.has('a', 1); taken++) ledger.take('a', 1);
    expect(taken).toBe(80);
    expect(() => ledger.take('a', 1)).toThrow(/POOL_FULL/);
    for (let at = 0; at < 10; at++) ledger.take('b', 1);
    ledger.give('a', 80);
    expect(ledger.total).toBe(10);
    expect(ledger.refused).toBe(1);
  });

  it('never holds more than its bound', () => {
    const ledger = new Ledger('bytes', 10);
    expect(() => ledger.take('a', 11)).toThrow(/POOL_FULL/);
    ledger.take('a', 10);
    expect(() => ledger.take('b', 1)).toThrow(/POOL_FULL/);
  });
});

describe('Suspects', () => {
  it('condemns the like of what was blamed twice, for a while, and forgets the oldest', () => {
    let now = 0;
    const suspects = new Suspects(() => now);
    const deadly = openingOf({ uri: '/a?b' });
    suspects.blame(deadly);
    expect(suspects.isCondemned(deadly)).toBe(false);
    suspects.blame(openingOf({ uri: '/a?c' }));
    expect(suspects.isCondemned(deadly)).toBe(true);
    expect(suspects.isCondemned(openingOf({ uri: '/a', policy: 'other' }))).toBe(false);
    now = 600_001;
    expect(suspects.isCondemned(deadly)).toBe(false);
    suspects.blame(deadly);
    suspects.blame(deadly);
    for (let at = 0; at < 1_100; at++) suspects.blame(openingOf({ uri: `/${at}` }));
    expect(suspects.isCondemned(deadly)).toBe(false);
  });
});
