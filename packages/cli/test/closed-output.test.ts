import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const MAIN = resolve(import.meta.dirname, '../src/main.ts');

describe('a command whose reader has seen enough', () => {
  it('ends without a word', () => {
    // The reader is gone before anything is written.
    const script = `{ sleep 0.3; "$0" "$1" doctor; } 2>&1 >&3 3>&- | cat`;
    const piped = `exec 3> >(exit 0); ${script}; exec 3>&-`;
    const words = execFileSync('bash', ['-c', piped, process.execPath, MAIN], { encoding: 'utf8' });
    expect(words).not.toContain('EPIPE');
  });
});
