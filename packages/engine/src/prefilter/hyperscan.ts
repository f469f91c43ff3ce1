/**
 * The prefilter: the patterns and word lists of a program in a few Hyperscan databases, and what a value must hold for
 * each to match at all. A pattern that Hyperscan finds too large is scanned for by a necessary condition; what it refuses
 * altogether gets no slot, and RE2 alone decides its rules.
 */
import { type Database, deserialize, fromShared } from '@sluice/hyperscan-js';
import type { NativeScanPlan, ScanTables } from '../native/contract.ts';
import type { Prefilter } from './prefilter.ts';
import { makePlan, NO_PIPELINES, ScanBatch } from './scan-plan.ts';
import { makeTables, type SlotFacts } from './tables.ts';

/** A compiled prefilter as it is kept on disk. */
export interface PrefilterImage extends SlotFacts {
  readonly slots: readonly (readonly [key: string, slot: number])[];
  /** Operators without a slot, with the reason. */
  readonly unscanned: readonly { readonly key: string; readonly reason: string }[];
  /** In their order; the bytes of one may be gone when the next one is asked for. */
  readonly databases: Iterable<Uint8Array>;
}

/** A prefilter that another thread of this process has open: plain data, good as long as that one lives. */
export interface SharedPrefilter extends SlotFacts {
  readonly slots: ReadonlyMap<string, number>;
  /** Hyperscan's tokens of the databases. */
  readonly tokens: readonly number[];
}

/** An open prefilter: the databases belong to all threads that have them, the tables to this one. */
export class HyperscanPrefilter implements Prefilter {
  readonly slots: ReadonlyMap<string, number>;
  readonly slotCount: number;
  readonly paranoiaMax: number;
  readonly tables: ScanTables | null;
  readonly #facts: SlotFacts;
  readonly #databases: readonly Database[];
  #plan: NativeScanPlan | null = null;

  constructor(slots: ReadonlyMap<string, number>, facts: SlotFacts, databases: readonly Database[]) {
    this.slots = slots;
    this.slotCount = facts.needs.length;
    this.paranoiaMax = facts.paranoiaMax;
    this.tables = this.slotCount === 0 ? null : makeTables(facts, databases);
    this.#facts = facts;
    this.#databases = databases;
  }

  scan(values: readonly string[], report: (valueIndex: number, slot: number) => void): void {
    if (this.tables === null) return;
    const all = new Set(Array.from({ length: this.slotCount }, (_, slot) => slot));
    this.#plan ??= makePlan(this.tables, NO_PIPELINES, [new Map([[0, all]])]);
    const batch = new ScanBatch();
    for (const value of values) batch.add(value, 0);
    batch.scan(this.#plan, (value, _, slot) => report(value, slot));
  }

  /** For `openSharedPrefilter` in another thread. */
  share(): SharedPrefilter {
    return { slots: this.slots, ...this.#facts, tokens: this.#databases.map((each) => each.share()) };
  }
}

/**
 * Opens a compiled prefilter. The image must be one that this program wrote, and compared with its digests where it was kept:
 * see bundle/.
 */
export const openPrefilter = ({ slots, databases, ...facts }: PrefilterImage): HyperscanPrefilter =>
  new HyperscanPrefilter(
    new Map(slots),
    facts,
    Array.from(databases, (bytes) => deserialize(bytes, { verified: true })),
  );

/** Opens the prefilter of another thread: the same databases, no copies. Throws HS_UNKNOWN_TOKEN where they are gone. */
export const openSharedPrefilter = ({ slots, tokens, ...facts }: SharedPrefilter): HyperscanPrefilter =>
  new HyperscanPrefilter(slots, facts, tokens.map(fromShared));
