/**
 * Requests that were being inspected when a worker died. Whoever sends what kills a worker sends it again; the second time
 * its like is refused before a worker sees it. What is alike: policy, method and path. So a client can have a path of the
 * workload refused to others by killing workers, for ten minutes; it would have had them killed otherwise.
 */
import { createHash } from 'node:crypto';
import type { ExchangeOpening } from '../exchange-inspector.ts';

/** Deaths after which requests of that kind are refused. */
const DEATHS_MAX = 2;
/** Kinds that are remembered; the oldest goes. */
const SUSPECTS_MAX = 1_024;
const REMEMBERED_MILLIS = 600_000;

interface Suspect {
  deaths: number;
  readonly until: number;
}

export class Suspects {
  readonly #suspects = new Map<string, Suspect>();
  readonly #now: () => number;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A worker died while it inspected this. */
  blame(opening: ExchangeOpening): void {
    const key = fingerprint(opening);
    const known = this.#find(key);
    this.#suspects.delete(key);
    this.#suspects.set(key, { deaths: (known?.deaths ?? 0) + 1, until: this.#now() + REMEMBERED_MILLIS });
    if (this.#suspects.size <= SUSPECTS_MAX) return;
    for (const oldest of this.#suspects.keys()) {
      this.#suspects.delete(oldest);
      return;
    }
  }

  isCondemned(opening: ExchangeOpening): boolean {
    if (this.#suspects.size === 0) return false;
    return (this.#find(fingerprint(opening))?.deaths ?? 0) >= DEATHS_MAX;
  }

  #find(key: string): Suspect | undefined {
    const suspect = this.#suspects.get(key);
    if (suspect === undefined || suspect.until > this.#now()) return suspect;
    this.#suspects.delete(key);
    return undefined;
  }
}

/** Of a fixed length: what a client sends is not kept. */
function fingerprint({ policy, attributes: { method, uri } }: ExchangeOpening): string {
  const path = uri.split('?', 1)[0] ?? '';
  return createHash('sha256')
    .update(JSON.stringify([policy, method, path]), 'utf8')
    .digest('base64');
}
