/** Places, and those who wait for them: none is lost to who has left, or to who was told twice. */
import { describe, expect, it } from 'vitest';
import { Slots } from '../src/api/slots.ts';

const here = (): AbortSignal => new AbortController().signal;

describe('who waits for a place', () => {
  it('gets one each of those that are given back at once', async () => {
    const slots = new Slots('query', 2);
    const held = [slots.take(), slots.take()];
    const waiting = [slots.enter(8, here()), slots.enter(8, here())];
    for (const giveBack of held) giveBack();
    expect(await Promise.all(waiting)).toHaveLength(2);
    expect(slots.taken).toBe(2);
  });

  it('gets the one of who has left when they were told of it', async () => {
    const slots = new Slots('query', 1);
    const giveBack = slots.take();
    const leaving = new AbortController();
    const first = slots.enter(8, leaving.signal);
    const second = slots.enter(8, here());
    giveBack();
    leaving.abort();
    await expect(first).rejects.toMatchObject({ code: 'HUB_BUSY' });
    (await second)();
    expect(slots.taken).toBe(0);
  });

  it('and has left leaves room for others', async () => {
    const slots = new Slots('query', 1);
    const giveBack = slots.take();
    const leaving = new AbortController();
    const first = slots.enter(1, leaving.signal);
    await expect(slots.enter(1, here())).rejects.toMatchObject({ code: 'HUB_BUSY' });
    leaving.abort();
    await expect(first).rejects.toMatchObject({ code: 'HUB_BUSY' });
    const next = slots.enter(1, here());
    giveBack();
    (await next)();
    await expect(slots.enter(1, leaving.signal)).resolves.toBeTypeOf('function');
  });
});
