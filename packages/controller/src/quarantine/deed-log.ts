/** Tells the store of events what began and what ended, by comparing what is in quarantine with what was. */
import type { Document } from '@sluice/spool';
import { type Deed, deedOf, documentOf } from './audit.ts';
import type { TargetPod } from './pod.ts';
import type { QuarantineRecord } from './record.ts';

export interface Held {
  readonly pod: TargetPod;
  readonly record: QuarantineRecord;
}

/**
 * After a restart what is in quarantine is told again, with the same ids, and stored once. What ended while nobody watched is
 * not told: then the Event beside the pod is all there is.
 */
export class DeedLog {
  readonly #record: (document: Document) => Promise<void> | void;
  readonly #version: string;
  readonly #known = new Map<string, Held>();

  constructor(record: (document: Document) => Promise<void> | void, version: string) {
    this.#record = record;
    this.#version = version;
  }

  /** What could not be told is told the next time. */
  async compare(held: readonly Held[], now: number): Promise<void> {
    for (const each of held) {
      const { pod, record } = each;
      if (this.#known.get(pod.uid)?.record.until === record.until) continue;
      await this.#tell(deedOf('quarantined', pod, record));
      this.#known.set(pod.uid, each);
    }
    const still = new Set(held.map(({ pod }) => pod.uid));
    for (const [uid, before] of this.#known) {
      if (still.has(uid)) continue;
      await this.#tell(ended(before, now));
      this.#known.delete(uid);
    }
  }

  async #tell(deed: Deed): Promise<void> {
    await this.#record(documentOf(deed, this.#version));
  }
}

/** Who let it go before its time is in the Event beside the pod; the objects do not tell. */
function ended({ pod, record }: Held, now: number): Deed {
  const common = { pod, until: null, event: record.event };
  return record.until <= now
    ? { ...common, act: 'expired', at: record.until, actor: 'sluice', reason: 'its time was over' }
    : { ...common, act: 'released', at: now, actor: 'unknown', reason: 'released, or the pod is gone' };
}
