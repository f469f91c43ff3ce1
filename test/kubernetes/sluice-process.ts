/** `sluice` as a user runs it: a process, its output, its end. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
export const MAIN = resolve(ROOT, 'packages/cli/src/main.ts');
const OUTPUT_BYTES_MAX = 16_777_216;
const run = promisify(execFile);

export interface Ended {
  readonly out: string;
  readonly err: string;
  readonly status: number;
}

/** @param variables beside those of this process */
export async function sluiceProcess(
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const options = { cwd: ROOT, maxBuffer: OUTPUT_BYTES_MAX, env: { ...process.env, ...variables } };
  try {
    const { stdout, stderr } = await run(process.execPath, [MAIN, ...args], options);
    return { out: stdout, err: stderr, status: 0 };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as Readonly<Record<string, unknown>>;
    if (typeof code !== 'number') throw error;
    return { out: String(stdout), err: String(stderr), status: code };
  }
}
