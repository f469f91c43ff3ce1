/** Threads that let others go first. */
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
const MODULE = new URL('../src/give-way.ts', import.meta.url).href;

/** Priorities of a thread of its own: priorities are a thread's. */
const after = (steps: readonly number[]): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const code = `
      import { getPriority } from 'node:os';
      import { parentPort, workerData } from 'node:worker_threads';
      import { giveWay } from ${JSON.stringify(MODULE)};
      parentPort.postMessage(workerData.map((step) => { giveWay(step); return getPriority(); }));`;
    const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const worker = new Worker(url, { workerData: steps });
    worker.once('message', resolve);
    worker.once('error', reject);
  });

it('takes what is asked for, and no more back: that would take a right that few have', async () => {
  expect(await after([PRIORITY_BELOW_NORMAL])).toEqual([PRIORITY_BELOW_NORMAL]);
  expect(await after([PRIORITY_LOW, PRIORITY_BELOW_NORMAL])).toEqual([PRIORITY_LOW, PRIORITY_LOW]);
});

it('goes on where the system refuses', async () => {
  const none = 18.5;
  expect(await after([PRIORITY_BELOW_NORMAL, none])).toEqual([PRIORITY_BELOW_NORMAL, PRIORITY_BELOW_NORMAL]);
});
