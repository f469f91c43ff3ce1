/** `sluice hub` as a process of its own, which tests may kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

export const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');

export interface HubProcess {
  readonly child: ChildProcess;
  readonly nodesUrl: string;
  readonly queriesUrl: string;
  readonly log: () => string;
  /** Of standard output. */
  readonly output: () => string;
  kill(): Promise<void>;
  /** By SIGTERM; the exit code. */
  stop(): Promise<number | null>;
}

/** Resolves when it listens. */
export async function startHubProcess(directory: string, config: object): Promise<HubProcess> {
  const path = join(directory, 'hub.yaml');
  writeFileSync(path, stringify(config));
  const child = spawn(process.execPath, [MAIN, 'hub', '-c', path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    output += part;
  });
  const ended = once(child, 'exit');
  const listening = new Promise<{ readonly nodes: number | null; readonly queries: number }>(
    (resolve, reject) => {
      child.stderr?.setEncoding('utf8').on('data', (part: string) => {
        log += part;
        const line = log.split('\n').find((each) => each.includes('"msg":"listening"'));
        if (line !== undefined) resolve(JSON.parse(line));
      });
      child.once('exit', (code) => reject(new Error(`sluice hub ended with ${code}: ${log}`)));
    },
  );
  const { nodes, queries } = await listening;
  return {
    child,
    nodesUrl: `https://127.0.0.1:${nodes}`,
    queriesUrl: `http://127.0.0.1:${queries}`,
    log: () => log,
    output: () => output,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
  };
}
