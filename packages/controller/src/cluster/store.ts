/** Objects of one kind by their keys. */
import { isDeepStrictEqual } from 'node:util';

/** What a change comes to: `quiet` ones are kept, and nobody is told. */
export type Change = 'none' | 'quiet' | 'loud';

/** Whether nobody needs to be told that one became the other. */
export type IsQuiet<T> = (before: T, after: T) => boolean;

export class Store<T> {
  readonly #isQuiet: IsQuiet<T>;
  #objects = new Map<string, T>();
  /** Somebody holds the map: the next change is made to a copy. */
  #isShared = false;

  constructor(isQuiet: IsQuiet<T> = () => false) {
    this.#isQuiet = isQuiet;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** Does not change any more. The same map as before where nothing has changed; objects that have not changed are the same. */
  snapshot(): ReadonlyMap<string, T> {
    this.#isShared = true;
    return this.#objects;
  }

  set(key: string, after: T): Change {
    const before = this.#objects.get(key);
    if (before !== undefined && isDeepStrictEqual(before, after)) return 'none';
    this.#own().set(key, after);
    return before !== undefined && this.#isQuiet(before, after) ? 'quiet' : 'loud';
  }

  delete(key: string): Change {
    if (!this.#objects.has(key)) return 'none';
    this.#own().delete(key);
    return 'loud';
  }

  /** By what a list gives, whole. */
  replace(objects: ReadonlyMap<string, T>): Change {
    let change: Change = 'none';
    for (const key of [...this.#objects.keys()]) {
      if (!objects.has(key)) change = louder(change, this.delete(key));
    }
    for (const [key, object] of objects) change = louder(change, this.set(key, object));
    return change;
  }

  #own(): Map<string, T> {
    if (this.#isShared) this.#objects = new Map(this.#objects);
    this.#isShared = false;
    return this.#objects;
  }
}

const VOLUME: readonly Change[] = ['none', 'quiet', 'loud'];
const louder = (one: Change, other: Change): Change =>
  VOLUME.indexOf(one) > VOLUME.indexOf(other) ? one : other;
