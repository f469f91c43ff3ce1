/** Hands over to the benchmark's own program: bench/ imports all packages, so none of them imports it. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../setup/paths.ts';

const PROGRAM = 'bench/main.ts';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @returns the program's exit code, or 128 and the number of the signal that ended it */
export function runBench(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(repositoryRoot(), PROGRAM), ...args], { stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      for (const name of SIGNALS) process.off(name, pass);
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
