import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./fixtures/page-end.ts', import.meta.url));

describe('a value at the end of its memory', () => {
  it('is scanned in every mode without reading behind it', () => {
    // Where Hyperscan reads on, the process dies of SIGSEGV.
    const stdout = execFileSync(process.execPath, [SCRIPT], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual({ block: 0, vectored: 0, stream: 0, hasMatches: true });
  });
});
