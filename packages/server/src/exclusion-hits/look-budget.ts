/**
 * Who may have a look: half of what there is a second is shared out evenly by policy, the other half goes to whoever comes first. So a busy policy is
 * looked at often, and keeps no other from being looked at: an exclusion that nobody was seen to need is deleted.
 */
import { EXCLUSION_HITS_LIMITS } from './limits.ts';

const SECOND_MILLIS = 1_000;

/** Tokens that come at a rate, and wait for a second, or until there is one. */
class Bucket {
  readonly #perSecond: number;
  readonly #most: number;
  #tokens: number;
  #atMillis = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#most = Math.max(1, perSecond);
    this.#tokens = this.#most;
  }

  take(nowMillis: number): boolean {
    const seconds = Math.max(0, nowMillis - this.#atMillis) / SECOND_MILLIS;
    this.#tokens = Math.min(this.#most, this.#tokens + seconds * this.#perSecond);
    this.#atMillis = nowMillis;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

interface Share {
  readonly own: Bucket;
  /** That are being made, or not judged yet. */
  copies: number;
}

export class LookBudget {
  readonly #shares: ReadonlyMap<string, Share>;
  readonly #common: Bucket;
  readonly #copiesEach: number;
  #copies = 0;

  /** @param perSecond looks of all policies together */
  constructor(policies: readonly string[], perSecond: number) {
    const names = new Set(policies);
    const half = perSecond / 2;
    this.#common = new Bucket(half);
    this.#shares = new Map(
      [...names].map((name) => [name, { own: new Bucket(half / names.size), copies: 0 }]),
    );
    this.#copiesEach = Math.max(1, Math.floor(EXCLUSION_HITS_LIMITS.copiesMax / Math.max(1, names.size)));
  }

  /** @returns null where a copy may begin; it is to be released */
  take(policy: string, nowMillis: number): 'busy' | 'rate' | null {
    const share = this.#shares.get(policy);
    if (share === undefined || share.copies >= this.#copiesEach) return 'busy';
    if (this.#copies >= EXCLUSION_HITS_LIMITS.copiesMax) return 'busy';
    if (!share.own.take(nowMillis) && !this.#common.take(nowMillis)) return 'rate';
    share.copies++;
    this.#copies++;
    return null;
  }

  release(policy: string): void {
    const share = this.#shares.get(policy);
    if (share === undefined) return;
    share.copies--;
    this.#copies--;
  }
}
