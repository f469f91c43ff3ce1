/** Values through a native scan plan: one call for all, in buffers that are kept from call to call. */
import { EngineError } from '../errors.ts';
import { loadNative } from '../native/binding.ts';
import type { NativeScanPlan, ScanTables } from '../native/contract.ts';
import { ownWork } from '../work.ts';

/** What is looked for in a value: slots by pipeline. */
export type Interest = ReadonlyMap<number, ReadonlySet<number>>;

/** The tree of pipelines as far as a plan knows it: transformations and parents by node; node 0 is the value itself. */
export interface Pipelines {
  readonly transformations: readonly string[];
  readonly parents: Uint32Array;
}

/** Words of a hit: value, node, slot. */
const HIT_WORDS = 3;

/** Of this thread. */
const buffers = {
  values: new Uint32Array(512),
  hits: new Uint32Array(HIT_WORDS * 1_024),
};

/** Values put together for one call. */
export class ScanBatch {
  #text = '';
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param interest of the plan that `scan` gets; with REMEMBERED added where the value is to be remembered */
  add(value: string, interest: number): void {
    const at = this.#count * 2;
    if (at + 2 > buffers.values.length) {
      const grown = new Uint32Array(buffers.values.length * 2);
      grown.set(buffers.values);
      buffers.values = grown;
    }
    this.#text += value;
    buffers.values[at] = this.#text.length;
    buffers.values[at + 1] = interest;
    this.#count++;
  }

  /** Forgets what was added. */
  clear(): void {
    this.#text = '';
    this.#count = 0;
  }

  /**
   * Scans what was added, and empties the batch. No other batch may be filled between the first `add` and this.
   *
   * @param report called for each slot that may match: the value's place in the batch, the node and the slot
   */
  scan(plan: NativeScanPlan, report: (value: number, node: number, slot: number) => void): void {
    const text = this.#text;
    const count = this.#count;
    this.clear();
    if (count === 0) return;
    const native = loadNative();
    const found = native.scanValues(plan, text, buffers.values, count, buffers.hits);
    ownWork.nativeCalls++;
    if (found * HIT_WORDS > buffers.hits.length) {
      buffers.hits = new Uint32Array(found * HIT_WORDS * 2);
      ownWork.nativeCalls++;
      const taken = native.takeScanHits(buffers.hits);
      if (taken !== found) {
        throw new EngineError('NATIVE_FAILED', {
          what: 'scan',
          reason: `${taken} of ${found} hits are there`,
        });
      }
    }
    const { hits } = buffers;
    for (let at = 0; at < found * HIT_WORDS; at += HIT_WORDS)
      report(hits[at] ?? 0, hits[at + 1] ?? 0, hits[at + 2] ?? 0);
  }
}

/** Of this thread; written by `rememberScans`. */
export const remembering = { isOn: true };

/**
 * Whether this thread remembers what scans found in values that come with nearly each request, and what patterns answered
 * about them, as it does from the beginning. What scans found is forgotten either way.
 */
export function rememberScans(isWanted: boolean): void {
  remembering.isOn = isWanted;
  loadNative().rememberValues(isWanted);
}

/** A plan of tables: values of interest `i` are scanned for what `interests[i]` says. */
export function makePlan(
  tables: ScanTables,
  pipelines: Pipelines,
  interests: readonly Interest[],
): NativeScanPlan {
  const words: number[] = [];
  for (const interest of interests) {
    words.push(interest.size);
    for (const [node, slots] of interest) words.push(node, slots.size, ...slots);
  }
  const { transformations, parents } = pipelines;
  return loadNative().createScanPlan(tables, transformations, parents, Uint32Array.from(words));
}

export const NO_PIPELINES: Pipelines = { transformations: [''], parents: new Uint32Array(1) };
