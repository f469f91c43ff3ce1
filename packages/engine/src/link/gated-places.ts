/**
 * Where the rules of a phase stand that are asked only where the scan has found a slot, by that slot: a request finds a
 * handful of some hundred slots, and most of what it does not find it need not look at.
 */
import type { Places } from './folded.ts';

export class GatedPlaces {
  /** Ascending, one for each gated rule. */
  readonly #slots: Int32Array;
  /** The place of each, ascending among those of one slot. */
  readonly #places: Uint32Array;

  /** @param gates by place: the slot, or -1 for what has none */
  constructor(gates: Int32Array) {
    const places = Array.from(gates.keys()).filter((place) => (gates[place] ?? -1) >= 0);
    places.sort((a, b) => (gates[a] ?? 0) - (gates[b] ?? 0) || a - b);
    this.#places = Uint32Array.from(places);
    this.#slots = Int32Array.from(places, (place) => gates[place] ?? -1);
  }

  /** Appends those places of a slot to `places` that are their own `nextLive`. */
  collect(slot: number, nextLive: Places, places: number[]): void {
    for (let at = this.#firstOf(slot); this.#slots[at] === slot; at++) {
      const place = this.#places[at] ?? 0;
      if (nextLive[place] === place) places.push(place);
    }
  }

  #firstOf(slot: number): number {
    let low = 0;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#slots[middle] ?? 0) < slot) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
