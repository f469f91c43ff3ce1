/** Where one slot was found: behind which node of the pipelines, and in which values. */

/** So many are looked through; more are looked up, since clients decide how many there are. */
const LISTED_MAX = 8;

class SlotHits {
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

/** The slots that were found, with their hits. */
export class FoundSlots {
  readonly #slots: number[] = [];
  readonly #hits: SlotHits[] = [];
  /** By slot; null while they are few. */
  #index: Map<number, SlotHits> | null = null;

  /** Each once, in the order in which they were found. */
  get slots(): readonly number[] {
    return this.#slots;
  }

  hitsOf(slot: number): SlotHits | undefined {
    if (this.#index !== null) return this.#index.get(slot);
    for (let at = 0; at < this.#slots.length; at++) if (this.#slots[at] === slot) return this.#hits[at];
    return undefined;
  }

  add(slot: number, node: number, value: string): void {
    const hits = this.hitsOf(slot) ?? this.#begin(slot);
    hits.add(node, value);
  }

  #begin(slot: number): SlotHits {
    const hits = new SlotHits();
    this.#slots.push(slot);
    this.#hits.push(hits);
    if (this.#index !== null) this.#index.set(slot, hits);
    else if (this.#slots.length > LISTED_MAX)
      this.#index = new Map(this.#slots.map((each, at) => [each, this.#hits[at] ?? hits]));
    return hits;
  }
}
