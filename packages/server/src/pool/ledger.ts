/**
 * A bound that policies share. One alone may have most of it and never all: what it holds is at most four times what is
 * free, so that there is always room for another's first.
 */
import { ServerError } from '../errors.ts';

/** Times what is free that one policy may hold. */
const SHARE_OF_FREE = 4;

export class Ledger {
  readonly #what: string;
  readonly #max: number;
  readonly #held = new Map<string, number>();
  #total = 0;
  #refused = 0;

  /** @param what the thing that is bounded, for the error */
  constructor(what: string, max: number) {
    this.#what = what;
    this.#max = max;
  }

  get total(): number {
    return this.#total;
  }

  /** How often there was no room. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether `amount` more of a policy's would fit. */
  has(policy: string, amount: number): boolean {
    if (this.#total + amount > this.#max) return false;
    const held = this.#held.get(policy) ?? 0;
    return held === 0 || held + amount <= SHARE_OF_FREE * (this.#max - this.#total);
  }

  /** @throws ServerError POOL_FULL where there is no room for it */
  take(policy: string, amount: number): void {
    if (!this.has(policy, amount)) {
      this.#refused++;
      throw new ServerError('POOL_FULL', { what: this.#what });
    }
    this.add(policy, amount);
  }

  /** Takes without asking, what was admitted already. */
  add(policy: string, amount: number): void {
    this.#total += amount;
    this.#held.set(policy, (this.#held.get(policy) ?? 0) + amount);
  }

  give(policy: string, amount: number): void {
    this.#total -= amount;
    const left = (this.#held.get(policy) ?? 0) - amount;
    if (left > 0) this.#held.set(policy, left);
    else this.#held.delete(policy);
  }
}
