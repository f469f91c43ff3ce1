/** What the hub knows of the nodes that deliver to it, since it began. */

export interface NodeState {
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly lastBatchAt: number;
  /**
   * Up to here the node has delivered: the newest `@timestamp` of its documents, in milliseconds since the epoch. A node
   * delivers in the order in which its documents were made, so what it still has is younger, but for requests that took long.
   */
  readonly watermark: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
}

export interface Delivered {
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
  /** Milliseconds since the epoch; -Infinity where there was no document. */
  readonly newest: number;
}

export class Nodes {
  readonly #byName = new Map<string, NodeState>();
  readonly #nodesMax: number;
  readonly #now: () => number;

  constructor(nodesMax: number, now: () => number) {
    this.#nodesMax = nodesMax;
    this.#now = now;
  }

  /** The node that was silent for longest is forgotten where there are too many. */
  delivered(node: string, batch: Delivered): void {
    const former = this.#byName.get(node);
    this.#byName.delete(node);
    this.#byName.set(node, {
      node,
      lastBatchAt: this.#now(),
      watermark: Math.max(former?.watermark ?? 0, batch.newest),
      stored: (former?.stored ?? 0) + batch.stored,
      duplicates: (former?.duplicates ?? 0) + batch.duplicates,
      refused: (former?.refused ?? 0) + batch.refused,
    });
    const [silent] = this.#byName.keys();
    if (this.#byName.size > this.#nodesMax && silent !== undefined) this.#byName.delete(silent);
  }

  /** By name. */
  list(): readonly NodeState[] {
    return [...this.#byName.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
  }
}
