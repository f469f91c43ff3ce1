/** Records that are given to a sink together, until each of them is stored or dead. */
import type { SpoolRecord } from '@sluice/spool';
import type { Outcome } from '../sink.ts';
import type { Waiting } from '../source.ts';

/** A record that the sink will never take. */
export interface DeadRecord {
  readonly record: SpoolRecord;
  readonly bytes: number;
  readonly code: string;
  readonly reason: string;
}

export interface Sorted {
  readonly stored: number;
  readonly storedBytes: number;
  readonly dead: readonly DeadRecord[];
  /** Whether some of the records are to be given again. */
  readonly again: boolean;
  /** Why, of the first of them. */
  readonly reason: string;
}

interface Pending {
  readonly record: SpoolRecord;
  readonly bytes: number;
  refusals: number;
}

export class Batch {
  #pending: Pending[];
  /** Whether its records may have been stored by an attempt whose answer was not seen. */
  repeated: boolean;

  constructor(waiting: readonly Waiting<unknown>[], repeated: boolean) {
    this.#pending = waiting.map(({ record, bytes }) => ({ record, bytes, refusals: 0 }));
    this.repeated = repeated;
  }

  get records(): readonly SpoolRecord[] {
    return this.#pending.map(({ record }) => record);
  }

  get size(): number {
    return this.#pending.length;
  }

  /** Bytes of its records that are left, as they are in the spool. */
  get bytes(): number {
    return this.#pending.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Keeps those that are to be given again. */
  sort(outcomes: readonly Outcome[], refusalsMax: number): Sorted {
    const keep: Pending[] = [];
    const dead: DeadRecord[] = [];
    let stored = 0;
    let storedBytes = 0;
    let why = '';
    for (const [index, pending] of this.#pending.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined || outcome.kind === 'stored') {
        stored += 1;
        storedBytes += pending.bytes;
      } else if (outcome.kind === 'dead') {
        dead.push({ ...pending, code: outcome.code ?? 'refused', reason: outcome.reason });
      } else {
        const { reason } = outcome;
        if (outcome.suspect === true) pending.refusals += 1;
        if (pending.refusals >= refusalsMax) dead.push({ ...pending, code: 'gave_up', reason });
        else {
          if (outcome.uncertain === true) this.repeated = true;
          if (why === '') why = reason;
          keep.push(pending);
        }
      }
    }
    this.#pending = keep;
    return { stored, storedBytes, dead, again: keep.length > 0, reason: why };
  }

  /** Takes records back that could not be put with the dead letters: they are tried again. */
  restore(dead: readonly DeadRecord[]): void {
    this.#pending.push(...dead.map(({ record, bytes }) => ({ record, bytes, refusals: 0 })));
  }
}
