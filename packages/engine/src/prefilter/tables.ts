/** The native half of a prefilter: databases and what each slot needs, as the addon takes them. */
import type { Database } from '@sluice/hyperscan-js';
import { loadNative } from '../native/binding.ts';
import type { ScanTables } from '../native/contract.ts';
import { CATEGORY_OF, LENGTH_BITS } from '../patterns/categories.ts';
import type { Clause } from '../patterns/needs.ts';

/** Who decides a slot that no database does. */
export const DECIDED_BY = { sqli: -1, xss: -2, nothing: -3, needs: -4 } as const;

/** The databases of values of one alphabet. */
export interface Variant {
  /** What a value may hold: see Alphabet. */
  readonly holds: number;
  /** By slot: the index of the database that finds it, or one of DECIDED_BY. */
  readonly deciders: readonly number[];
}

export interface SlotFacts {
  /** The first that a value fits counts; the last takes all. */
  readonly variants: readonly Variant[];
  /** By slot. */
  readonly needs: readonly (readonly Clause[])[];
  /** Rules above this paranoia level have no slots. */
  readonly paranoiaMax: number;
}

export function makeTables(
  { variants, needs }: Omit<SlotFacts, 'paranoiaMax'>,
  databases: readonly Database[],
): ScanTables {
  const starts = new Uint32Array(needs.length + 1);
  for (const [slot, clauses] of needs.entries()) starts[slot + 1] = (starts[slot] ?? 0) + clauses.length;
  return loadNative().createScanTables({
    categories: CATEGORY_OF,
    lengths: Uint32Array.from(LENGTH_BITS.flat()),
    databases: databases.map((database) => database.lend()),
    variants: Uint32Array.from(variants, ({ holds }) => holds),
    deciders: Int32Array.from(variants.flatMap(({ deciders }) => deciders)),
    needStarts: starts,
    needs: Uint32Array.from(needs.flat()),
  });
}
