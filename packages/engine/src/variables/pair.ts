/** One value of a collection, in the order in which it was sent. A scalar is a pair with an empty key. */
import { asciiLower } from '../bytes.ts';

export interface Pair {
  /** As sent. */
  readonly key: string;
  /** Folded (ASCII), for selectors: keys of all collections are case-insensitive. */
  readonly lowerKey: string;
  readonly value: string;
}

/** Folds its key when it is asked for: few selectors look at arguments by their names. */
class FoldedPair implements Pair {
  readonly key: string;
  readonly value: string;
  #lowerKey: string | null;

  constructor(key: string, value: string, lowerKey: string | null) {
    this.key = key;
    this.value = value;
    this.#lowerKey = lowerKey;
  }

  get lowerKey(): string {
    this.#lowerKey ??= asciiLower(this.key);
    return this.#lowerKey;
  }
}

/** @param lowerKey where it is known */
export const makePair = (key: string, value: string, lowerKey: string | null = null): Pair =>
  new FoldedPair(key, value, lowerKey);

/** The name of a pair, as a value under itself. */
export const nameOf = ({ key }: Pair): Pair => new FoldedPair(key, key, null);

export const NO_PAIRS: readonly Pair[] = Object.freeze([]);

/** The list that a scalar variable reads as. */
export const scalar = (value: string): readonly Pair[] => [{ key: '', lowerKey: '', value }];

/** MATCHED_VAR_NAME of a pair: `ARGS:foo`, or the variable alone for a scalar. */
export const labelOf = (variable: string, pair: Pair): string =>
  pair.key === '' && pair.lowerKey === '' ? variable : `${variable}:${pair.key}`;
