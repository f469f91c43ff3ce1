import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./fixtures/own-scratch.ts', import.meta.url));

describe('scratch space', () => {
  it('may be each scanner’s own, which 5.4.1 wants, with the same matches', () => {
    const stdout = execFileSync(process.execPath, [SCRIPT], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual([2, 1, 2, 2, 0, 0, 2, 2, 2]);
  });
});
