import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderHold } from '../../src/node/hold.ts';
import { NODE_LIMITS } from '../../src/node/limits.ts';

const POLL = { timeout: 20_000, interval: 10 };
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let directory: string;
let holds: FolderHold[];
/** What happened, in order. */
let story: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-hold-'));
  [holds, story] = [[], []];
});

afterEach(async () => {
  for (const hold of holds) await hold.stop();
  rmSync(directory, { recursive: true });
});

function holdOf(name: string, release = () => Promise.resolve()): FolderHold {
  const hold = new FolderHold({
    ...{ directory, log },
    take: () => story.push(`${name} writes`),
    release: async () => {
      await release();
      story.push(`${name} rests`);
    },
  });
  holds.push(hold);
  return hold;
}

it('gives the folder to who comes last, at the end of the turn that is under way', async () => {
  const turn = Promise.withResolvers<void>();
  await holdOf('old', () => turn.promise).start();
  const started = holdOf('new').start();
  setTimeout(turn.resolve, 50);
  await started;
  expect(story).toEqual(['old writes', 'old rests', 'new writes']);
});

it('takes it back when the successor ends, and yields again', async () => {
  const old = holdOf('old');
  const successor = holdOf('new');
  await old.start();
  await successor.start();
  await successor.stop();
  await expect.poll(() => story.at(-1), POLL).toBe('old writes');
  await holdOf('third').start();
  expect(story).toEqual(['old writes', 'old rests', 'new writes', 'old writes', 'old rests', 'third writes']);
  expect(old.isHeld).toBe(false);
});

it('takes it back from a successor that was killed', async () => {
  await holdOf('old').start();
  const url = new URL('../../src/node/hold.ts', import.meta.url).href;
  const log = '{ info() {}, warn() {}, error() {} }';
  const program = `
    const { FolderHold } = await import(${JSON.stringify(url)});
    const take = () => console.log('writes');
    await new FolderHold({ directory: process.argv[1], take, release: async () => {}, log: ${log} }).start();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(story).toEqual(['old writes', 'old rests']);
  child.kill('SIGKILL');
  await expect.poll(() => story.at(-1), POLL).toBe('old writes');
});

it('leaves it to who has asked and is slow, until that one is gone', async () => {
  await holdOf('old').start();
  const slow = connect({ path: join(directory, 'sync.sock'), allowHalfOpen: true });
  slow.write('yield\n');
  await once(slow.resume(), 'end');
  await sleep(3 * NODE_LIMITS.holdMillis);
  expect(story).toEqual(['old writes', 'old rests']);
  slow.destroy();
  await expect.poll(() => story.at(-1), POLL).toBe('old writes');
});

it('takes what nobody answers on', async () => {
  const path = join(directory, 'sync.sock');
  const killed = spawn(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`,
    path,
  ]);
  await once(killed, 'exit');
  expect(existsSync(path)).toBe(true);
  await holdOf('new').start();
  expect(story).toEqual(['new writes']);
});

it('rests where another one has put its socket in the place of its own', async () => {
  const old = holdOf('old');
  await old.start();
  rmSync(join(directory, 'sync.sock'));
  const other = createServer().listen(join(directory, 'sync.sock'));
  await once(other, 'listening');
  await expect.poll(() => story, POLL).toEqual(['old writes', 'old rests']);
  expect(existsSync(join(directory, 'sync.sock'))).toBe(true);
  await old.stop();
  other.close();
});
