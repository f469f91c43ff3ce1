/**
 * TX: what rules keep for one transaction. Names are case-insensitive (ASCII); the spelling of the first assignment is
 * what MATCHED_VAR_NAME shows. Names that the policy pins keep their value whatever rules assign: a policy has the last
 * word over set-up actions in rule files.
 *
 * What all transactions of a rule set have in common lies in a map that they share; each writes over it.
 */
import { asciiLower } from '../bytes.ts';
import { NO_PAIRS, type Pair } from './pair.ts';

/** Pairs by lower-case name, in the order of their first assignment. */
export type TxPairs = ReadonlyMap<string, Pair>;

export const NO_TX: TxPairs = new Map();

/** What a policy pins, as pairs. */
export const pinnedPairs = (pinned: ReadonlyMap<string, string>): TxPairs =>
  new Map(Array.from(pinned, ([key, value]) => [key, { key, lowerKey: key, value }]));

const CAPTURE_KEYS: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** What selectors pick out of maps that transactions share. */
const selections = new WeakMap<TxPairs, Map<(pair: Pair) => boolean, readonly Pair[]>>();

function selectedOf(pairs: TxPairs, selects: (pair: Pair) => boolean): readonly Pair[] {
  let known = selections.get(pairs);
  if (known === undefined) {
    known = new Map();
    selections.set(pairs, known);
  }
  let selected = known.get(selects);
  if (selected === undefined) {
    selected = [...pairs.values()].filter(selects);
    known.set(selects, selected);
  }
  return selected;
}

export class TxCollection {
  readonly #pinned: TxPairs;
  #shared: TxPairs;
  /** No more groups than these are set: all that may be, until a match has set its own. */
  #capturesMax = CAPTURE_KEYS.length;
  /** Written over what is shared; null where nothing was. */
  #own: Map<string, Pair> | null = null;

  constructor(pinned: TxPairs) {
    this.#pinned = pinned;
    this.#shared = pinned;
  }

  /** The same names and values, which from here on change apart. */
  fork(): TxCollection {
    const fork = new TxCollection(this.#pinned);
    fork.#shared = this.#shared;
    fork.#capturesMax = this.#capturesMax;
    fork.#own = this.#own === null ? null : new Map(this.#own);
    return fork;
  }

  /** @param lowerKey the name in lower case */
  get(lowerKey: string): string | undefined {
    return this.pair(lowerKey)?.value;
  }

  pair(lowerKey: string): Pair | undefined {
    return this.#own?.get(lowerKey) ?? this.#shared.get(lowerKey);
  }

  set(name: string, value: string): void {
    const lowerKey = asciiLower(name);
    if (this.#pinned.has(lowerKey)) return;
    // As a group would be.
    if (lowerKey.length === 1) this.#capturesMax = CAPTURE_KEYS.length;
    this.#own ??= new Map();
    this.#own.set(lowerKey, { key: this.pair(lowerKey)?.key ?? name, lowerKey, value });
  }

  /** As `set`, of a name that is not pinned: the pair is taken over where nothing of this name stands under another spelling. */
  put(pair: Pair): void {
    const { lowerKey } = pair;
    if (lowerKey.length === 1) this.#capturesMax = CAPTURE_KEYS.length;
    this.#own ??= new Map();
    const before = this.pair(lowerKey);
    const isSame = before === undefined || before.key === pair.key;
    this.#own.set(lowerKey, isSame ? pair : { key: before.key, lowerKey, value: pair.value });
  }

  remove(name: string): void {
    const lowerKey = asciiLower(name);
    if (!this.#pinned.has(lowerKey)) this.#delete(lowerKey);
  }

  /** All of them, as they are now: rules that read TX may write it meanwhile. */
  list(): readonly Pair[] {
    return this.#shared.size === 0 && this.#own === null ? NO_PAIRS : [...this.#merged().values()];
  }

  /**
   * Those that a predicate selects by their key, as `list` orders them.
   *
   * @param selects the very same function at each call: what it selects of what transactions share is kept
   */
  select(selects: (pair: Pair) => boolean): readonly Pair[] {
    const shared = selectedOf(this.#shared, selects);
    if (this.#own === null) return shared;
    let own: Pair[] | null = null;
    let isOver = false;
    for (const pair of this.#own.values()) {
      if (!selects(pair)) continue;
      own ??= [];
      own.push(pair);
      isOver ||= this.#shared.has(pair.lowerKey);
    }
    if (own === null) return shared;
    if (isOver) return [...this.#merged().values()].filter(selects);
    return shared.length === 0 ? own : [...shared, ...own];
  }

  /** TX.0 to TX.9 become the groups of a match; those that took no part are unset (ModSecurity 2). */
  setCaptures(captures: readonly (string | undefined)[]): void {
    const count = Math.min(captures.length, CAPTURE_KEYS.length);
    const before = this.#capturesMax;
    this.#capturesMax = count;
    for (let group = 0; group < Math.max(count, before); group++) {
      const key = CAPTURE_KEYS[group] ?? '';
      if (this.#pinned.has(key)) continue;
      const value = captures[group];
      if (value === undefined) {
        if (this.pair(key) !== undefined) this.#delete(key);
        continue;
      }
      this.#own ??= new Map();
      this.#own.set(key, { key, lowerKey: key, value });
    }
  }

  /** All of them now, for `adopt`. */
  snapshot(): TxPairs {
    return this.#merged();
  }

  /**
   * Takes over what assignments that are the same in each transaction lead to.
   *
   * @param before what the assignments began with
   * @returns false where something else stands here: then they have to be done one by one
   */
  adopt(before: TxPairs, after: TxPairs): boolean {
    if (this.#own !== null || this.#shared !== before) return false;
    this.#shared = after;
    this.#capturesMax = CAPTURE_KEYS.length;
    return true;
  }

  /** Names keep the place of their first assignment, as in one map. */
  #merged(): Map<string, Pair> {
    const merged = new Map(this.#shared);
    if (this.#own !== null) for (const [key, pair] of this.#own) merged.set(key, pair);
    return merged;
  }

  #delete(lowerKey: string): void {
    if (this.#shared.has(lowerKey)) {
      this.#own = this.#merged();
      this.#shared = NO_TX;
    }
    this.#own?.delete(lowerKey);
  }
}
