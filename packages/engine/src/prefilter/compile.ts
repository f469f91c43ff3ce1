/** A program's operators to databases and what each needs. */
import { compile, HyperscanError, type Pattern } from '@sluice/hyperscan-js';
import type { Clause } from '../patterns/needs.ts';
import type { CompiledOperator, RuleProgram } from '../rule-set/program.ts';
import { ALPHABETS, type Alphabet } from './alphabets.ts';
import { isToldByNeeds, operatorNeeds, restrictedPatterns, scanPatterns } from './expressions.ts';
import { FAMILIES, type Family, NARROW_FAMILIES } from './families.ts';
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
  /** One of DECIDED_BY where no database has to; else null. */
  readonly decider: number | null;
  /** Null where it is not scanned; empty where no database decides it. */
  patterns: readonly Pattern[] | null;
  trusted: boolean;
}

type Unscanned = { key: string; reason: string }[];

/** Operators that no database decides: libinjection's, and those of which what a value must hold says enough. */
const OTHERS: ReadonlyMap<string, number> = new Map([
  ['detectSQLi', DECIDED_BY.sqli],
  ['detectXSS', DECIDED_BY.xss],
  ['beginsWith', DECIDED_BY.needs],
  ['contains', DECIDED_BY.needs],
  ['containsWord', DECIDED_BY.needs],
  ['endsWith', DECIDED_BY.needs],
  ['streq', DECIDED_BY.needs],
  ['strmatch', DECIDED_BY.needs],
  ['validateByteRange', DECIDED_BY.needs],
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
    // A policy's own few rules cost little to look for, and databases of their own would cost it memory.
    ...(candidates.length < GROUPED_SLOTS_MIN ? [] : ALPHABETS).flatMap(
      (alphabet) => compileVariant(candidates, alphabet, databases) ?? [],
    ),
    { holds: 0xffff_ffff, deciders: whole },
  ];
  const slots = candidates.flatMap(({ key, patterns }, slot): (readonly [string, number])[] =>
    patterns === null ? [] : [[key, slot]],
  );
  const needs = candidates.map((candidate) => candidate.needs);
  return { slots, unscanned, databases, variants, needs, paranoiaMax: options.paranoiaMax };
}

const candidateOf = (key: string, { operator, family }: ScannableOperator, trusted: boolean): Candidate => ({
  key,
  operator,
  needs: operatorNeeds(operator),
  family,
  decider: OTHERS.get(operator.name) ?? (isToldByNeeds(operator) ? DECIDED_BY.needs : null),
  patterns: null,
  trusted,
});

/** Takes a candidate's patterns, or the reason why there are none. */
function take(candidate: Candidate, slot: number, unscanned: Unscanned): void {
  if (candidate.decider !== null) {
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
  const deciders = candidates.map(({ decider }) => decider ?? DECIDED_BY.nothing);
  const groups = new Map<string, number[]>();
  for (const [slot, candidate] of candidates.entries()) {
    if (candidate.patterns === null || candidate.decider !== null) continue;
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

/**
 * As `compileGroups`, for values of an alphabet, in one database a family, or a group of them. Null where Hyperscan
 * does not take them together: such values are scanned as all others are.
 */
function compileVariant(
  candidates: readonly Candidate[],
  { holds, bytes, isNarrow }: Alphabet,
  databases: Uint8Array[],
): Variant | null {
  const deciders = candidates.map(({ decider }) => decider ?? DECIDED_BY.nothing);
  const first = databases.length;
  const made: Uint8Array[] = [];
  for (const families of isNarrow ? NARROW_FAMILIES : FAMILIES) {
    const own = new Map<number, readonly Pattern[]>();
    for (const [slot, { operator, patterns, ...candidate }] of candidates.entries()) {
      if (patterns === null || candidate.decider !== null || !families.includes(candidate.family)) continue;
      const restricted = restrictedPatterns(operator, slot, bytes);
      own.set(slot, typeof restricted === 'string' ? patterns : restricted);
    }
    if (![...own.values()].some(({ length }) => length > 0)) continue;
    const database = compileRestricted(candidates, own);
    if (database === null) return null;
    for (const [slot, patterns] of own) if (patterns.length > 0) deciders[slot] = first + made.length;
    made.push(database);
  }
  databases.push(...made);
  return { holds, deciders };
}

/**
 * Compiles patterns by slot. Hyperscan may refuse a smaller pattern though it took the whole one: `a\b|<` without `<` in
 * front of a letter never matches, which is an error to it. The whole one takes its place, and finds the same. Null where
 * it refuses them all the same.
 */
function compileRestricted(
  candidates: readonly Candidate[],
  own: Map<number, readonly Pattern[]>,
): Uint8Array | null {
  for (;;) {
    try {
      return serialized([...own.values()].flat());
    } catch (error) {
      if (!(error instanceof HyperscanError && error.code === 'HS_COMPILE')) throw error;
      const slot = refusedSlot(error);
      const whole = slot === null ? null : (candidates[slot]?.patterns ?? null);
      if (slot === null || whole === null || own.get(slot) === whole) return null;
      own.set(slot, whole);
    }
  }
}

function serialized(patterns: readonly Pattern[]): Uint8Array {
  const database = compile(patterns);
  const image = database.serialize();
  database.close();
  return image;
}

/** The slot of the pattern that Hyperscan refuses, or null where it says something else. */
const refusedSlot = (error: unknown): number | null =>
  error instanceof HyperscanError ? (error.expressionId ?? null) : null;

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
      return serialized(patterns);
    } catch (error) {
      const slot = refusedSlot(error);
      const candidate = slot === null ? undefined : candidates[slot];
      if (slot === null || candidate === undefined) throw error;
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
