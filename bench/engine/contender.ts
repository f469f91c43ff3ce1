/** An engine that is measured. */
import type { BenchRequest } from './request.ts';

export type ContenderName = 'sluice' | 'coraza' | 'corazaPrefilter' | 'libmodsecurity';

/** What a server would do: an uninspectable request is denied, as policies have it by default. */
export type BenchVerdict = 'allow' | 'deny';

/** What came of some requests, one after the other, in their order. Times are of inspection alone. */
export interface Batch {
  readonly verdicts: readonly BenchVerdict[];
  /** Microseconds of wall clock, one a request. */
  readonly wallMicros: readonly number[];
  /** Microseconds of processor of all threads, garbage collection included, all requests together. */
  readonly cpuMicros: number;
}

export interface Contender {
  readonly name: ContenderName;
  readonly version: string;
  /** From rule files, or for Sluice from the bundle on disk, to an engine that is ready. */
  readonly loadMillis: number;
  /**
   * Inspects `lead` first, without a look at any clock: the caches of the processor hold what the engine before has used.
   * Throws BenchError BENCH_CONTENDER, BENCH_RULE_FAILED.
   */
  inspect(requests: readonly BenchRequest[], lead?: readonly BenchRequest[]): Promise<Batch>;
  /** Bytes of memory that are resident now. */
  rssBytes(): number;
  close(): Promise<void>;
}
