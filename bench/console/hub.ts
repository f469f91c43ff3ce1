/** `sluice hub` with its console over a store that is there, as a process of its own on some cores. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../packages/cli/src/setup/paths.ts';
import { BenchError } from '../engine/errors.ts';
import { pinned } from '../server/cores.ts';

export interface RunningHub {
  /** Of its console, with the token for the first user. */
  readonly welcome: string;
  /** @throws BenchError BENCH_CONTENDER where it does not end by itself */
  stop(): Promise<void>;
}

/** Where nobody looks at a terminal the address with the token is in a file, which the log names. */
const WELCOME_FILE = /"file":("(?:[^"\\]|\\.)*console-welcome")/;

/** A process starts in a second, on a machine at load in some; without a bound who waits for one that says nothing hangs. */
const START_MILLIS = 120_000;

/**
 * @param directory for its files
 * @throws BenchError BENCH_CONTENDER
 */
export async function startConsoleHub(
  directory: string,
  store: string,
  cores: readonly number[],
): Promise<RunningHub> {
  const config = join(directory, 'hub.yaml');
  const settings = {
    queries: { listen: '127.0.0.1:0' },
    admin: false,
    console: { listen: '127.0.0.1:0' },
    store: { type: 'sqlite', path: store },
    log: { level: 'info' },
  };
  writeFileSync(config, JSON.stringify(settings));
  const main = join(repositoryRoot(), 'packages/cli/src/main.ts');
  const [file = '', ...argv] = pinned([process.execPath, main, 'hub', '-c', config], cores);
  const child = spawn(file, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const fault = (reason: string): BenchError =>
    new BenchError('BENCH_CONTENDER', { name: 'sluice hub', reason });
  let told = '';
  const late = setTimeout(() => child.kill('SIGKILL'), START_MILLIS);
  const welcome = await new Promise<string>((resolve, reject) => {
    let isKnown = false;
    const read = (part: string): void => {
      // What comes later is read so that no pipe is full; the file is gone when the first user is there.
      if (isKnown) return;
      told += part;
      const found = WELCOME_FILE.exec(told)?.[1];
      if (found === undefined) return;
      isKnown = true;
      resolve(readFileSync(String(JSON.parse(found)), 'utf8').trim());
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('error', (error) => reject(fault(error.message)));
    child.once('exit', () => reject(fault(`no console: ${told}`)));
  }).finally(() => clearTimeout(late));
  return {
    welcome,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
