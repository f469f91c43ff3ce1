/** Where in a JSON document the parser is: the open containers, each with the name its members begin with. */

interface Container {
  readonly isArray: boolean;
  /** `json.a.0`: the container's own name. */
  readonly name: string;
  /** The current member's key; unused in arrays. */
  key: string;
  /** Members so far. */
  count: number;
}

export class JsonPath {
  readonly #open: Container[] = [];

  /** Open containers. */
  get depth(): number {
    return this.#open.length;
  }

  /** Whether the innermost open container is an array; false at the top. */
  get inArray(): boolean {
    return this.#open.at(-1)?.isArray === true;
  }

  /** The name of the value that comes next: `json` at the top, `json.key`, `json.0`. */
  get name(): string {
    const inner = this.#open.at(-1);
    if (inner === undefined) return 'json';
    return `${inner.name}.${inner.isArray ? inner.count : inner.key}`;
  }

  /** The key of the member whose value comes next. */
  setKey(key: string): void {
    const inner = this.#open.at(-1);
    if (inner !== undefined) inner.key = key;
  }

  enter(isArray: boolean): void {
    this.#open.push({ isArray, name: this.name, key: '', count: 0 });
  }

  /** Leaves the innermost container. Returns whether it had no members. */
  leave(): boolean {
    return this.#open.pop()?.count === 0;
  }

  /** A value is complete: the next one is another member. */
  advance(): void {
    const inner = this.#open.at(-1);
    if (inner !== undefined) inner.count += 1;
  }
}
