import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['src', 'native', 'test/fixtures', 'package.json'];
const run = promisify(execFile);

/**
 * What Node itself leaks: compiled scripts, OpenSSL's state, and its 40 bytes for each external that still lives when its
 * environment ends. What the addon hangs on an external is allocated before that call, and so not hidden.
 */
const SUPPRESSIONS = ['ContextifyScript::New', 'CRYPTO_malloc', 'napi_create_external'];

/** Where a library of the compiler's lies, or undefined where it has none. */
function compilerLibrary(name: string): string | undefined {
  try {
    const path = execFileSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
    return path.startsWith('/') && existsSync(path) ? path : undefined;
  } catch {
    // Without g++ there is no runtime of its sanitizers either.
    return undefined;
  }
}

const runtime = compilerLibrary('libasan.so');

/** A copy of the package, so that the addon under the sanitizers is nobody else's. */
const copy = mkdtempSync(join(tmpdir(), 'hyperscan-js-sanitized-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('under the address, leak and undefined-behaviour sanitizers', () => {
  it('survives all misuse, and leaks nothing', async (context) => {
    if (runtime === undefined) return context.skip('g++ has no libasan.so: install libasan8');
    for (const source of SOURCES) cpSync(join(PACKAGE, source), join(copy, source), { recursive: true });
    const suppressions = join(copy, 'suppressions');
    writeFileSync(suppressions, SUPPRESSIONS.map((name) => `leak:${name}\n`).join(''));
    await run('/bin/sh', [join(PACKAGE, 'native/build.sh'), join(copy, 'build')], {
      env: { ...process.env, SANITIZE: '1' },
    });
    const { stdout, stderr } = await run(
      process.execPath,
      ['--expose-gc', join(copy, 'test/fixtures/misuse.ts'), '--all'],
      {
        env: {
          ...process.env,
          LD_PRELOAD: runtime,
          // WebAssembly's and V8's own handlers of SIGSEGV stay in place.
          ASAN_OPTIONS: 'detect_leaks=1:handle_segv=0:allow_user_segv_handler=1',
          LSAN_OPTIONS: `suppressions=${suppressions}:print_suppressions=0`,
          UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
          HYPERSCAN_JS_QUICK: '1',
        },
        maxBuffer: 1 << 26,
      },
    );
    expect(stderr).not.toMatch(/Sanitizer|runtime error/);
    expect(stdout.match(/^survived: /gm)?.length).toBeGreaterThan(50);
  }, 600_000);
});
