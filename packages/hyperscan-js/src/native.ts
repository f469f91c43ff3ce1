/**
 * What the addon offers. Arguments are validated before they get here. A negative number as an answer is a status
 * (native/status.h, and Hyperscan's hs_error_t from -1 to -13); status.ts makes an error of it.
 */

declare const databaseBrand: unique symbol;
declare const lentBrand: unique symbol;
declare const scannerBrand: unique symbol;
declare const streamBrand: unique symbol;
declare const compressedBrand: unique symbol;

/** An external of the addon's. */
export interface DatabaseHandle {
  readonly [databaseBrand]: true;
}

/** An external for other addons of the process: see native/lent_database.h. */
export interface LentDatabase {
  readonly [lentBrand]: true;
}

/** An external of the addon's. */
export interface ScannerHandle {
  readonly [scannerBrand]: true;
}

/** An external of the addon's. */
export interface StreamHandle {
  readonly [streamBrand]: true;
}

/** An external of the addon's. */
export interface CompressedHandle {
  readonly [compressedBrand]: true;
}

/** What a database is, beside Hyperscan's own description. */
export interface NativeTraits {
  /** HS_MODE_BLOCK, HS_MODE_STREAM or HS_MODE_VECTORED. */
  readonly mode: number;
  /** Bytes of a stream's state; 0 in other modes. */
  readonly streamBytes: number;
  /** As literals.ts numbers the ways; 0 where it is of expressions. */
  readonly literals: number;
}

/** An expression that Hyperscan refused; `index` is -1 where it names none. */
export interface Refusal {
  readonly message: string;
  readonly index: number;
}

/** Booleans are 0 or 1; `maxWidth` is Infinity where it has no bound. */
export interface NativeExpressionInfo {
  readonly minWidth: number;
  readonly maxWidth: number;
  readonly unorderedMatches: number;
  readonly matchesAtEnd: number;
  readonly matchesOnlyAtEnd: number;
}

export interface Native {
  /** Whether any thread of this process has seen the library pass its self-test. */
  isProven(): boolean;
  setProven(): void;
  libraryVersion(): string | number;
  /** Which build of the library runs on which CPU; empty where it cannot be told. */
  libraryBuild(): string | number;
  /** 0, or a status where the CPU lacks what every scan needs. */
  checkCpu(): number;
  /** HS_CPU_FEATURES_* of this CPU. */
  hostFeatures(): number;
  /** Whether scanners made from now on, in any thread, have scratch space of their own. */
  setOwnScratch(isOwn: boolean): number;
  /**
   * @param expressions each with a NUL behind it
   * @param numbers eight for a pattern: id, flags, flags of the extension, then its five fields
   * @param settings HS_CPU_FEATURES_* or -1 for this CPU; HS_MODE_*; `literals` of its traits
   */
  compile(
    expressions: string,
    numbers: Float64Array,
    settings: Float64Array,
  ): DatabaseHandle | Refusal | number;
  /**
   * @param literals one behind another
   * @param numbers three for a literal: id, flags, bytes
   * @param settings as for `compile`
   */
  compileLiterals(
    literals: string,
    numbers: Float64Array,
    settings: Float64Array,
  ): DatabaseHandle | Refusal | number;
  expressionInfo(expression: string, flags: number): NativeExpressionInfo | Refusal | number;
  serializeDatabase(database: DatabaseHandle): ArrayBuffer | number;
  /** Hyperscan's own description, as in `Version: 5.4.0 Features: AVX2 Mode: BLOCK`. */
  serializedInfo(bytes: Uint8Array): string | number;
  deserializeDatabase(bytes: Uint8Array, literals: number): DatabaseHandle | number;
  databaseInfo(database: DatabaseHandle): string | number;
  databaseTraits(database: DatabaseHandle): NativeTraits | number;
  databaseSize(database: DatabaseHandle): number;
  shareDatabase(database: DatabaseHandle): number;
  findDatabase(token: number): DatabaseHandle | number;
  lendDatabase(handle: DatabaseHandle): LentDatabase | number;
  closeDatabase(database: DatabaseHandle): number;
  /**
   * @param words of a record of a match: 2, 3 or 4
   * @param mode what the database must be in
   */
  createScanner(database: DatabaseHandle, words: number, mode: number): ScannerHandle | number;
  /** Keeps the addresses of the arrays only: the caller keeps the arrays, and binds anew when a length changes. */
  bindInput(scanner: ScannerHandle, arena: Uint8Array, offsets: Uint32Array): number;
  /** As `bindInput`. */
  bindOutput(scanner: ScannerHandle, out: Uint32Array): number;
  /** The number of matches in the first `count` values of the bound input. */
  scanBatch(scanner: ScannerHandle, count: number): number;
  scanString(scanner: ScannerHandle, value: string): number;
  /** Takes the first `count` of the pieces as one value. */
  scanVector(scanner: ScannerHandle, pieces: readonly Uint8Array[], count: number, out: Uint32Array): number;
  closeScanner(scanner: ScannerHandle): number;
  openStream(database: DatabaseHandle, words: number, pendingMax: number): StreamHandle | number;
  /** This and the two below answer how many matches there are; those beyond `out` wait for the next call. */
  scanStream(stream: StreamHandle, chunk: Uint8Array, out: Uint32Array): number;
  /** Reports what matches at the end only, and rewinds the stream. */
  endStream(stream: StreamHandle, out: Uint32Array): number;
  drainStream(stream: StreamHandle, out: Uint32Array): number;
  pendingOfStream(stream: StreamHandle): number;
  resetStream(stream: StreamHandle): number;
  copyStream(stream: StreamHandle): StreamHandle | number;
  compressStream(stream: StreamHandle): CompressedHandle | number;
  expandStream(compressed: CompressedHandle): StreamHandle | number;
  compressedSize(compressed: CompressedHandle): number;
  closeStream(stream: StreamHandle): number;
  closeCompressed(compressed: CompressedHandle): number;
}
