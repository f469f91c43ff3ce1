import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TABLE_POLL_MILLIS } from '../src/limits.ts';
import { TableWatch } from '../src/table/watch.ts';

/** A notice comes at once or never. */
const NOTICE_MILLIS_MAX = 20_000;

let root: string;
let watch: TableWatch;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-table-watch-'));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  watch.close();
  vi.useRealTimers();
  rmSync(root, { recursive: true });
});

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

describe('a table that is replaced', () => {
  it(
    'is noticed at once, also where its folder was made after the agent began',
    async () => {
      const path = join(root, 'files', 'table.json');
      let changes = 0;
      let noticed = Promise.withResolvers<void>();
      watch = new TableWatch(path, () => {
        changes += 1;
        noticed.resolve();
      });
      mkdirSync(join(root, 'files'));
      replace(path, 'first');
      vi.advanceTimersByTime(TABLE_POLL_MILLIS);
      expect(changes).toBe(1);
      // No poll from here on.
      noticed = Promise.withResolvers();
      replace(path, 'the second');
      await noticed.promise;
    },
    NOTICE_MILLIS_MAX,
  );
});
