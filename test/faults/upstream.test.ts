/** A workload that is gone before, in the middle of, and behind a request. */
import { afterEach, expect } from 'vitest';
import { ATTACK, FORM, formOf, SOON, Stand } from './stand.ts';
import { tryFaults } from './suite.ts';
import { UPSTREAM_FAULTS } from './table.ts';

let stand: Stand;
afterEach(() => stand?.stop());

tryFaults(UPSTREAM_FAULTS, {
  async gone(mode) {
    stand = await Stand.start(mode);
    await stand.stack.workload.close();
    const path = stand.path();
    const client = await stand.ask({ method: 'POST', path, headers: FORM, body: formOf(8_192) });
    await stand.expectAllFreed();
    return stand.seen(client, path);
  },

  async goneAttack(mode) {
    stand = await Stand.start(mode);
    await stand.stack.workload.close();
    const path = stand.path();
    const body = `${formOf(8_192)}&r=${ATTACK}`;
    const client = await stand.ask({ method: 'POST', path, headers: FORM, body });
    return stand.seenAndTold(client, path);
  },

  async goneMeanwhile(mode) {
    stand = await Stand.start(mode);
    const path = stand.path();
    const body = formOf(8_192);
    const client = stand.upload(path, body.length);
    client.write(body.slice(0, 4_096));
    await stand.until('sluice_pool_exchanges', 1);
    if (!stand.isBlock) await expect.poll(() => stand.arrivalsOf(path)[0]?.bytes, SOON).toBe(4_096);
    await stand.stack.workload.close();
    client.write(body.slice(4_096));
    const status = String(await client.status);
    await stand.expectAllFreed();
    return stand.isBlock ? stand.seen(status, path) : stand.seenAndTold(status, path);
  },

  async goneAfter(mode) {
    stand = await Stand.start(mode);
    const path = '/gone';
    const client = await stand.ask({ method: 'POST', path, headers: FORM, body: formOf(8_192) });
    await stand.expectAllFreed();
    return stand.seen(client, path);
  },
});
