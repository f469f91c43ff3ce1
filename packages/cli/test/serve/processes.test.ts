import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '@sluice/server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configOfProcess } from '../../src/serve/processes.ts';
import { folderWith } from '../inspect/support.ts';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');

/** A JSON object of standard error, by its `msg`. */
type Line = Readonly<Record<string, unknown>>;

interface Family {
  readonly folder: string;
  readonly parent: ChildProcess;
  readonly exited: Promise<unknown[]>;
  readonly lines: readonly Line[];
  said(): string;
}

function start(socket: string, count: number): Family {
  const folder = folderWith({});
  const configuration = join(folder, 'sluice.yaml');
  const settings = {
    listen: [`unix:${join(folder, socket)}`],
    admin: false,
    rules: { crs: false },
    drain: { noticeMillis: 0, waitMillis: 1_000 },
  };
  writeFileSync(configuration, JSON.stringify(settings));
  const argv = [MAIN, 'serve', '-c', configuration, '--processes', String(count)];
  const parent = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const lines: Line[] = [];
  const texts: string[] = [];
  createInterface({ input: parent.stderr }).on('line', (line) => {
    texts.push(line);
    if (line.startsWith('{')) lines.push(JSON.parse(line));
  });
  return { folder, parent, exited: once(parent, 'close'), lines, said: () => texts.join('\n') };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(1);
}

const listening = ({ lines }: Family): number => lines.filter(({ msg }) => msg === 'listening').length;

const childrenOf = (pid: number | undefined): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).map(Number);

function accepts(path: string): Promise<boolean> {
  return new Promise((tell) => {
    const socket = connect(path, () => {
      socket.destroy();
      tell(true);
    });
    socket.once('error', () => tell(false));
  });
}

describe('several processes of sluice serve', () => {
  it('a socket each; one that is killed comes back, the others stay; all end with their parent’s SIGTERM', async () => {
    const family = start('sluice.sock', 2);
    await until(() => listening(family) === 2);
    const sockets = [0, 1].map((index) => join(family.folder, `sluice-${index}.sock`));
    expect(await Promise.all(sockets.map(accepts))).toEqual([true, true]);
    const [first = 0, second] = childrenOf(family.parent.pid);
    process.kill(first, 'SIGKILL');
    await until(() => listening(family) === 3);
    expect(family.lines).toContainEqual(
      expect.objectContaining({ msg: 'a process ended', how: 'signal SIGKILL' }),
    );
    expect(await Promise.all(sockets.map(accepts))).toEqual([true, true]);
    expect(childrenOf(family.parent.pid)).toContain(second);
    family.parent.kill('SIGTERM');
    expect(await family.exited).toEqual([0, null]);
    expect(sockets.filter((path) => existsSync(path))).toEqual([]);
  }, 60_000);

  it('end where their parent is killed', async () => {
    const family = start('sluice.sock', 2);
    await until(() => listening(family) === 2);
    const children = childrenOf(family.parent.pid);
    expect(children).toHaveLength(2);
    family.parent.kill('SIGKILL');
    await family.exited;
    await until(() => children.every((pid) => !existsSync(`/proc/${pid}/exe`)));
  }, 60_000);

  it('one that never listens ends all of them, with its last words and an error that names it', async () => {
    const family = start('no-such-folder/sluice.sock', 2);
    expect(await family.exited).toEqual([1, null]);
    expect(family.said()).toContain('[PROCESS_FAILED]');
    expect(family.said()).toContain('[LISTEN_FAILED]');
  }, 60_000);

  it('drain as soon as there is a socket, though it is told to end in the same moment', async () => {
    const family = start('sluice.sock', 1);
    const socket = join(family.folder, 'sluice.sock');
    await until(() => existsSync(socket));
    family.parent.kill('SIGTERM');
    expect(await family.exited).toEqual([0, null]);
    expect(existsSync(socket)).toBe(false);
  }, 60_000);

  it('count ports up, but for free ones', () => {
    const listen = ['tcp:127.0.0.1:9191', 'tcp:127.0.0.1:0', 'unix:/run/sluice'];
    const config = parseConfig(JSON.stringify({ listen, admin: '127.0.0.1:9192' }), 'test');
    const { listen: addresses, admin } = configOfProcess(config, 3);
    expect(addresses).toEqual([
      { kind: 'tcp', host: '127.0.0.1', port: 9194 },
      { kind: 'tcp', host: '127.0.0.1', port: 0 },
      { kind: 'unix', path: '/run/sluice-3' },
    ]);
    expect(admin).toEqual({ host: '127.0.0.1', port: 9195 });
  });

  it('have a spool each', () => {
    const config = parseConfig('events: {spool: {directory: /spool}}', '/etc/sluice.yaml');
    expect(configOfProcess(config, 3).events.spool).toMatchObject({ directory: '/spool/3' });
    const none = parseConfig('', '/etc/sluice.yaml');
    expect(configOfProcess(none, 3).events.spool).toBe(false);
  });
});
