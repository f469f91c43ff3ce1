/**
 * What a unit's rules look for, variable by variable: which slots behind which transformations. A value is scanned once
 * for all rules of all phases that read it.
 */
import { type NativeScanPlan, REMEMBERED } from '../native/contract.ts';
import type { Prefilter } from '../prefilter/prefilter.ts';
import { type Interest, makePlan, type Pipelines } from '../prefilter/scan-plan.ts';
import type { HeadShape } from '../variables/head-shape.ts';
import { type Moment, momentOf } from '../variables/moments.ts';
import type { Pair } from '../variables/pair.ts';
import { variableReader } from '../variables/readers.ts';
import type { VariableState } from '../variables/state.ts';
import type { LinkedOperator, LinkedRule } from './linked.ts';
import { NO_KEYS, rememberedKeys } from './remembered.ts';
import type { FoundSlots } from './slot-hits.ts';
import type { LinkedTarget } from './targets.ts';

export interface VariableScan {
  readonly moment: Moment;
  /** Whether its values are the same in all heads of one shape. */
  readonly isOfShape: boolean;
  /** The phases of the rules that read it. */
  readonly firstPhase: number;
  readonly lastPhase: number;
  /** Interests by key in lower case, for keys that rules name; with REMEMBERED where it applies. */
  readonly byKey: ReadonlyMap<string, number>;
  /** The interest of all other keys; -1 where nothing is looked for in them. */
  readonly otherwise: number;
  read(state: VariableState): readonly Pair[];
}

export interface UnitScan {
  readonly plan: NativeScanPlan;
  /** Added to the plan's slots. */
  readonly slotOffset: number;
  readonly variables: readonly VariableScan[];
  /**
   * By slot of the plan: the operator, where it is told by what values hold, and asking it costs less than asking its rules;
   * undefined for all others.
   */
  readonly quick: readonly (LinkedOperator | undefined)[];
  /** By the shape of a head, what was found in the values that all its heads have: they are not scanned again. */
  readonly foundInShape: WeakMap<HeadShape, FoundSlots>;
  /** What is looked for where, as `nameOf` says it. */
  covered(): ReadonlySet<string>;
}

/** A slot looked for in a target behind a node. */
interface Lookup {
  readonly target: LinkedTarget;
  readonly node: number;
  readonly slot: number;
  readonly phase: number;
}

function* lookupsOf(rules: Iterable<LinkedRule>): Generator<Lookup> {
  for (const rule of rules) {
    // Before its links, which others than these may not have yet.
    if (rule.gate < 0) continue;
    const head = rule.links[0];
    if (head === undefined) continue;
    for (const target of head.targets) {
      for (const node of head.nodes) yield { target, node, slot: rule.gate, phase: rule.data.phase };
    }
  }
}

const nameOf = ({ target, node, slot, phase }: Lookup): string => `${target.source} ${node} ${slot} ${phase}`;

/** Whether a scan looks for everything that the rules need. */
export function covers(scan: UnitScan, rules: Iterable<LinkedRule>): boolean {
  for (const lookup of lookupsOf(rules)) if (!scan.covered().has(nameOf(lookup))) return false;
  return true;
}

/** They compare bytes, and nothing else. */
const QUICK: ReadonlySet<string> = new Set(['beginsWith', 'contains', 'endsWith', 'streq', 'strmatch']);

function quickOperators(rules: Iterable<LinkedRule>, slotOffset: number): (LinkedOperator | undefined)[] {
  const quick: (LinkedOperator | undefined)[] = [];
  for (const rule of rules) {
    const name = rule.data.links[0]?.operator?.name ?? '';
    if (rule.gate < 0 || !QUICK.has(name)) continue;
    quick[rule.gate - slotOffset] = rule.links[0]?.operator ?? undefined;
  }
  return Array.from(quick);
}

