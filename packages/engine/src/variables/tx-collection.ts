/**
 * TX: what rules keep for one transaction. Names are case-insensitive (ASCII); the spelling of the first assignment is
 * what MATCHED_VAR_NAME shows. Names that the policy pins keep their value whatever rules assign: a policy has the last
 * word over set-up actions in rule files.
 */
import { asciiLower } from '../bytes.ts';
import { NO_PAIRS, type Pair } from './pair.ts';

const CAPTURE_KEYS: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

export class TxCollection {
  readonly #pairs = new Map<string, Pair>();
  readonly #pinned: ReadonlyMap<string, string>;

  constructor(pinned: ReadonlyMap<string, string>) {
    this.#pinned = pinned;
    for (const [key, value] of pinned) this.#pairs.set(key, { key, lowerKey: key, value });
  }

  /** @param lowerKey the name in lower case */
  get(lowerKey: string): string | undefined {
    return this.#pairs.get(lowerKey)?.value;
  }

  pair(lowerKey: string): Pair | undefined {
    return this.#pairs.get(lowerKey);
  }

  set(name: string, value: string): void {
    const lowerKey = asciiLower(name);
    if (this.#pinned.has(lowerKey)) return;
    this.#pairs.set(lowerKey, { key: this.#pairs.get(lowerKey)?.key ?? name, lowerKey, value });
  }

  remove(name: string): void {
    const lowerKey = asciiLower(name);
    if (!this.#pinned.has(lowerKey)) this.#pairs.delete(lowerKey);
  }

  /** All of them, as they are now: rules that read TX may write it meanwhile. */
  list(): readonly Pair[] {
    return this.#pairs.size === 0 ? NO_PAIRS : [...this.#pairs.values()];
  }

  /** TX.0 to TX.9 become the groups of a match; those that took no part are unset (ModSecurity 2). */
  setCaptures(captures: readonly (string | undefined)[]): void {
    for (let group = 0; group < CAPTURE_KEYS.length; group++) {
      const key = CAPTURE_KEYS[group] ?? '';
      const value = captures[group];
      if (value === undefined) this.#pairs.delete(key);
      else this.#pairs.set(key, { key, lowerKey: key, value });
    }
  }
}
