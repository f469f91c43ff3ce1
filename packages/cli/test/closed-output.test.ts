import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const MAIN = resolve(import.meta.dirname, '../src/main.ts');

describe('a command whose reader has seen enough', () => {
  it.each(['doctor', '--help'])(
    'ends without a stack, and not as if all had been said: %s',
    async (command) => {
      const child = spawn(process.execPath, [MAIN, command], { stdio: ['ignore', 'pipe', 'pipe'] });
      // Closed at once: the child writes much later than this.
      child.stdout.destroy();
      const [words, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      expect(words).not.toContain('EPIPE');
      expect(status).toBe(141);
    },
  );
});
