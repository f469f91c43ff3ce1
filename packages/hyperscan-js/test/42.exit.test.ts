import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./fixtures/mid-scan.ts', import.meta.url));

interface Outcome {
  readonly status: number | null;
  readonly signal: string | null;
  readonly output: string;
}

const run = (way: string): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [SCRIPT, way], (_error, stdout) => {
      resolve({ status: child.exitCode, signal: child.signalCode, output: stdout.trim() });
    });
  });

describe('the end of a thread in the middle of a scan', () => {
  it('leaves the process and the database whole when workers are terminated', async () => {
    const outcome = await run('terminate');
    expect(outcome).toEqual({ status: 0, signal: null, output: '{"found":1,"code":"HS_UNKNOWN_TOKEN"}' });
  }, 60_000);

  it('lets process.exit end the process with its code', async () => {
    expect(await run('exit')).toEqual({ status: 7, signal: null, output: '' });
  }, 60_000);

  it('lets an uncaught error end the process with its code', async () => {
    expect(await run('crash')).toEqual({ status: 1, signal: null, output: '' });
  }, 60_000);
});
