import { describe, expect, test } from 'vitest';
import { WriteRefusal } from '../../src/apply/failure.ts';
import { GONE, Outbox, type Wish } from '../../src/apply/outbox.ts';

/** Writes that a test lets go on one by one. */
class Desk {
  readonly begun: string[] = [];
  mayWrite = true;
  #most = 0;
  #busy = 0;
  readonly #open = new Map<string, PromiseWithResolvers<void>>();
  readonly outbox = new Outbox({
    mayWrite: () => this.mayWrite,
    onWritten: () => undefined,
    onFailed: () => undefined,
    writesMax: 2,
  });

  wish(key: string, digest = '1', more: Partial<Wish> = {}): Wish {
    const write = (): Promise<void> => {
      this.begun.push(`${key}=${digest}`);
      this.#busy += 1;
      this.#most = Math.max(this.#most, this.#busy);
      const open = Promise.withResolvers<void>();
      this.#open.set(key, open);
      return open.promise.finally(() => {
        this.#busy -= 1;
      });
    };
    return { key, digest, order: 0, after: [], write, ...more };
  }

  want(...wishes: readonly Wish[]): void {
    for (const wish of wishes) this.outbox.want(wish);
  }

  async done(key: string): Promise<void> {
    this.#open.get(key)?.resolve();
    await new Promise(setImmediate);
  }

  async fail(key: string, status = 500): Promise<void> {
    this.#open.get(key)?.reject(new WriteRefusal(key, status, 'no', null));
    await new Promise(setImmediate);
  }

  get most(): number {
    return this.#most;
  }
}

describe('outbox', () => {
  test('a bounded number is written at once, what comes first in order first', async () => {
    const desk = new Desk();
    desk.want(desk.wish('a'), desk.wish('b'), desk.wish('c', '1', { order: 1 }), desk.wish('d'));
    expect(desk.begun).toEqual(['a=1', 'b=1']);
    await desk.done('b');
    await desk.done('a');
    expect(desk.begun).toEqual(['a=1', 'b=1', 'd=1', 'c=1']);
    await desk.done('c');
    await desk.done('d');
    await desk.outbox.settled();
    expect(desk.most).toBe(2);
  });

  test('what stands already is not written', async () => {
    const desk = new Desk();
    desk.outbox.stand('a', '1');
    desk.want(desk.wish('a'), desk.wish('b', GONE));
    await desk.outbox.settled();
    expect(desk.begun).toEqual([]);
  });

  test('what waits for another is written when that stands, and others are not held up', async () => {
    const desk = new Desk();
    desk.want(desk.wish('node', '1', { after: ['map'] }), desk.wish('other'));
    expect(desk.begun).toEqual(['other=1']);
    desk.want(desk.wish('map', '1', { order: 1 }));
    await desk.done('map');
    expect(desk.begun).toEqual(['other=1', 'map=1', 'node=1']);
    await desk.done('node');
    await desk.done('other');
    await desk.outbox.settled();
  });

  test('what changes while it is written is written again, once, as it is then', async () => {
    const desk = new Desk();
    desk.want(desk.wish('a', '1'));
    desk.want(desk.wish('a', '2'), desk.wish('a', '3'));
    expect(desk.begun).toEqual(['a=1']);
    await desk.done('a');
    expect(desk.begun).toEqual(['a=1', 'a=3']);
    await desk.done('a');
    await desk.outbox.settled();
    expect(desk.outbox.standing('a')).toBe('3');
  });

  test('one that fails is tried again, and told when it has failed several times', async () => {
    const desk = new Desk();
    desk.want(desk.wish('a'), desk.wish('b'), desk.wish('c'));
    for (const round of [1, 2, 3]) {
      await desk.fail('a');
      if (round === 1) for (const key of ['b', 'c']) await desk.done(key);
      expect(desk.outbox.failing()).toHaveLength(round === 3 ? 1 : 0);
      if (round < 3)
        await expect.poll(() => desk.begun.filter((key) => key === 'a=1').length).toBe(round + 1);
    }
    expect(desk.begun).toContain('c=1');
    expect(desk.outbox.waiting).toBe(1);
    await expect.poll(() => desk.begun.filter((key) => key === 'a=1').length, { timeout: 20_000 }).toBe(4);
    await desk.done('a');
    await desk.outbox.settled();
    expect(desk.outbox.failing()).toEqual([]);
  });

  test('what is forgotten is not tried again', async () => {
    const desk = new Desk();
    desk.want(desk.wish('a'));
    await desk.fail('a');
    desk.outbox.forget('a');
    await desk.outbox.settled();
    expect(desk.begun).toEqual(['a=1']);
  });

  test('nothing is begun when it may not be written, nor after it was stopped', async () => {
    const desk = new Desk();
    desk.mayWrite = false;
    desk.want(desk.wish('a'));
    expect(desk.begun).toEqual([]);
    desk.mayWrite = true;
    desk.want(desk.wish('b'), desk.wish('c'), desk.wish('d'));
    const stopped = desk.outbox.stop();
    for (const key of ['a', 'b', 'c', 'd']) await desk.done(key);
    await stopped;
    expect(desk.begun).toEqual(['a=1', 'b=1']);
  });
});
