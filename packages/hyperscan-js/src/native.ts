/**
 * What the addon offers. Arguments are validated before they get here. A negative number as an answer is a status
 * (native/status.h, and Hyperscan's hs_error_t from -1 to -13); status.ts makes an error of it.
 */

declare const databaseBrand: unique symbol;
declare const scannerBrand: unique symbol;

/** An external of the addon's. */
export interface DatabaseHandle {
  readonly [databaseBrand]: true;
}

/** An external of the addon's. */
export interface ScannerHandle {
  readonly [scannerBrand]: true;
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
  /** 0, or a status where the CPU lacks what every scan needs. */
  checkCpu(): number;
  /** HS_CPU_FEATURES_* of this CPU. */
  hostFeatures(): number;
  /**
   * @param expressions each with a NUL behind it
   * @param numbers eight for a pattern: id, flags, flags of the extension, then its five fields
   * @param features HS_CPU_FEATURES_*, or -1 for this CPU
   */
  compile(expressions: string, numbers: Float64Array, features: number): DatabaseHandle | Refusal | number;
  expressionInfo(expression: string, flags: number): NativeExpressionInfo | Refusal | number;
  serializeDatabase(database: DatabaseHandle): ArrayBuffer | number;
  /** Hyperscan's own description, as in `Version: 5.4.0 Features: AVX2 Mode: BLOCK`. */
  serializedInfo(bytes: Uint8Array): string | number;
  deserializeDatabase(bytes: Uint8Array): DatabaseHandle | number;
  databaseInfo(database: DatabaseHandle): string | number;
  databaseSize(database: DatabaseHandle): number;
  shareDatabase(database: DatabaseHandle): number;
  findDatabase(token: number): DatabaseHandle | number;
  closeDatabase(database: DatabaseHandle): number;
  createScanner(database: DatabaseHandle): ScannerHandle | number;
  /** Keeps the addresses of the arrays only: the caller keeps the arrays, and binds anew when a length changes. */
  bindInput(scanner: ScannerHandle, arena: Uint8Array, offsets: Uint32Array): number;
  /** As `bindInput`. */
  bindOutput(scanner: ScannerHandle, out: Uint32Array): number;
  /** The number of matches in the first `count` values of the bound input. */
  scanBatch(scanner: ScannerHandle, count: number): number;
  scanString(scanner: ScannerHandle, value: string): number;
  closeScanner(scanner: ScannerHandle): number;
}
