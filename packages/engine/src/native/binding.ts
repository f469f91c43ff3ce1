/** The only file that looks for the engine's addon, and that turns what it throws into EngineErrors. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { EngineError, type EngineErrorCode } from '../errors.ts';
import { ownWork, scanStats } from '../work.ts';
import type { NativeEngine, NativeRegex, NativeScanPlan, ScanTables, ScanTablesSpec } from './contract.ts';

const ADDON_PATH = fileURLToPath(new URL('../../build/engine.node', import.meta.url));

interface RawRegex {
  test(value: string, from: number): boolean;
  /** The number of groups of a match, whose offsets are in `groups` of the addon then; 0 where there is none. */
  exec(value: string, from: number): number;
}

/** The addon as it is: its errors carry a `code`. */
interface RawAddon {
  compileRe2(pattern: string, memoryBytesMax: number): RawRegex;
  compilePcre2(pattern: string, matchStepsMax: number): RawRegex;
  readonly groups: Int32Array;
  detectSqli(value: string): string | null;
  detectXss(value: string): boolean;
  differingSqlWords(): number;
  transform(name: string, value: string): string | null;
  affectedBytes(name: string): string;
  addedBytes(name: string): string;
  transformationNames(): readonly string[];
  versions(): ReturnType<NativeEngine['versions']>;
  createScanTables(spec: ScanTablesSpec): ScanTables;
  createScanPlan: NativeEngine['createScanPlan'];
  scanValues: NativeEngine['scanValues'];
  takeScanHits: NativeEngine['takeScanHits'];
  rememberValues(isWanted: boolean): void;
  bindScanStats(stats: Float64Array): void;
  runWhenIdle(): boolean;
}

const NATIVE_CODES: ReadonlySet<string> = new Set<EngineErrorCode>([
  'PATTERN_SYNTAX',
  'PATTERN_UNSUPPORTED',
  'MATCH_LIMIT',
]);

function isEngineCode(code: unknown): code is EngineErrorCode {
  return typeof code === 'string' && NATIVE_CODES.has(code);
}

/** What native code threw while it was to do `what`, as an EngineError; NATIVE_FAILED where it is no other. */
function fromNative(error: unknown, what: string): EngineError {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (isEngineCode(code)) return new EngineError(code, { reason }, { cause: error });
  return new EngineError('NATIVE_FAILED', { what, reason }, { cause: error });
}

function countConfirmation(value: string): void {
  ownWork.nativeCalls++;
  ownWork.confirmations++;
  ownWork.bytesConfirmed += value.length;
}

class GuardedRegex implements NativeRegex {
  readonly #regex: RawRegex;
  readonly #engine: string;
  /** By the number of groups, what a match with so many is reported in. */
  readonly #offsets: readonly (Int32Array | null)[];

  constructor(regex: RawRegex, engine: string, offsets: readonly (Int32Array | null)[]) {
    this.#regex = regex;
    this.#engine = engine;
    this.#offsets = offsets;
  }

