/** Where one slot was found: behind which node of the pipelines, and in which values. */

/** So many are looked through; more are looked up, since clients decide how many there are. */
const LISTED_MAX = 8;

export class SlotHits {
  readonly #nodes: number[] = [];
  readonly #values: string[] = [];
  /** By node; null while all are in the lists. */
  #sets: Map<number, Set<string>> | null = null;

  add(node: number, value: string): void {
    if (this.#sets === null && this.#nodes.length < LISTED_MAX) {
      this.#nodes.push(node);
      this.#values.push(value);
      return;
    }
    this.#sets ??= this.#listed();
    const values = this.#sets.get(node);
    if (values === undefined) this.#sets.set(node, new Set([value]));
    else values.add(value);
  }

  has(node: number, value: string): boolean {
    if (this.#sets !== null) return this.#sets.get(node)?.has(value) ?? false;
    for (let at = 0; at < this.#nodes.length; at++) {
      if (this.#nodes[at] === node && this.#values[at] === value) return true;
    }
    return false;
  }

  #listed(): Map<number, Set<string>> {
    const sets = new Map<number, Set<string>>();
    for (const [at, node] of this.#nodes.entries()) {
      const values = sets.get(node) ?? new Set();
      sets.set(node, values.add(this.#values[at] ?? ''));
    }
    return sets;
  }
}
