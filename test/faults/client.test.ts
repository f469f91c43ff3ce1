/** Clients that are slow, silent or gone. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect } from 'vitest';
import { RawClient } from '../ext-proc-facts/clients.ts';
import { formOf, SOON, Stand } from './stand.ts';
import { tryFaults } from './suite.ts';
import { CLIENT_FAULTS } from './table.ts';

let stand: Stand;
afterEach(() => stand?.stop());

const BYTES = 8_192;
const half = BYTES / 2;
const BODY = formOf(BYTES);

tryFaults(CLIENT_FAULTS, {
  async slowHeaders(mode) {
    stand = await Stand.start(mode, { verdictMillis: 1_000 });
    const path = stand.path();
    const client = new RawClient(stand.stack.port);
    const head = `GET ${path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n`;
    for (const byte of head) {
      client.write(byte);
      await pause(20);
    }
    const status = /^HTTP\/1\.1 (\d+)/.exec(await client.untilClosed())?.[1] ?? 'reset';
    return stand.seen(status, path);
  },

  async slowBody(mode) {
    stand = await Stand.start(mode, { verdictMillis: 1_000 });
    const path = stand.path();
    const client = stand.upload(path, BYTES);
    for (const at of [0, half, half + 1]) {
      client.write(BODY.slice(at, at === 0 ? half : at === half ? half + 1 : BYTES));
      if (at !== half + 1) await pause(2_500);
    }
    const status = String(await client.status);
    return stand.seen(status, path);
  },

  async silentBody(mode) {
    stand = await Stand.start(mode, { limits: { pauseMillisMax: 1_000 } });
    const path = stand.path();
    const client = stand.upload(path, BYTES);
    client.write(BODY.slice(0, half));
    if (stand.isBlock) return stand.seenAndTold(String(await client.status), path);
    await pause(3_000);
    client.write(BODY.slice(half));
    return stand.seen(String(await client.status), path);
  },

  async clientGone(mode) {
    stand = await Stand.start(mode);
    const path = stand.path();
    const client = stand.upload(path, BYTES);
    client.write(BODY.slice(0, half));
    await stand.until('sluice_pool_exchanges', 1);
    if (!stand.isBlock) await expect.poll(() => stand.arrivalsOf(path)[0]?.bytes, SOON).toBe(half);
    client.close();
    await stand.expectAllFreed();
    await Promise.all(stand.arrivalsOf(path).map(({ over }) => over));
    await stand.expectJudges();
    return stand.isBlock ? stand.seen('gone', path) : stand.seenAndTold('gone', path);
  },
});