/** The scan for a unit's rules; null where none of them is gated. */
export function unitScan(
  rules: readonly LinkedRule[],
  prefilter: Prefilter,
  slotOffset: number,
  pipelines: Pipelines,
): UnitScan | null {
  const lookups = [...lookupsOf(rules)];
  if (prefilter.tables === null || lookups.length === 0) return null;
  const interests: Interest[] = [];
  const read = new Set(lookups.map(({ target }) => target.variable));
  const byVariable = Map.groupBy(lookups, ({ target }) =>
    target.readsOwn ? target.source : scannedWith(target.variable, read),
  );
  const variables = Array.from(byVariable, ([name, own]) => variableScan(name, own, slotOffset, interests));
  let covered: ReadonlySet<string> | null = null;
  return {
    plan: makePlan(prefilter.tables, pipelines, interests),
    slotOffset,
    variables,
    quick: quickOperators(rules, slotOffset),
    foundInShape: new WeakMap(),
    // Only asked where an overlay changes what rules read.
    covered() {
      covered ??= new Set(lookups.map(nameOf));
      return covered;
    },
  };
}

/** Variables all of whose values another one has, too: where both are read, they are scanned once. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ['ARGS_GET', 'ARGS'],
  ['ARGS_POST', 'ARGS'],
  ['ARGS_GET_NAMES', 'ARGS_NAMES'],
  ['ARGS_POST_NAMES', 'ARGS_NAMES'],
]);

function scannedWith(variable: string, read: ReadonlySet<string>): string {
  const whole = PARTS.get(variable);
  return whole !== undefined && read.has(whole) ? whole : variable;
}

/** See variables/head-shape.ts. All of them are there from the beginning. */
const OF_SHAPE: ReadonlySet<string> = new Set([
  'REQUEST_HEADERS_NAMES',
  'REQUEST_METHOD',
  'REQUEST_PROTOCOL',
]);

/** @param name of the variable that is scanned; of a target that reads its own, what it reads */
function variableScan(
  name: string,
  lookups: readonly Lookup[],
  slotOffset: number,
  interests: Interest[],
): VariableScan {
  const keyOf = ({ target }: Lookup): string | null => (target.readsOwn ? null : target.lowerKey);
  const add = (own: readonly Lookup[]): number => {
    if (own.length === 0) return -1;
    const interest = new Map<number, Set<number>>();
    for (const { node, slot } of own) {
      const slots = interest.get(node) ?? new Set();
      interest.set(node, slots.add(slot - slotOffset));
    }
    return interests.push(interest) - 1;
  };
  const everywhere = lookups.filter((lookup) => keyOf(lookup) === null);
  const keys = new Set(lookups.flatMap((lookup) => keyOf(lookup) ?? []));
  const own = lookups.find(({ target }) => target.readsOwn)?.target;
  const variable = own === undefined ? name : own.variable;
  const remembered = own === undefined ? rememberedKeys(variable) : NO_KEYS;
  const marked = (interest: number, key: string | null): number =>
    interest >= 0 && (remembered === 'all' || (key !== null && remembered.has(key)))
      ? interest + REMEMBERED
      : interest;
  const otherwise = add(everywhere);
  const byKey = new Map(
    Array.from(keys, (key) => [
      key,
      marked(add(lookups.filter((each) => (keyOf(each) ?? key) === key)), key),
    ]),
  );
  if (remembered !== 'all')
    for (const key of remembered) if (!byKey.has(key)) byKey.set(key, marked(otherwise, key));
  const phases = lookups.map(({ phase }) => phase);
  return {
    moment: own === undefined ? momentOf(variable) : 'phase',
    isOfShape: own === undefined && OF_SHAPE.has(variable),
    firstPhase: Math.min(...phases),
    lastPhase: Math.max(...phases),
    byKey,
    otherwise: marked(otherwise, null),
    read: own === undefined ? (variableReader(variable)?.read ?? (() => [])) : (state) => own.read(state),
  };
}
