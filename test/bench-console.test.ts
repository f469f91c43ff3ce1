import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { ConsoleReport } from '../bench/console/run.ts';
import { seededStore } from '../bench/console/seed.ts';
import { repositoryRoot } from '../packages/cli/src/setup/paths.ts';

const EVENTS = 300;
/** Gzipped, of the files of the first view. */
const FIRST_LOAD_BYTES_MAX = 500_000;
const cache = mkdtempSync(join(tmpdir(), 'sluice-bench-console-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

it('sluice bench console measures views and searches in a browser, over a store that it makes once', async () => {
  const main = join(repositoryRoot(), 'bench/main.ts');
  const argv = ['console', '--events', String(EVENTS), '--rounds', '2', '--json'];
  const env = { ...process.env, SLUICE_CACHE: cache };
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...argv], { encoding: 'utf8', env });
  expect(status, stderr).toBe(0);
  const { figures, sizes, events, cores }: ConsoleReport = JSON.parse(stdout);
  expect([events, cores.length]).toEqual([EVENTS, 2]);
  expect(figures.map(({ name, samples, p50 }) => [name, samples, p50 > 0])).toEqual([
    ['first view: figures', 2, true],
    ['first view: all of it', 2, true],
    ['search: rows', 2, true],
    ['search: bars and facets', 2, true],
  ]);
  expect(sizes.gzipBytes).toBeLessThan(FIRST_LOAD_BYTES_MAX);
  process.env.SLUICE_CACHE = cache;
  const said: string[] = [];
  await seededStore(EVENTS, 1, (line) => said.push(line));
  expect(said).toEqual([]);
});
