/** What a run found, as --json prints it. */
import type { Machine } from '../engine/machine.ts';
import type { Paranoia } from '../engine/rules.ts';
import type { SizingPlaces } from './places.ts';

/** One cell of the table: so many cores, one paranoia level, one kind of request. */
export interface SizingRow {
  readonly cores: number;
  readonly paranoia: Paranoia;
  readonly case: string;
  readonly about: string;
  readonly requests: number;
  /** As clients saw it. */
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Processor time a request, of all threads and processes. */
  readonly sluiceCpuUs: number;
  readonly envoyCpuUs: number;
  /** Part of Sluice's cores that it used: near 1, Sluice is what was measured. */
  readonly sluiceBusy: number;
  /** What Sluice's cores can do if nothing else holds them up: cores over processor time a request. */
  readonly capacityPerSecond: number;
  /** Resident at most while it ran: all processes of Sluice together. */
  readonly peakBytes: number;
  /** Answers that were not 200, and connections that broke. */
  readonly failed: number;
}

/** Memory beside many requests of 1 MB at once, on one core at the first paranoia level. */
export interface UploadMemory {
  readonly case: string;
  readonly about: string;
  readonly uploads: number;
  readonly requests: number;
  readonly beforeBytes: number;
  readonly peakBytes: number;
  readonly envoyPeakBytes: number;
  /** By HTTP status; what is beyond a limit is refused. */
  readonly statuses: Readonly<Record<string, number>>;
}

export interface SizingReport {
  readonly date: string;
  readonly seed: string;
  readonly seconds: number;
  readonly connections: number;
  readonly machine: Machine;
  readonly places: SizingPlaces;
  readonly rows: readonly SizingRow[];
  readonly memory: readonly UploadMemory[];
}
