/**
 * What the prefilter found in a transaction: slots that may match, by the value they were found in and the pipeline
 * behind which. A slot that was not found in a value cannot match there.
 */
import type { LinkedOperator } from '../link/linked.ts';
import { FoundSlots } from '../link/slot-hits.ts';
import type { UnitScan, VariableScan } from '../link/unit-scan.ts';
import { remembering, ScanBatch } from '../prefilter/scan-plan.ts';
import type { Pair } from '../variables/pair.ts';
import type { EvaluationState } from './state.ts';

/** Of this thread: filled and emptied by one call, never between two. */
const batch = new ScanBatch();

const NO_VALUES: readonly string[] = [];

export class ScanResults {
  readonly #scans: readonly UnitScan[];
  /** By variable: how many values were scanned; of those that may change, the values themselves are in #seen. */
  readonly #counts: (number | undefined)[] = [];
  readonly #seen: (readonly string[] | undefined)[] = [];
  readonly #found = new FoundSlots();
  /** What was found in values that all heads of this shape have, by unit: made once, and never changed. */
  readonly #ofShape: FoundSlots[] = [];

  /** What was found before by those that this one was forked from; null where there are none. */
  #origin: ScanResults | null = null;

  constructor(scans: readonly UnitScan[]) {
    this.#scans = scans;
  }

  /** What is found from here on is found in the fork alone, which holds while nothing more is scanned here. */
  fork(): ScanResults {
    const fork = new ScanResults(this.#scans);
    fork.#counts.push(...this.#counts);
    fork.#seen.push(...this.#seen);
    fork.#origin = this;
    return fork;
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
        this.#counts.length = 0;
        this.#seen.length = 0;
      }
    }
  }

  #scanAll(state: EvaluationState, phase: number): void {
    const shape = remembering.isOn ? state.request.shape : null;
    let at = 0;
    for (let unit = 0; unit < this.#scans.length; unit++) {
      const scan = this.#scans[unit];
      if (scan === undefined) continue;
      const { plan, slotOffset, variables, quick, foundInShape } = scan;
      const known = shape === null ? undefined : foundInShape.get(shape);
      if (known !== undefined && !this.#ofShape.includes(known)) this.#ofShape.push(known);
      // Phase 1 looks at all that there is of a head; where it was passed over, a later one does not.
      const made = shape !== null && known === undefined && phase === 1 ? new FoundSlots() : null;
      const values: string[] = [];
      /** Places of values that all heads of the shape have. */
      const shared = new Set<number>();
      for (let place = 0; place < variables.length; place++, at++) {
        const variable = variables[place];
        if (variable === undefined || (variable.isOfShape && known !== undefined)) continue;
        const first = values.length;
        this.#collect(state, phase, variable, at, values);
        if (made === null || !variable.isOfShape) continue;
        for (let value = first; value < values.length; value++) shared.add(value);
      }
      if (values.length > 0) {
        batch.scan(plan, (at, node, slot) => {
          const value = values[at] ?? '';
          const operator = quick[slot];
          if (operator !== undefined && !mayMatch(state, operator, node, value)) return;
          const found = made !== null && shared.has(at) ? made : this.#found;
          found.add(slot + slotOffset, node, value);
        });
      }
      if (made === null || shape === null) continue;
      foundInShape.set(shape, made);
      this.#ofShape.push(made);
    }
  }

  /** Calls `visit` with each slot that may match in any value scanned so far, some more than once. */
  visitSlots(visit: (slot: number) => void): void {
    visitAll(this.#found, visit);
    for (let at = 0; at < this.#ofShape.length; at++) visitAll(this.#ofShape[at], visit);
    this.#origin?.visitSlots(visit);
  }

  /** Whether a slot may match in any value scanned so far. */
  mayMatchAnywhere(slot: number): boolean {
    return (
      this.#found.hitsOf(slot) !== undefined ||
      this.#ofShape.some((found) => found.hitsOf(slot) !== undefined) ||
      this.#origin?.mayMatchAnywhere(slot) === true
    );
  }

  /** Whether a slot may match in what the transformations of a node make of a value. */
  mayMatch(value: string, node: number, slot: number): boolean {
    if (this.#found.hitsOf(slot)?.has(node, value) === true) return true;
    for (let at = 0; at < this.#ofShape.length; at++)
      if (this.#ofShape[at]?.hitsOf(slot)?.has(node, value) === true) return true;
    return this.#origin?.mayMatch(value, node, slot) === true;
  }

  #collect(state: EvaluationState, phase: number, scan: VariableScan, index: number, values: string[]): void {
    const { moment, firstPhase, lastPhase } = scan;
    if (phase > lastPhase || (moment === 'phase' && phase < firstPhase)) return;
    const done = this.#counts[index];
    if (moment === 'head' && done !== undefined) return;
    const pairs = scan.read(state);
    // Nothing to look at, and nothing to remember but that.
    if (pairs.length === 0 && moment !== 'head') return;
    if (moment === 'phase') {
      const known = this.#seen[index] ?? NO_VALUES;
      const seen: string[] = [];
      for (let place = 0; place < pairs.length; place++) {
        const pair = pairs[place];
        if (pair === undefined) continue;
        seen.push(pair.value);
        if (known[place] !== pair.value) take(scan, pair, values);
      }
      this.#seen[index] = seen;
      return;
    }
    for (let place = done ?? 0; place < pairs.length; place++) {
      const pair = pairs[place];
      if (pair !== undefined) take(scan, pair, values);
    }
    this.#counts[index] = pairs.length;
  }
}

function visitAll(found: FoundSlots | undefined, visit: (slot: number) => void): void {
  if (found !== undefined) for (let at = 0; at < found.slots.length; at++) visit(found.slots[at] ?? -1);
}

/** A longer value is transformed where its rule is asked: then there may be no need to. */
const QUICK_BYTES_MAX = 256;

/** Asks an operator at once, that would be asked by its rules with all that comes before. */
function mayMatch(
  state: EvaluationState,
  { instance, expand }: LinkedOperator,
  node: number,
  value: string,
): boolean {
  if (value.length > QUICK_BYTES_MAX) return true;
  return instance.match(state.transforms.get(value, node), expand(state)) !== null;
}

function take({ byKey, otherwise }: VariableScan, pair: Pair, values: string[]): void {
  // A pair folds its key when it is asked for it.
  const interest = byKey.size === 0 ? otherwise : (byKey.get(pair.lowerKey) ?? otherwise);
  if (interest < 0) return;
  batch.add(pair.value, interest);
  values.push(pair.value);
}
