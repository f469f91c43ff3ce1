/** Worker threads that end, hang and throw, and a pool that is full. */
import { writeFileSync } from 'node:fs';
import { afterEach, expect } from 'vitest';
import { type FaultOptions, formOf, Stand } from './stand.ts';
import { tryFaults } from './suite.ts';
import { type FaultMode, POOL_FAULTS } from './table.ts';

let stand: Stand;
afterEach(() => stand?.stop());

async function open(mode: FaultMode, limits: FaultOptions['limits'] = {}): Promise<Stand> {
  stand = await Stand.start(mode, { limits });
  return stand;
}

/** Keeps workers at a step until it is let go. */
class Hold {
  readonly #file = stand.stack.directory.join('let-go');
  /** What clients saw whose requests are held. */
  readonly clients: Promise<string>[] = [];

  begin(step: string, bytes: number): void {
    this.clients.push(stand.askFaulty(stand.path(), `hold:${this.#file}@${step}`, bytes));
  }

  async end(): Promise<void> {
    writeFileSync(this.#file, '');
    expect(new Set(await Promise.all(this.clients))).toEqual(new Set(['200']));
  }
}

const workerIsBack = (lost: number): Promise<void> =>
  stand.until('sluice_pool_workers_lost_total', lost).then(() => stand.until('sluice_pool_threads_ready', 1));

/** Of two threads one is held, and with it all slabs. */
async function withoutSlabs(mode: FaultMode, waitBytes: number): Promise<Hold> {
  await open(mode, { poolThreads: 2, slabs: 4, slabBytes: 4_096, slabWaitBytesMax: waitBytes });
  const hold = new Hold();
  hold.begin('requestBody', 16_384);
  await stand.until('sluice_pool_slabs_in_use', 4);
  return hold;
}

tryFaults(POOL_FAULTS, {
  async workerDies(mode) {
    await open(mode);
    const path = stand.path();
    const client = await stand.askFaulty(path, 'exit@requestEnd');
    const seen = await stand.seenAndTold(client, path);
    await workerIsBack(1);
    await stand.expectJudges();
    await stand.expectAllFreed();
    return seen;
  },

  async workerDiesBeside(mode) {
    await open(mode);
    const path = stand.path();
    const body = formOf(8_192);
    const beside = stand.upload(path, body.length);
    beside.write(body.slice(0, 4_096));
    await stand.until('sluice_pool_exchanges', 1);
    await stand.askFaulty(stand.path(), 'exit@requestEnd');
    await workerIsBack(1);
    beside.write(body.slice(4_096));
    const seen = await stand.seenAndTold(String(await beside.status), path);
    await stand.expectAllFreed();
    return seen;
  },

  async workerDiesAgain(mode) {
    await open(mode);
    const path = stand.path();
    for (const lost of [1, 2]) {
      await stand.askFaulty(path, 'exit@requestEnd');
      await workerIsBack(lost);
    }
    const before = [stand.events(path).length, stand.arrivalsOf(path).length] as const;
    const client = await stand.askFaulty(path, 'exit@requestEnd');
    await expect.poll(() => stand.events(path).length).toBe(before[0] + 1);
    expect(await stand.metric('sluice_pool_workers_lost_total')).toBe(2);
    await stand.expectJudges();
    return {
      client,
      workload: stand.arrivalsOf(path).length === before[1] ? 'nothing' : 'all of it',
      event: stand.told(path).split(' and ').at(-1) ?? '',
    };
  },

  async workerHangs(mode) {
    await open(mode, { poolTaskMillisMax: 2_000 });
    const path = stand.path();
    const client = await stand.askFaulty(path, 'hang@requestEnd');
    const seen = await stand.seenAndTold(client, path);
    await workerIsBack(1);
    await stand.expectJudges();
    await stand.expectAllFreed();
    return seen;
  },

  async stepThrows(mode) {
    await open(mode);
    const path = stand.path();
    const client = await stand.askFaulty(path, 'throw@requestEnd');
    const seen = await stand.seenAndTold(client, path);
    expect(await stand.metric('sluice_pool_workers_lost_total')).toBe(0);
    await stand.expectJudges();
    await stand.expectAllFreed();
    return seen;
  },

  async noSlab(mode) {
    const hold = await withoutSlabs(mode, 1_048_576);
    const path = stand.path();
    let isAnswered = false;
    const client = stand.askFaulty(path, 'none@requestEnd', 8_192).finally(() => {
      isAnswered = true;
    });
    // Two slabs' worth.
    await stand.until('sluice_pool_slab_waiters', 2);
    if (stand.isBlock) expect(isAnswered).toBe(false);
    else expect(await client).toBe('200');
    await hold.end();
    const seen = await stand.seen(await client, path);
    await stand.expectAllFreed();
    return seen;
  },

  async noSlabNoRoom(mode) {
    const hold = await withoutSlabs(mode, 0);
    const path = stand.path();
    const client = await stand.askFaulty(path, 'none@requestEnd', 8_192);
    // In Detect the answer does not wait for it.
    await stand.until('sluice_pool_refused_total', 1);
    await hold.end();
    const seen = await stand.seen(client, path);
    await stand.expectAllFreed();
    return seen;
  },

  async queueFull(mode) {
    await open(mode, { poolQueueMax: 1 });
    const hold = new Hold();
    // One runs, one is with the worker, one waits.
    for (let count = 1; count <= 3; count++) {
      hold.begin('requestHeaders', 8_192);
      await stand.until('sluice_pool_exchanges', count);
    }
    await stand.until('sluice_pool_queue_length', 1);
    const path = stand.path();
    const client = await stand.askFaulty(path, 'none@requestEnd', 8_192);
    // In Detect the answer does not wait for it.
    await stand.until('sluice_pool_refused_total', 1);
    await hold.end();
    const seen = await stand.seen(client, path);
    await stand.expectJudges();
    await stand.expectAllFreed();
    return seen;
  },
});
