/** `sluice events` as a user runs it: a process, its options, its end; over a file that is being written. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type EventStore, SqliteStore } from '@sluice/hub';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../scripts/tidy.ts';
import { add, event, record } from './support.ts';

const MAIN = join(repositoryRoot, 'packages/cli/src/main.ts');

const folder = mkdtempSync(join(tmpdir(), 'sluice-events-'));
const path = join(folder, 'events.db');
let store: EventStore;
const running: ChildProcess[] = [];

beforeAll(async () => {
  store = await SqliteStore.open({ path });
  await add(store, [
    { id: 'a', ago: 2_000, outcome: 'allowed' },
    { id: 'b', ago: 1_000 },
  ]);
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(...args: readonly string[]): ChildProcess {
  const env = { ...process.env, SLUICE_STORE: `sqlite:${path}`, XDG_STATE_HOME: folder, NO_COLOR: '' };
  const child = spawn(process.execPath, [MAIN, 'events', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  running.push(child);
  return child;
}

async function sluice(...args: readonly string[]) {
  const child = start(...args);
  const [out, err, [status]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'exit'),
  ]);
  return { out, err, status };
}

describe('sluice events', () => {
  it('finds by the query of Calico, while another process writes', async () => {
    const { out, err, status } = await sluice('search', '"rule_info" IN {"*942100*"}', '--json', '-v');
    expect([status, err]).toEqual([0, `asking sqlite:${path}\n`]);
    expect(JSON.parse(out).documents.map((each: { readonly event: object }) => each.event)).toMatchObject([
      { id: 'b' },
      { id: 'a' },
    ]);
  });

  it('takes a time with a sign, and ends with 4 where there is nothing', async () => {
    const { out, status } = await sluice('stats', '--from', '-99999w', '--to', '2020-01-01', '--json');
    expect([status, JSON.parse(out).count]).toEqual([4, 0]);
  });

  it('points at the fault of a query, and ends with 1', async () => {
    const { err, status } = await sluice('search', '"waf.policy" ~ "x"');
    expect(status).toBe(1);
    const lines = err.split('\n');
    expect(lines[0]).toMatch(/^sluice: column 14: /);
    expect(lines[1]).toBe('"waf.policy" ~ "x"');
    expect(lines[2]).toMatch(/^ {13}\^/);
  });

  it('ends with 2 for a wrong call, and with 1 without a store', async () => {
    expect((await sluice('search', '--nonsense')).status).toBe(2);
    expect((await sluice('show')).status).toBe(2);
    const missing = await sluice('search', '--store', `sqlite:${path}.not`);
    expect([missing.status, missing.err]).toEqual([
      1,
      expect.stringMatching(/does not exist \[EVENTS_NO_STORE\]/),
    ]);
  });

  it.each(['search', 'tail', 'show', 'explain', 'stats', 'export'])(
    '%s has help with examples',
    async (name) => {
      const { out, status } = await sluice(name, '--help');
      expect(status).toBe(0);
      expect(out).toMatch(new RegExp(`Examples:\n {2}sluice events ${name}`));
    },
  );

  it('follows what another process writes, until it is told to end', async () => {
    const child = start('tail', '--json', '--lines', '1');
    if (child.stdout === null) throw new TypeError('no output');
    const lines: string[] = [];
    let part = '';
    const seen = (count: number): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void =>
          lines.length >= count ? resolve() : void child.stdout?.once('data', () => setImmediate(look));
        look();
      });
    child.stdout.on('data', (chunk: Buffer) => {
      const pieces = `${part}${chunk}`.split('\n');
      part = pieces.pop() ?? '';
      lines.push(...pieces);
    });
    await seen(1);
    await store.append([record(event({ id: 'new' }), 'new')]);
    await seen(2);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(lines.map((line) => JSON.parse(line).event.id)).toEqual(['b', 'new']);
  });
});
