/** Where in a JSON document the parser is: the open containers, each with what the names of its members begin with. */

interface Container {
  readonly isArray: boolean;
  /** `json.a.0.`: the container's own name and a dot. */
  readonly prefix: string;
  /** The current member's key; unused in arrays. */
  key: string;
  /** Members so far. */
  count: number;
}

export class JsonPath {
  readonly #open: Container[] = [];
  /** The last of them; null at the top. */
  #inner: Container | null = null;

  /** Open containers. */
  get depth(): number {
    return this.#open.length;
  }

  /** Whether the innermost open container is an array; false at the top. */
  get inArray(): boolean {
    return this.#inner?.isArray === true;
  }

  /** The name of the value that comes next: `json` at the top, `json.key`, `json.0`. */
  get name(): string {
    const inner = this.#inner;
    if (inner === null) return 'json';
    return inner.isArray ? inner.prefix + String(inner.count) : inner.prefix + inner.key;
  }

  /** The key of the member whose value comes next. */
  setKey(key: string): void {
    if (this.#inner !== null) this.#inner.key = key;
  }

  enter(isArray: boolean): void {
    this.#inner = { isArray, prefix: `${this.name}.`, key: '', count: 0 };
    this.#open.push(this.#inner);
  }

  /** Leaves the innermost container. Returns whether it had no members. */
  leave(): boolean {
    const left = this.#open.pop();
    this.#inner = this.#open.at(-1) ?? null;
    return left?.count === 0;
  }

  /** A value is complete: the next one is another member. */
  advance(): void {
    if (this.#inner !== null) this.#inner.count += 1;
  }
}
