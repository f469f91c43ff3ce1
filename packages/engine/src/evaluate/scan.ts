/**
 * What the prefilter found in a transaction: slots that may match, by the value they were found in and the pipeline
 * behind which. A slot that was not found in a value cannot match there.
 */
import type { UnitScan, VariableScan } from '../link/unit-scan.ts';
import { ScanBatch } from '../prefilter/scan-plan.ts';
import type { Pair } from '../variables/pair.ts';
import { SlotHits } from './slot-hits.ts';
import type { EvaluationState } from './state.ts';

/** How far a variable was scanned: of one that grows, how many values; of others, the values that stood there. */
interface Progress {
  count: number;
  values: readonly string[];
}

/** Of this thread: filled and emptied by one call, never between two. */
const batch = new ScanBatch();

const NO_VALUES: readonly string[] = [];

export class ScanResults {
  readonly #scans: readonly UnitScan[];
  readonly #progress: (Progress | undefined)[] = [];
  readonly #hits = new Map<number, SlotHits>();

  constructor(scans: readonly UnitScan[]) {
    this.#scans = scans;
  }

  /**
   * Scans what the gated rules of this phase will read, and of later ones what is there already. Where that fails, nothing
   * counts as scanned: neither may the next phase take it for looked at, nor the next transaction find it in the batch.
   */
  scanAhead(state: EvaluationState, phase: number): void {
    let isDone = false;
    try {
      this.#scanAll(state, phase);
      isDone = true;
    } finally {
      if (!isDone) {
        batch.clear();
        this.#progress.length = 0;
      }
    }
  }

  #scanAll(state: EvaluationState, phase: number): void {
    let at = 0;
    for (const { plan, slotOffset, variables } of this.#scans) {
      const values: string[] = [];
      for (const variable of variables) this.#collect(state, phase, variable, at++, values);
      if (values.length === 0) continue;
      batch.scan(plan, (value, node, slot) => this.#hit(slot + slotOffset, node, values[value] ?? ''));
    }
  }

  /** Whether any slot may match in any value scanned so far. */
  get hasFound(): boolean {
    return this.#hits.size > 0;
  }

  /** Whether a slot may match in any value scanned so far. */
  mayMatchAnywhere(slot: number): boolean {
    return this.#hits.has(slot);
  }

  /** Whether a slot may match in what the transformations of a node make of a value. */
  mayMatch(value: string, node: number, slot: number): boolean {
    return this.#hits.get(slot)?.has(node, value) ?? false;
  }

  #hit(slot: number, node: number, value: string): void {
    let hits = this.#hits.get(slot);
    if (hits === undefined) {
      hits = new SlotHits();
      this.#hits.set(slot, hits);
    }
    hits.add(node, value);
  }

  #collect(state: EvaluationState, phase: number, scan: VariableScan, index: number, values: string[]): void {
    const { moment, firstPhase, lastPhase } = scan;
    if (phase > lastPhase || (moment === 'phase' && phase < firstPhase)) return;
    const progress = this.#progress[index];
    if (moment === 'head' && progress !== undefined) return;
    const pairs = scan.read(state);
    // Nothing to look at, and nothing to remember but that.
    if (pairs.length === 0 && moment !== 'head') return;
    if (moment === 'phase') {
      const known = progress?.values ?? NO_VALUES;
      const seen: string[] = [];
      for (let place = 0; place < pairs.length; place++) {
        const pair = pairs[place];
        if (pair === undefined) continue;
        seen.push(pair.value);
        if (known[place] !== pair.value) take(scan, pair, values);
      }
      this.#progress[index] = { count: 0, values: seen };
      return;
    }
    for (let place = progress?.count ?? 0; place < pairs.length; place++) {
      const pair = pairs[place];
      if (pair !== undefined) take(scan, pair, values);
    }
    if (progress === undefined) this.#progress[index] = { count: pairs.length, values: NO_VALUES };
    else progress.count = pairs.length;
  }
}

function take({ byKey, otherwise }: VariableScan, { lowerKey, value }: Pair, values: string[]): void {
  const interest = byKey.size === 0 ? otherwise : (byKey.get(lowerKey) ?? otherwise);
  if (interest < 0) return;
  batch.add(value, interest);
  values.push(value);
}
