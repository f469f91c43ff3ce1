/**
 * The prefilter's contract: it may report too much, never too little. For each value it names the slots (patterns, word
 * lists) that may match in it; a slot it does not name cannot match there. What cannot be scanned has no slot, and its
 * rule is always a candidate.
 */
import { createHash } from 'node:crypto';
import type { ScanTables } from '../native/contract.ts';
import type { CompiledOperator, CompiledRule, RuleProgram } from '../rule-set/program.ts';
import { type Family, familyOf, partsRead } from './families.ts';

export interface Prefilter {
  /** Null where nothing is scanned. */
  readonly tables: ScanTables | null;
  /** Slots by operator key; see operatorKey. */
  readonly slots: ReadonlyMap<string, number>;
  readonly slotCount: number;
  /** Rules above this level have no slots, also where one below it has the same operator: nobody looks for them. */
  readonly paranoiaMax: number;
  /**
   * Scans values and reports each slot that may match in each.
   *
   * @param report called with the value's index and the slot; a pair may be reported more than once
   */
  scan(values: readonly string[], report: (valueIndex: number, slot: number) => void): void;
}

/** Operators whose matches the scan finds. */
const SCANNED = new Set([
  ...['rx', 'pm', 'pmFromFile', 'pmFromDataset', 'detectSQLi', 'detectXSS'],
  // Looked for by what a value must hold alone.
  ...['beginsWith', 'contains', 'containsWord', 'endsWith', 'streq', 'strmatch', 'validateByteRange'],
]);

/** The prefilter of a unit that is to have none. */
export const noPrefilter = (): Prefilter => ({
  slots: new Map(),
  slotCount: 0,
  paranoiaMax: 0,
  tables: null,
  scan: () => undefined,
});

/** Whether an operator's match can be ruled out by a scan: a negated one matches exactly where nothing is found. */
export const isScannable = (operator: CompiledOperator | null): operator is CompiledOperator =>
  operator !== null && SCANNED.has(operator.name) && !operator.negated && !operator.hasMacros;

/** Equal keys match the same values: the same pattern, or the same words. */
export function operatorKey(operator: CompiledOperator): string {
  if (operator.lines === null) return `${operator.name} ${operator.text}`;
  const digest = createHash('sha256').update(operator.lines.join('\n'), 'latin1').digest('hex');
  return `${operator.name} ${digest}`;
}

/** The lowest paranoia level at which a rule runs, by its tag; null for rules that run at each. */
export function paranoiaOf(rule: CompiledRule): number | null {
  for (const tag of rule.tags) {
    const level = /^paranoia-level\/([1-4])$/.exec(tag)?.[1];
    if (level !== undefined) return Number(level);
  }
  return null;
}

export interface ScannableOperator {
  readonly operator: CompiledOperator;
  /** The first rule that has it. */
  readonly ruleId: number;
  /** Of all rules that have it. */
  readonly family: Family;
}

/**
 * The distinct operators of a program that a scan can decide, heads of chains only, by their keys.
 *
 * @param paranoiaMax rules above this level are left out: policies that run them still do, without a prefilter
 */
export function scannableRules(
  program: RuleProgram,
  paranoiaMax: number,
): ReadonlyMap<string, ScannableOperator> {
  const operators = new Map<string, { operator: CompiledOperator; ruleId: number; parts: number }>();
  for (const item of program.items) {
    if (item.kind === 'marker' || (paranoiaOf(item) ?? 0) > paranoiaMax) continue;
    const operator = item.links[0]?.operator ?? null;
    if (!isScannable(operator)) continue;
    const key = operatorKey(operator);
    const parts = partsRead(item);
    const known = operators.get(key);
    if (known === undefined) operators.set(key, { operator, ruleId: item.id, parts });
    else known.parts |= parts;
  }
  return new Map(
    Array.from(operators, ([key, { operator, ruleId, parts }]) => [
      key,
      { operator, ruleId, family: familyOf(parts) },
    ]),
  );
}

/** As `scannableRules`, without the rules. */
export const scannableOperators = (
  program: RuleProgram,
  paranoiaMax: number,
): ReadonlyMap<string, CompiledOperator> =>
  new Map(Array.from(scannableRules(program, paranoiaMax), ([key, { operator }]) => [key, operator]));
