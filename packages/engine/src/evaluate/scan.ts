/** What the prefilter found: for each distinct transformed value the slots that may match in it, and their union. */

import type { LinkedPhase } from '../link/linked.ts';
import type { ScanUnit } from '../link/rule-set.ts';
import type { EvaluationState } from './state.ts';

export class ScanResults {
  readonly #units: readonly ScanUnit[];
  readonly #byValue = new Map<string, number[]>();
  readonly #anySlot: Uint8Array;

  constructor(units: readonly ScanUnit[], slotCount: number) {
    this.#units = units;
    this.#anySlot = new Uint8Array(slotCount);
  }

  /** Scans what a phase's gated rules will read and no earlier phase has scanned. */
  scanAhead(state: EvaluationState, phase: LinkedPhase): void {
    const batch: string[] = [];
    const lists: number[][] = [];
    for (const source of phase.scans) {
      for (const pair of source.target.read(state)) {
        for (const node of source.nodes) {
          const value = state.transforms.get(pair.value, node);
          if (this.#byValue.has(value)) continue;
          const slots: number[] = [];
          this.#byValue.set(value, slots);
          batch.push(value);
          lists.push(slots);
        }
      }
    }
    for (const { prefilter, slotOffset } of this.#units) {
      if (prefilter.slotCount === 0) continue;
      prefilter.scan(batch, (index, slot) => {
        lists[index]?.push(slot + slotOffset);
        this.#anySlot[slot + slotOffset] = 1;
      });
    }
  }

  /** Whether a slot may match in any value scanned so far. */
  mayMatchAnywhere(slot: number): boolean {
    return this.#anySlot[slot] === 1;
  }

  /** Whether a slot may match in a value; true for a value that was not scanned. */
  mayMatch(value: string, slot: number): boolean {
    const slots = this.#byValue.get(value);
    return slots === undefined || slots.includes(slot);
  }
}
