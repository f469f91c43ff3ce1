/** The pages as they are built by whoever has another environment than a build wants. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const CONSOLE = resolve(import.meta.dirname, '../../packages/console');
const BUILD_MILLIS_MAX = 120_000;

it('are of React for production, also where NODE_ENV says test', () => {
  const out = mkdtempSync(join(tmpdir(), 'sluice-pages-'));
  onTestFinished(() => rmSync(out, { recursive: true }));
  const vite = join(CONSOLE, 'node_modules/.bin/vite');
  const { status, stderr } = spawnSync(vite, ['build', '--outDir', out, '--emptyOutDir'], {
    cwd: CONSOLE,
    env: { ...process.env, NODE_ENV: 'test' },
    encoding: 'utf8',
    timeout: BUILD_MILLIS_MAX,
  });
  expect(status, stderr).toBe(0);
  const assets = join(out, 'assets');
  const text = readdirSync(assets)
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(assets, name), 'utf8'))
    .join('\n');
  // Where React for development has sentences, that for production has numbers and an address.
  expect(text).toContain('react.dev/errors');
  expect(text).not.toContain('jsxDEV');
  expect(text).not.toContain('React DevTools');
});