  test(value: string, from = 0): boolean {
    try {
      countConfirmation(value);
      return this.#regex.test(value, from);
    } catch (error) {
      throw fromNative(error, this.#engine);
    }
  }

  exec(value: string, from = 0): Int32Array | null {
    try {
      countConfirmation(value);
      return this.#offsets[this.#regex.exec(value, from)] ?? null;
    } catch (error) {
      throw fromNative(error, this.#engine);
    }
  }
}

function guarded<Result>(what: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw fromNative(error, what);
  }
}

/** Views of the memory in which the addon reports groups: to make one for each match takes longer than to match. */
function offsetsByCount(groups: Int32Array): readonly (Int32Array | null)[] {
  return Array.from({ length: groups.length / 2 + 1 }, (_, count) =>
    count === 0 ? null : groups.subarray(0, 2 * count),
  );
}

function guard(addon: RawAddon): NativeEngine {
  const offsets = offsetsByCount(addon.groups);
  return {
    compileRe2: (pattern, { maxMemoryBytes }) =>
      guarded('RE2', () => new GuardedRegex(addon.compileRe2(pattern, maxMemoryBytes), 'RE2', offsets)),
    compilePcre2: (pattern, { matchLimit }) =>
      guarded('PCRE2', () => new GuardedRegex(addon.compilePcre2(pattern, matchLimit), 'PCRE2', offsets)),
    detectSqli(value) {
      return guarded('libinjection', () => {
        countConfirmation(value);
        return addon.detectSqli(value);
      });
    },
    detectXss(value) {
      return guarded('libinjection', () => {
        countConfirmation(value);
        return addon.detectXss(value);
      });
    },
    differingSqlWords: () => guarded('libinjection', () => addon.differingSqlWords()),
    transform: (name, value) => guarded(name, () => addon.transform(name, value)),
    affectedBytes: (name) => guarded(name, () => addon.affectedBytes(name)),
    addedBytes: (name) => guarded(name, () => addon.addedBytes(name)),
    transformationNames: () => guarded('the transformations', () => addon.transformationNames()),
    versions: () => guarded('the native part', () => addon.versions()),
    createScanTables: (spec) => guarded('scan tables', () => addon.createScanTables(spec)),
    createScanPlan: (tables, transformations, parents, interests) =>
      guarded('a scan plan', () => addon.createScanPlan(tables, transformations, parents, interests)),
    rememberValues: (isWanted) => guarded('the memory of scans', () => addon.rememberValues(isWanted)),
    scanValues(plan: NativeScanPlan, text, values, count, out) {
      try {
        return addon.scanValues(plan, text, values, count, out);
      } catch (error) {
        throw fromNative(error, 'scan');
      }
    },
    takeScanHits: (out) => guarded('scan', () => addon.takeScanHits(out)),
    runWhenIdle: () => guarded('the scheduler', () => addon.runWhenIdle()),
  };
}

/**
 * Loads an addon. Its file is left out in all calls but those of tests.
 *
 * @throws EngineError NATIVE_MISSING where there is no file or it cannot be loaded
 */
export function openAddon(path: string = ADDON_PATH): NativeEngine {
  let addon: RawAddon;
  try {
    addon = createRequire(import.meta.url)(path) as RawAddon;
  } catch (error) {
    throw new EngineError('NATIVE_MISSING', { path }, { cause: error });
  }
  guarded('statistics', () => addon.bindScanStats(scanStats));
  return guard(addon);
}

let loaded: NativeEngine | null = null;

/** The addon, loaded at the first call in each thread. Throws NATIVE_MISSING. */
export function loadNative(): NativeEngine {
  if (loaded === null) loaded = openAddon();
  return loaded;
}

/** The addon, loaded when it is first used. */
export const native: NativeEngine = Object.freeze({
  compileRe2: (pattern, options) => loadNative().compileRe2(pattern, options),
  compilePcre2: (pattern, options) => loadNative().compilePcre2(pattern, options),
  detectSqli: (value) => loadNative().detectSqli(value),
  detectXss: (value) => loadNative().detectXss(value),
  differingSqlWords: () => loadNative().differingSqlWords(),
  transform: (name, value) => loadNative().transform(name, value),
  affectedBytes: (name) => loadNative().affectedBytes(name),
  addedBytes: (name) => loadNative().addedBytes(name),
  transformationNames: () => loadNative().transformationNames(),
  versions: () => loadNative().versions(),
  createScanTables: (spec) => loadNative().createScanTables(spec),
  createScanPlan: (...given) => loadNative().createScanPlan(...given),
  rememberValues: (isWanted) => loadNative().rememberValues(isWanted),
  scanValues: (...given) => loadNative().scanValues(...given),
  takeScanHits: (out) => loadNative().takeScanHits(out),
  runWhenIdle: () => loadNative().runWhenIdle(),
} satisfies NativeEngine);
