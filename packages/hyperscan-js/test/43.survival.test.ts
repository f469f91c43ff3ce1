import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CASES } from './fixtures/misuse.ts';

const SCRIPT = fileURLToPath(new URL('./fixtures/misuse.ts', import.meta.url));
const run = promisify(execFile);

/** How a process of its own ends in which a case runs. */
async function endOf(name: string): Promise<{ code: unknown; signal: unknown; said: string }> {
  try {
    const { stdout } = await run(process.execPath, ['--expose-gc', SCRIPT, name]);
    return { code: 0, signal: null, said: stdout };
  } catch (error) {
    const { code, signal, stdout, stderr } = error as Record<string, unknown>;
    return { code, signal, said: `${stdout}${stderr}` };
  }
}

describe.concurrent('a process survives when', () => {
  it.each(CASES.map(({ name, exitCode = 0 }) => [name, exitCode] as const))(
    '%s',
    async (name, exitCode) => {
      const { code, signal, said } = await endOf(name);
      expect({ code, signal, said: exitCode === 0 ? said : '' }).toEqual({
        code: exitCode,
        signal: null,
        said: exitCode === 0 ? `survived: ${name}\n` : '',
      });
    },
    120_000,
  );
});
