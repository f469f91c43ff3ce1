/** What compiling the rules of a tenant may cost. */
export interface CompileLimits {
  /** Bytes of memory that the child may have beyond what Node takes to start. 16 MiB are enough for a few rules. */
  readonly memoryBytesMax: number;
  /** Milliseconds until it is ended, the start (some 300 ms) included. */
  readonly wallMillisMax: number;
}

/** Enough for a hundred rules as large as those of the CRS; the CRS itself takes up to a minute and a gigabyte. */
export const COMPILE_LIMITS: CompileLimits = Object.freeze({
  memoryBytesMax: 512 * 1024 * 1024,
  wallMillisMax: 20_000,
});
