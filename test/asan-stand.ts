/** The addons built with the address and undefined-behaviour sanitizers, and a child that runs with them. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, repositoryRoot } from '../packages/cli/src/setup/paths.ts';
import { digestOf } from '../packages/cli/src/setup/stamp.ts';
import { libraryBuild } from '../packages/hyperscan-js/src/index.ts';

const run = promisify(execFile);
const ROOT = repositoryRoot();
const ADDONS = ['packages/engine/native', 'packages/hyperscan-js/native'];
const OUTPUT_BYTES_MAX = 1 << 26;

/**
 * What Node itself leaks: compiled scripts, OpenSSL's state, and its 40 bytes for each external that still lives when its
 * environment ends. What the addon hangs on an external is allocated before that call, and so not hidden.
 */
const NODES_OWN_LEAKS = ['ContextifyScript::New', 'CRYPTO_malloc', 'napi_create_external'];

/** What the child says it did. */
export interface SanitizedRun {
  readonly requests: number;
  readonly values: number;
  /** Of the addons that were mapped at the end. */
  readonly addons: readonly string[];
}

/** How a run ended; `report` is what it wrote on standard error, and the signal that ended it. */
export interface SanitizedOutcome {
  readonly run: SanitizedRun | null;
  readonly report: string;
}

/** The path of the sanitizers' runtime, or undefined where the compiler has none or is missing. */
export function sanitizerRuntime(): string | undefined {
  try {
    const path = execFileSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
    return path.startsWith('/') && existsSync(path) ? path : undefined;
  } catch {
    // Without g++ there is no runtime of its sanitizers either.
    return undefined;
  }
}

/**
 * The folder with the addons of these sources, built where no earlier run did.
 *
 * @param natives folders with a build.sh each
 */
export async function sanitizedAddons(natives = ADDONS.map((path) => join(ROOT, path))): Promise<string> {
  const facts = natives.map((path) => digestOf(path, []));
  const digest = digestOf(natives[0] ?? ROOT, [...facts, compilerVersion()]).slice(0, 16);
  const directory = join(cacheDirectory(), 'sanitized', digest);
  if (existsSync(directory)) return directory;
  mkdirSync(join(directory, '..'), { recursive: true });
  const fresh = mkdtempSync(`${directory}.`);
  const env = { ...process.env, SANITIZE: '1' };
  await Promise.all(natives.map((path) => run('bash', [join(path, 'build.sh'), fresh], { env })));
  try {
    renameSync(fresh, directory);
  } catch (error) {
    // Somebody else built the same at the same time.
    if (readdirSync(directory).length < natives.length) throw error;
    rmSync(fresh, { recursive: true });
  }
  return directory;
}

const compilerVersion = (): string => execFileSync('g++', ['-dumpfullversion'], { encoding: 'utf8' });

/** How much is run: one in `share` of the corpora that have an end, and so many mutations. */
export interface SanitizedAmount {
  readonly share: number;
  readonly mutations: number;
  /** Looked for in short runs: in the middle of a collection V8 holds what the leak sanitizer cannot see. */
  readonly leaks: boolean;
  /** Of the mutations; 1 where it is not given. */
  readonly seed?: number;
  /** Goes on with other mutations, as many each time, until so many seconds are over. */
  readonly seconds?: number;
}

/** The name that bundles made without the sanitizers are found by; the self-test's revision is put in front of it again. */
function plainBuild(): { readonly SLUICE_PLAIN_BUILD?: string } {
  const build = libraryBuild();
  return build === null ? {} : { SLUICE_PLAIN_BUILD: build.slice(build.indexOf(' ') + 1) };
}

export async function runSanitized(
  runtime: string,
  addons: string,
  { share, mutations, leaks, seed = 1, seconds = 0 }: SanitizedAmount,
): Promise<SanitizedOutcome> {
  const argv = [
    // V8's handler of SIGSEGV, which is for WebAssembly, would hide the sanitizer's report.
    ...['--disable-wasm-trap-handler', '--import', join(import.meta.dirname, 'asan-addons.ts')],
    ...[join(import.meta.dirname, 'asan-child.ts'), ...[share, mutations, seed, seconds].map(String)],
  ];
  const directory = mkdtempSync(join(tmpdir(), 'sluice-sanitized-'));
  const suppressions = join(directory, 'suppressions');
  const env = {
    ...process.env,
    LD_PRELOAD: runtime,
    SLUICE_SANITIZED_ADDONS: addons,
    ...plainBuild(),
    ASAN_OPTIONS: `detect_leaks=${leaks ? 1 : 0}:halt_on_error=1:detect_stack_use_after_return=1`,
    LSAN_OPTIONS: `suppressions=${suppressions}:print_suppressions=0`,
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  };
  writeFileSync(suppressions, NODES_OWN_LEAKS.map((name) => `leak:${name}\n`).join(''));
  try {
    const { stdout, stderr } = await run(process.execPath, argv, { env, maxBuffer: OUTPUT_BYTES_MAX });
    return { run: JSON.parse(stdout) as SanitizedRun, report: stderr };
  } catch (error) {
    const { stderr = '', signal = null, message } = error as Error & { stderr?: string; signal?: string };
    return { run: null, report: `${message}\n${stderr}\n${signal ?? ''}` };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
