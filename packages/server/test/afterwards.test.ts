/** What follows answers: behind them, in order, bounded, and none left out. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { AFTERWARDS_MAX, Afterwards } from '../src/afterwards.ts';
import { CHECK_PATH } from '../src/check.ts';
import { parseConfig } from '../src/config.ts';
import { LateEvent, type LateEventParts } from '../src/late-event.ts';
import { createLog } from '../src/log.ts';
import { createServer } from '../src/server.ts';
import { DENY, inspection } from './support/fake-inspector.ts';
import { checkMessage } from './support/protos.ts';
import { frameOf, grpcHeaders } from './support/raw-client.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function idle(afterwards: Afterwards): Promise<void> {
  while (afterwards.waiting > 0) await turn();
}

describe('what follows answers', () => {
  it('is not done at once, and then in the order in which it was given', async () => {
    const afterwards = new Afterwards();
    const done: number[] = [];
    for (const each of [1, 2, 3]) afterwards.add(() => done.push(each));
    await Promise.resolve();
    expect(done).toEqual([]);
    await idle(afterwards);
    expect(done).toEqual([1, 2, 3]);
  });

  it('has a bound: beyond it the oldest is done at once', async () => {
    const afterwards = new Afterwards();
    const done: number[] = [];
    for (let each = 0; each < AFTERWARDS_MAX + 2; each++) afterwards.add(() => done.push(each));
    expect(done).toEqual([0, 1]);
    expect(afterwards.waiting).toBe(AFTERWARDS_MAX);
    await idle(afterwards);
    expect(done).toEqual(Array.from({ length: AFTERWARDS_MAX + 2 }, (_, each) => each));
  });

  it('gives way to what came meanwhile', async () => {
    const afterwards = new Afterwards();
    const order: string[] = [];
    const slow = (): void => {
      const until = performance.now() + 2;
      while (performance.now() < until);
      order.push('afterwards');
      setImmediate(() => order.push('request'));
    };
    for (let each = 0; each < 4; each++) afterwards.add(slow);
    await idle(afterwards);
    await turn();
    expect(order.slice(0, 4)).toEqual(['afterwards', 'request', 'afterwards', 'request']);
  });

  it('is done when it is closed, and at once from then on', () => {
    const afterwards = new Afterwards();
    const done: number[] = [];
    afterwards.add(() => done.push(1));
    afterwards.close();
    expect(done).toEqual([1]);
    afterwards.add(() => done.push(2));
    expect(done).toEqual([1, 2]);
  });
});

/** In a thread of its own, as the server's is to stand still: asks so many times at once, and tells when all answers have their end. */
const CLIENT = `
const { parentPort, workerData } = require('node:worker_threads');
const { connect } = require('node:http2');
const { path, headers, body, flag, calls } = workerData;
const session = connect('http://localhost', { createConnection: () => require('node:net').connect(path) });
let open = calls;
for (let call = 0; call < calls; call++) {
  const stream = session.request(headers);
  stream.on('trailers', () => {
    if (--open > 0) return;
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    parentPort.postMessage('answered');
  });
  stream.on('data', () => undefined);
  stream.on('end', () => stream.end());
  stream.on('close', () => open === 0 && session.close());
  stream.end(body);
}
`;

const ANSWER_MILLIS_MAX = 10_000;
const CALLS = 30;

describe('a server', () => {
  /** What it makes is no event of the engine's: the server hands it on as it is. */
  const late = (make: () => unknown): LateEvent =>
    new LateEvent({ source: '', make: make as LateEventParts['make'], brief: make as never });

  const start = (path: string, make: () => unknown, kept: unknown[]) =>
    createServer({
      config: parseConfig(`listen: ["unix:${path}"]\nadmin: false`, 'sluice.yaml'),
      inspector: { inspect: () => inspection(DENY, { event: late(make) }) },
      log: createLog('silent'),
      events: { accept: (event) => void kept.push(event) },
    });

  const ask = (path: string, flag: Int32Array, calls = 1): Worker =>
    new Worker(CLIENT, {
      eval: true,
      workerData: { path, flag, calls, headers: grpcHeaders(CHECK_PATH), body: frameOf(checkMessage()) },
    });

  it('has answered whole before the event is made', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    const path = join(folder, 's.sock');
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const kept: unknown[] = [];
    // The server's thread stands still here until the client has its answer.
    const server = start(path, () => Atomics.wait(flag, 0, 0, ANSWER_MILLIS_MAX), kept);
    try {
      await server.start();
      await once(ask(path, flag), 'exit');
      while (kept.length === 0) await turn();
      expect(kept).not.toContain('timed-out');
    } finally {
      await server.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('keeps what it has not kept yet when it is closed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    const path = join(folder, 's.sock');
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const kept: unknown[] = [];
    const slow = (): string => {
      const until = performance.now() + 10;
      while (performance.now() < until);
      return 'event';
    };
    const server = start(path, slow, kept);
    try {
      await server.start();
      const client = ask(path, flag, CALLS);
      await once(client, 'message');
      expect(kept.length).toBeLessThan(CALLS);
      await server.close();
      expect(kept).toHaveLength(CALLS);
      await once(client, 'exit');
    } finally {
      await server.close();
      rmSync(folder, { recursive: true });
    }
  });
});
