import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildEvent, EVENT_ID_CHARACTERS, EventIds, makeEventId } from '../../src/index.ts';
import { run } from './support.ts';

const SEED = Uint8Array.from([1, 2, 3, 4, 5, 6, 7]);

describe('ids of events', () => {
  it('are 26 characters of base 32 that begin with the time', () => {
    const id = new EventIds(SEED, () => 1_469_918_176_385).next();
    expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    // The time as other makers of such ids write it.
    expect(id.slice(0, 10)).toBe('01ARYZ6S41');
    expect(makeEventId()).toHaveLength(EVENT_ID_CHARACTERS);
  });

  it('ascend and never come twice, whatever the clock does', () => {
    const clocks = fc.array(fc.integer({ min: 0, max: 2 ** 44 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(clocks, (times) => {
        let at = 0;
        const ids = new EventIds(SEED, () => times[at++ % times.length] ?? 0);
        const made = Array.from({ length: times.length * 2 }, () => ids.next());
        expect(made).toEqual([...new Set(made)].sort());
      }),
    );
  });

  it('sort as the time does, whoever made them', () => {
    const seed = fc.uint8Array({ minLength: 7, maxLength: 7 });
    const millis = fc.integer({ min: 0, max: 2 ** 44 });
    fc.assert(
      fc.property(seed, seed, millis, millis, (one, other, earlier, later) => {
        fc.pre(earlier < later);
        expect(new EventIds(one, () => earlier).next() < new EventIds(other, () => later).next()).toBe(true);
      }),
    );
  });

  it('differ between threads that make them in the same millisecond', () => {
    const seed = fc.uint8Array({ minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(seed, seed, fc.nat(1_000), (one, other, count) => {
        fc.pre(Buffer.compare(one, other) !== 0);
        const make = (bytes: Uint8Array): readonly string[] => {
          const ids = new EventIds(bytes, () => 1);
          return Array.from({ length: count }, () => ids.next());
        };
        expect(new Set([...make(one), ...make(other)]).size).toBe(2 * count);
      }),
      { numRuns: 20 },
    );
  });

  it('differ between threads of a process', async () => {
    const module = new URL('../../src/event/event-id.ts', import.meta.url).href;
    const code = `import(${JSON.stringify(module)}).then(({ makeEventId }) => {
      const { parentPort } = require('node:worker_threads');
      parentPort.postMessage(Array.from({ length: 5000 }, makeEventId));
    })`;
    const made = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise<readonly string[]>((resolve, reject) => {
            new Worker(code, { eval: true }).once('message', resolve).once('error', reject);
          }),
      ),
    );
    expect(new Set(made.flat()).size).toBe(15_000);
  });

  it("are in no way the client's: requests with the same id have events of their own", () => {
    const events = [1, 2].map(() => buildEvent(run('SecAction "id:1,phase:1,deny"', { id: 'mine' }).result));
    expect(events.map(({ http }) => http.request.id)).toEqual(['mine', 'mine']);
    expect(new Set(events.map(({ event }) => event.id)).size).toBe(2);
    for (const { event } of events) expect(event.id).not.toContain('mine');
  });
});
