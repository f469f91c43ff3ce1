/** Tells the store of events what began and what ended, by comparing what is in quarantine with what was. */
import type { Document } from '@sluice/spool';
import { type Deed, deedOf, documentOf } from './audit.ts';
import { QUARANTINE_LIMITS } from './limits.ts';
import type { TargetPod } from './pod.ts';
import type { QuarantineRecord } from './record.ts';

/** Takes all or none; the same document may come twice, with the same id. */
export type RecordDeeds = (documents: readonly Document[]) => Promise<void> | void;

export interface Held {
  readonly pod: TargetPod;
  readonly record: QuarantineRecord;
}

/**
 * After a restart what is in quarantine is told again, with the same ids, and stored once. What ended while nobody watched is
 * not told: then the Event beside the pod is all there is.
 */
export class DeedLog {
  readonly #record: RecordDeeds;
  readonly #version: string;
  readonly #clock: () => number;
  readonly #known = new Map<string, Held>();
  /** Those that nobody has taken yet, oldest first. */
  readonly #waiting: Deed[] = [];

  /** @param clock monotonic milliseconds */
  constructor(record: RecordDeeds, version: string, clock: () => number = () => performance.now()) {
    this.#record = record;
    this.#version = version;
    this.#clock = clock;
  }

  /**
   * What could not be told waits, with the time at which it was, and is told the next time, and so does what there was no time for.
   * Rejects with the first that could not.
   */
  async compare(held: readonly Held[], now: number): Promise<void> {
    for (const each of held) {
      const { pod, record } = each;
      if (this.#known.get(pod.uid)?.record.until === record.until) continue;
      this.#waiting.push(deedOf('quarantined', pod, record));
      this.#known.set(pod.uid, each);
    }
    const still = new Set(held.map(({ pod }) => pod.uid));
    for (const [uid, before] of this.#known) {
      if (still.has(uid)) continue;
      this.#waiting.push(ended(before, now));
      this.#known.delete(uid);
    }
    this.#waiting.splice(0, this.#waiting.length - QUARANTINE_LIMITS.deedsWaitingMax);
    await this.#deliver();
  }

  /** A store that is slow must not hold up what is due in the cluster. */
  async #deliver(): Promise<void> {
    const { deedsPerDelivery, deliveryMillis } = QUARANTINE_LIMITS;
    const until = this.#clock() + deliveryMillis;
    while (this.#waiting.length > 0 && this.#clock() < until) {
      const batch = this.#waiting.slice(0, deedsPerDelivery);
      await this.#record(batch.map((deed) => documentOf(deed, this.#version)));
      this.#waiting.splice(0, batch.length);
    }
  }
}

/** Who let it go before its time is in the Event beside the pod; the objects do not tell. */
function ended({ pod, record }: Held, now: number): Deed {
  const common = { pod, until: null, event: record.event };
  return record.until <= now
    ? { ...common, act: 'expired', at: record.until, actor: 'sluice', reason: 'its time was over' }
    : { ...common, act: 'released', at: now, actor: 'unknown', reason: 'released, or the pod is gone' };
}
