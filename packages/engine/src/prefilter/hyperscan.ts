/**
 * The prefilter on Hyperscan: all patterns and word lists of a program in one database, all values of a phase in one call.
 * A pattern that Hyperscan finds too large is scanned for by a necessary condition; what it refuses altogether gets no
 * slot, and RE2 alone decides its rules.
 */
import {
  compile,
  type Database,
  deserialize,
  fromShared,
  HyperscanError,
  type Pattern,
  Scanner,
} from '@sluice/hyperscan-js';
import type { CompiledOperator, RuleProgram } from '../rule-set/program.ts';
import { scanPatterns } from './expressions.ts';
import { type Prefilter, scannableRules } from './prefilter.ts';
import { scanValues } from './scan-values.ts';

/** A compiled prefilter as it is kept on disk. */
export interface PrefilterImage {
  readonly slots: readonly (readonly [key: string, slot: number])[];
  /** Operators without a slot, with the reason. */
  readonly unscanned: readonly { readonly key: string; readonly reason: string }[];
  /** Null where nothing is scanned. */
  readonly database: Uint8Array | null;
}

/** A prefilter that another thread of this process has open: plain data, good as long as that one lives. */
export interface SharedPrefilter {
  readonly slots: ReadonlyMap<string, number>;
  /** Hyperscan's token of the database; null where nothing is scanned. */
  readonly token: number | null;
}

/** What is compiled next. `done` of `total` patterns are; once all are, they are put into one database. */
export interface CompileProgress {
  readonly done: number;
  readonly total: number;
  /** The rule whose pattern is next; null when the database is made. */
  readonly ruleId: number | null;
}

export interface PrefilterOptions {
  readonly paranoiaMax: number;
  readonly onProgress?: (progress: CompileProgress) => void;
  /** Compiles each pattern alone before all together: twice the time, and what is slow or too large is known by its rule. */
  readonly eachAlone?: boolean;
}

/** One operator on its way into the database. */
interface Candidate {
  readonly key: string;
  readonly operator: CompiledOperator;
  /** Null where it is not scanned. */
  patterns: readonly Pattern[] | null;
  trusted: boolean;
}

type Unscanned = { key: string; reason: string }[];

/** Compiles the patterns of a program into one database. Takes seconds for the whole CRS. */
export function compilePrefilter(program: RuleProgram, options: PrefilterOptions): PrefilterImage {
  const candidates: Candidate[] = [];
  const unscanned: Unscanned = [];
  const rules = [...scannableRules(program, options.paranoiaMax)];
  const { onProgress = () => undefined, eachAlone = false } = options;
  for (const [done, [key, { operator, ruleId }]] of rules.entries()) {
    onProgress({ done, total: rules.length, ruleId });
    const candidate: Candidate = { key, operator, patterns: null, trusted: !eachAlone };
    candidates.push(candidate);
    take(candidate, candidates.length - 1, unscanned);
  }
  onProgress({ done: rules.length, total: rules.length, ruleId: null });
  const database = compileAccepted(candidates, unscanned);
  const slots = candidates.flatMap(({ key, patterns }, slot): (readonly [string, number])[] =>
    patterns === null ? [] : [[key, slot]],
  );
  return { slots, unscanned, database };
}

/** Takes a candidate's patterns, or the reason why there are none. */
function take(candidate: Candidate, slot: number, unscanned: Unscanned): void {
  const own = scanPatterns(candidate.operator, slot, candidate.trusted);
  candidate.patterns = typeof own === 'string' ? null : own;
  if (typeof own === 'string') unscanned.push({ key: candidate.key, reason: own });
}

/** Compiles all; what Hyperscan refuses only now, one pattern a time, is looked at alone, and then left out. */
function compileAccepted(candidates: readonly Candidate[], unscanned: Unscanned): Uint8Array | null {
  for (;;) {
    const patterns = candidates.flatMap((candidate) => candidate.patterns ?? []);
    if (patterns.length === 0) return null;
    try {
      const database = compile(patterns);
      const image = database.serialize();
      database.close();
      return image;
    } catch (error) {
      const slot = error instanceof HyperscanError ? error.expressionId : undefined;
      const candidate = slot === undefined ? undefined : candidates[slot];
      if (slot === undefined || candidate === undefined) throw error;
      if (candidate.trusted) {
        candidate.trusted = false;
        take(candidate, slot, unscanned);
      } else {
        candidate.patterns = null;
        unscanned.push({
          key: candidate.key,
          reason: error instanceof Error ? error.message : String(error),
        });
      }
    }
  }
}

/** An open prefilter: the database belongs to all threads that have it, the scanner to this one. */
export class HyperscanPrefilter implements Prefilter {
  readonly slots: ReadonlyMap<string, number>;
  readonly slotCount: number;
  readonly #database: Database | null;
  readonly #scanner: Scanner | null;

  constructor(slots: ReadonlyMap<string, number>, database: Database | null) {
    this.slots = slots;
    this.slotCount = [...slots.values()].reduce((count, slot) => Math.max(count, slot + 1), 0);
    this.#database = database;
    this.#scanner = database === null ? null : new Scanner(database);
  }

  scan(values: readonly string[], report: (valueIndex: number, slot: number) => void): void {
    if (this.#scanner !== null) scanValues(this.#scanner, values, report);
  }

  /** For `openSharedPrefilter` in another thread. */
  share(): SharedPrefilter {
    return { slots: this.slots, token: this.#database?.share() ?? null };
  }
}

/** Opens a compiled prefilter. The image must be one that this program wrote: see bundle/. */
export const openPrefilter = ({ slots, database }: PrefilterImage): HyperscanPrefilter =>
  new HyperscanPrefilter(new Map(slots), database === null ? null : deserialize(database));

/** Opens the prefilter of another thread: the same database, not a copy. Throws HS_UNKNOWN_TOKEN where it is gone. */
export const openSharedPrefilter = ({ slots, token }: SharedPrefilter): HyperscanPrefilter =>
  new HyperscanPrefilter(slots, token === null ? null : fromShared(token));
