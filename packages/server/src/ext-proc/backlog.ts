/** Memory of all exchanges together that messages take while they wait for the inspector. */

export class Backlog {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get full(): boolean {
    return this.#bytes > this.#bytesMax;
  }

  /** @param bytes more, or fewer where it is negative */
  add(bytes: number): void {
    this.#bytes += bytes;
  }
}
