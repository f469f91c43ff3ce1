/** A program's operators to databases and what each needs. */
import { compile, HyperscanError, type Pattern } from '@sluice/hyperscan-js';
import type { Clause } from '../patterns/needs.ts';
import type { CompiledOperator, RuleProgram } from '../rule-set/program.ts';
import { ALPHABETS, type Alphabet } from './alphabets.ts';
import { operatorNeeds, restrictedPatterns, scanPatterns } from './expressions.ts';
import { FAMILIES, type Family } from './families.ts';
import { GROUPED_SLOTS_MIN, groupOf } from './groups.ts';
import type { PrefilterImage } from './hyperscan.ts';
import { type ScannableOperator, scannableRules } from './prefilter.ts';
import { DECIDED_BY, type Variant } from './tables.ts';

/** What is compiled next. `done` of `total` patterns are; once all are, they are put into databases. */
export interface CompileProgress {
  readonly done: number;
  readonly total: number;
  /** The rule whose pattern is next; null when the databases are made. */
  readonly ruleId: number | null;
}

export interface PrefilterOptions {
  readonly paranoiaMax: number;
  readonly onProgress?: (progress: CompileProgress) => void;
  /** Compiles each pattern alone before all together: twice the time, and what is slow or too large is known by its rule. */
  readonly eachAlone?: boolean;
}

/** One operator on its way into a database. */
interface Candidate {
  readonly key: string;
  readonly operator: CompiledOperator;
  readonly needs: readonly Clause[];
  readonly family: Family;
  /** Null where it is not scanned; empty where libinjection decides it. */
  patterns: readonly Pattern[] | null;
  trusted: boolean;
}

type Unscanned = { key: string; reason: string }[];

/** Detectors of libinjection, which the scan asks beside the databases. */
const DETECTORS: ReadonlyMap<string, number> = new Map([
  ['detectSQLi', DECIDED_BY.sqli],
  ['detectXSS', DECIDED_BY.xss],
]);

/** Compiles the patterns of a program. Takes seconds for the whole CRS. */
export function compilePrefilter(program: RuleProgram, options: PrefilterOptions): PrefilterImage {
  const candidates: Candidate[] = [];
  const unscanned: Unscanned = [];
  const rules = [...scannableRules(program, options.paranoiaMax)];
  const { onProgress = () => undefined, eachAlone = false } = options;
  for (const [done, [key, rule]] of rules.entries()) {
    onProgress({ done, total: rules.length, ruleId: rule.ruleId });
    const candidate = candidateOf(key, rule, !eachAlone);
    candidates.push(candidate);
    take(candidate, candidates.length - 1, unscanned);
  }
  onProgress({ done: rules.length, total: rules.length, ruleId: null });
  const databases: Uint8Array[] = [];
  const whole = compileGroups(candidates, databases, unscanned);
  const variants = [
    ...ALPHABETS.map((alphabet) => compileVariant(candidates, alphabet, databases)),
    { holds: 0xffff_ffff, deciders: whole },
  ];
  const slots = candidates.flatMap(({ key, patterns }, slot): (readonly [string, number])[] =>
    patterns === null ? [] : [[key, slot]],
  );
  return { slots, unscanned, databases, variants, needs: candidates.map(({ needs }) => needs) };
}

const candidateOf = (key: string, { operator, family }: ScannableOperator, trusted: boolean): Candidate => ({
  key,
  operator,
  needs: operatorNeeds(operator),
  family,
  patterns: null,
  trusted,
});

/** Takes a candidate's patterns, or the reason why there are none. */
function take(candidate: Candidate, slot: number, unscanned: Unscanned): void {
  if (DETECTORS.has(candidate.operator.name)) {
    candidate.patterns = [];
    return;
  }
  const own = scanPatterns(candidate.operator, slot, candidate.trusted);
  candidate.patterns = typeof own === 'string' ? null : own;
  if (typeof own === 'string') unscanned.push({ key: candidate.key, reason: own });
}

/** Compiles what all values may be scanned for into databases. Returns the deciders of the slots. */
function compileGroups(
  candidates: readonly Candidate[],
  databases: Uint8Array[],
  unscanned: Unscanned,
): readonly number[] {
  const deciders = candidates.map(({ operator }) => DETECTORS.get(operator.name) ?? DECIDED_BY.nothing);
  const groups = new Map<string, number[]>();
  for (const [slot, candidate] of candidates.entries()) {
    if (candidate.patterns === null || DETECTORS.has(candidate.operator.name)) continue;
    const name = groupOf(candidate, candidates.length);
    groups.set(name, [...(groups.get(name) ?? []), slot]);
  }
  for (const group of groups.values()) {
    const database = compileAccepted(candidates, group, unscanned);
    if (database === null) continue;
    for (const slot of group) if (candidates[slot]?.patterns != null) deciders[slot] = databases.length;
    databases.push(database);
  }
  return deciders;
}

/** As `compileGroups`, for values of an alphabet, in one database a family. */
function compileVariant(
  candidates: readonly Candidate[],
  { holds, bytes }: Alphabet,
  databases: Uint8Array[],
): Variant {
  const deciders = candidates.map(({ operator }) => DETECTORS.get(operator.name) ?? DECIDED_BY.nothing);
  for (const isResponse of [false, true]) {
    const patterns = new Map<number, readonly Pattern[]>();
    for (const [slot, candidate] of candidates.entries()) {
      const { operator, patterns: whole } = candidate;
      if (whole === null || candidate.isResponse !== isResponse || DETECTORS.has(operator.name)) continue;
      const restricted = restrictedPatterns(operator, slot, bytes);
      patterns.set(slot, typeof restricted === 'string' ? whole : restricted);
    }
    const database = compileRestricted(candidates, patterns);
    if (database === null) continue;
    for (const [slot, own] of patterns) if (own.length > 0) deciders[slot] = databases.length;
    databases.push(database);
  }
  return { holds, deciders };
}

/**
 * Compiles the patterns of slots. One that Hyperscan refuses only in its restricted form, as one that has become too large,
 * or of which it sees that nothing matches any more, is scanned for whole, and replaced in `patterns`.
 */
function compileRestricted(
  candidates: readonly Candidate[],
  patterns: Map<number, readonly Pattern[]>,
): Uint8Array | null {
  for (;;) {
    const all = [...patterns.values()].flat();
    if (all.length === 0) return null;
    try {
      return imageOf(all);
    } catch (error) {
      const slot = error instanceof HyperscanError ? error.expressionId : undefined;
      const whole = slot === undefined ? null : (candidates[slot]?.patterns ?? null);
      if (slot === undefined || whole === null || patterns.get(slot) === whole) throw error;
      patterns.set(slot, whole);
    }
  }
}

function imageOf(patterns: readonly Pattern[]): Uint8Array {
  const database = compile(patterns);
  const image = database.serialize();
  database.close();
  return image;
}

/** Compiles all; what Hyperscan refuses only now, one pattern a time, is looked at alone, and then left out. */
function compileAccepted(
  candidates: readonly Candidate[],
  group: readonly number[],
  unscanned: Unscanned,
): Uint8Array | null {
  for (;;) {
    const patterns = group.flatMap((slot) => candidates[slot]?.patterns ?? []);
    if (patterns.length === 0) return null;
    try {
      return imageOf(patterns);
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
