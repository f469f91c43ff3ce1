/** What the engine's addon offers. Values and patterns are latin1 strings: one byte a character. */
import type { LentDatabase } from '@sluice/hyperscan-js';

export interface NativeRegex {
  /**
   * @param from where a match may begin, 0 without it; `^`, `\b` and look-behind see what stands before it
   */
  test(value: string, from?: number): boolean;
  /**
   * Leftmost-first match from there on. Returns null, or byte offsets [start0, end0, start1, end1, …], -1 for a group that took no
   * part, for at most 10 groups (0 to 9). They hold until the next call of any pattern's `exec` in this thread.
   */
  exec(value: string, from?: number): Int32Array | null;
}

declare const tablesBrand: unique symbol;
declare const planBrand: unique symbol;

/** What a unit of rules is scanned with; an external of the addon's. */
export interface ScanTables {
  readonly [tablesBrand]: true;
}

/** How the values of a rule set are scanned; an external of the addon's. */
export interface NativeScanPlan {
  readonly [planBrand]: true;
}

/** Added to the interest of values that come with nearly each request: see native/scan_memory.h. */
export const REMEMBERED = 0x8000_0000;

export interface ScanTablesSpec {
  /** The category of each byte. */
  readonly categories: Uint8Array;
  /** Pairs: bytes of a value, and the bit that stands for as many. */
  readonly lengths: Uint32Array;
  /** Block mode; kept by the tables. */
  readonly databases: readonly LentDatabase[];
  /** What values may hold to be scanned by a variant's databases: the first that fits counts, the last takes all. */
  readonly variants: Uint32Array;
  /** By variant, then by slot: the index of the database that finds it, -1 libinjection's SQL, -2 its XSS, -3 nothing, -4 what a value holds. */
  readonly deciders: Int32Array;
  /** The clauses of slot i are `needs[needStarts[i]]` to `needs[needStarts[i + 1] - 1]`. */
  readonly needStarts: Uint32Array;
  readonly needs: Uint32Array;
}

export interface NativeEngine {
  /**
   * From now on the calling thread computes only while no other wants its core (SCHED_IDLE of sched(7)), and is put aside the moment one does:
   * a thread that is nicer may end its slice of milliseconds first. There is no way back without CAP_SYS_NICE. False where the system refuses.
   */
  runWhenIdle(): boolean;
  /** RE2 in Latin-1 mode, `.` takes newlines, `$` and `^` only at the ends. Throws a NativeError on a bad pattern. */
  compileRe2(pattern: string, options: { readonly maxMemoryBytes: number }): NativeRegex;
  /**
   * PCRE2, 8-bit, DOTALL and DOLLAR_ENDONLY. `test` and `exec` throw a NativeError with code MATCH_LIMIT when the limit
   * is reached: that is never "no match".
   */
  compilePcre2(pattern: string, options: { readonly matchLimit: number }): NativeRegex;
  /** libinjection: the fingerprint where it is SQL injection, else null. */
  detectSqli(value: string): string | null;
  detectXss(value: string): boolean;
  /**
   * How many of libinjection's words, in both cases, longer and shorter, have another type in the addon's table of them than
   * in libinjection's. For tests: none.
   */
  differingSqlWords(): number;
  /**
   * What the native transformation with this name makes of a value; null where it leaves it as it is. Each gives what its
   * namesake in TypeScript gives. Throws a NativeError on a name that is not in transformationNames().
   */
  transform(name: string, value: string): string | null;
  /** The bytes of which one must occur for this transformation to change a value; all 256 where none need. For tests. */
  affectedBytes(name: string): string;
  /** The bytes that may be in a result though not in its value; all 256 where it may also be longer. For tests. */
  addedBytes(name: string): string;
  /** The transformations that have a native form, as the reference manual spells them. */
  transformationNames(): readonly string[];
  /** Versions of what is linked: re2, pcre2, libinjection. */
  versions(): { readonly re2: string; readonly pcre2: string; readonly libinjection: string };
  createScanTables(spec: ScanTablesSpec): ScanTables;
  /**
   * @param transformations by node of the tree of pipelines; node 0 is the value itself
   * @param parents by node
   * @param interests for each its number of nodes, then for each node its id, its number of slots and the slots
   */
  createScanPlan(
    tables: ScanTables,
    transformations: readonly string[],
    parents: Uint32Array,
    interests: Uint32Array,
  ): NativeScanPlan;
  /** Whether this thread remembers what was found in values, as it does from the beginning. Forgets all of them either way. */
  rememberValues(isWanted: boolean): void;
  /**
   * Transforms and scans values.
   *
   * @param text the values, one behind another
   * @param values for each its end in `text` and its interest, to which REMEMBERED is added where it is to be remembered
   * @param out filled with three words a hit: value, node, slot
   * @returns the number of hits; those that do not fit into `out` are counted only, until takeScanHits asks for them
   */
  scanValues(
    plan: NativeScanPlan,
    text: string,
    values: Uint32Array,
    count: number,
    out: Uint32Array,
  ): number;
  /**
   * Fills `out` with the hits of the last scan of this thread, from the first one on.
   *
   * @returns how many fitted
   */
  takeScanHits(out: Uint32Array): number;
}
