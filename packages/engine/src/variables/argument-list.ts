/**
 * Arguments in the order in which they came: those of the query, then those of the body. Few requests have both, so the
 * list of all is the list of the one or of the other as long as it can be.
 */
import type { Pair } from './pair.ts';

export class ArgumentList {
  readonly #ofQuery: Pair[] = [];
  readonly #ofBody: Pair[] = [];
  /** Where both have some. */
  #ofBoth: Pair[] | null = null;

  /** Becomes a copy of another list. */
  copy(other: ArgumentList): void {
    this.#ofQuery.push(...other.#ofQuery);
    this.#ofBody.push(...other.#ofBody);
    this.#ofBoth = other.#ofBoth === null ? null : [...other.#ofBoth];
  }

  get ofQuery(): readonly Pair[] {
    return this.#ofQuery;
  }

  get ofBody(): readonly Pair[] {
    return this.#ofBody;
  }

  get all(): readonly Pair[] {
    return this.#ofBoth ?? (this.#ofBody.length === 0 ? this.#ofQuery : this.#ofBody);
  }

  addOfQuery(pair: Pair): void {
    this.#add(pair, this.#ofQuery, this.#ofBody);
  }

  addOfBody(pair: Pair): void {
    this.#add(pair, this.#ofBody, this.#ofQuery);
  }

  #add(pair: Pair, own: Pair[], other: readonly Pair[]): void {
    if (other.length > 0) {
      this.#ofBoth ??= [...this.all];
      this.#ofBoth.push(pair);
    }
    own.push(pair);
  }
}
