/**
 * Programs to a rule set: a base (shared, compiled once) with an overlay (what a policy adds) on it. The set is frozen;
 * a transaction uses one set for its whole life.
 */

import { assert } from '../assert.ts';
import { applyAmendments } from '../compile/amendments.ts';
import { mergeSettings } from '../compile/settings.ts';
import { EngineError } from '../errors.ts';
import type { OperatorEnvironment } from '../operators/operator.ts';
import { findOperator } from '../operators/registry.ts';
import { isScannable, operatorKey, type Prefilter, paranoiaOf } from '../prefilter/prefilter.ts';
import type {
  CompiledLink,
  CompiledMarker,
  CompiledOperator,
  CompiledRule,
  EngineSettings,
  Phase,
  RuleProgram,
} from '../rule-set/program.ts';
import { linkAction } from './actions.ts';
import type { LinkedItem, LinkedLink, LinkedOperator, LinkedPhase, LinkedRule } from './linked.ts';
import { linkMacro } from './macros.ts';
import { PipelineTree } from './pipelines.ts';
import { scanSources } from './scan-sources.ts';
import { linkExclusion, linkTarget } from './targets.ts';

/** A program with its prefilter: a base, or the rules that an overlay adds. */
export interface RuleUnit {
  readonly program: RuleProgram;
  readonly prefilter: Prefilter;
}

export type PolicyMode = 'Off' | 'Detect' | 'Block';

/** What a policy adds to a base. */
export interface Overlay {
  readonly name: string;
  /** The last word over SecRuleEngine; null leaves it to the rule files. */
  readonly mode: PolicyMode | null;
  /** TX variables by lower-case name that rules cannot change: paranoia levels, thresholds. */
  readonly pinned: ReadonlyMap<string, string>;
  readonly before: readonly RuleUnit[];
  readonly after: readonly RuleUnit[];
}

export interface ScanUnit {
  readonly prefilter: Prefilter;
  /** Added to the unit's slots: slots are counted over the whole set. */
  readonly slotOffset: number;
}

export interface RuleSet {
  readonly name: string;
  readonly mode: PolicyMode;
  readonly settings: EngineSettings;
  readonly pinned: ReadonlyMap<string, string>;
  readonly rules: readonly LinkedRule[];
  /** By phase number; index 0 is unused. */
  readonly phases: readonly LinkedPhase[];
  readonly pipelines: PipelineTree;
  readonly scanUnits: readonly ScanUnit[];
  readonly slotCount: number;
}

const PHASES: readonly Phase[] = [1, 2, 3, 4, 5];
const MODES = { On: 'Block', DetectionOnly: 'Detect', Off: 'Off' } as const;

interface Linking {
  readonly environment: OperatorEnvironment;
  readonly pipelines: PipelineTree;
  readonly rules: readonly CompiledRule[];
}

/** Links a base and an overlay. Throws an EngineError where the overlay does not fit. */
export function linkRuleSet(base: RuleUnit, overlay: Overlay, environment: OperatorEnvironment): RuleSet {
  const units = [...overlay.before, base, ...overlay.after];
  const amendments = units.map((unit) => unit.program.amendments);
  const compileRegex = (pattern: string) => environment.compileRegex(pattern);
  const placed = units.flatMap((unit, unitIndex) =>
    amendments
      .filter((_, index) => index !== unitIndex)
      .reduce<readonly (CompiledRule | CompiledMarker)[]>(
        (items, others) => applyAmendments(items, others, compileRegex),
        unit.program.items,
      )
      .map((item) => ({ item, unitIndex })),
  );
  const scanUnits = scanUnitsOf(units);
  const rules = placed.flatMap(({ item }) => (item.kind === 'rule' ? [item] : []));
  refuseDuplicates(rules);
  const linking: Linking = { environment, pipelines: new PipelineTree(), rules };
  let index = 0;
  const items = placed.map(({ item, unitIndex }): LinkedItem => {
    const unit = scanUnits[unitIndex];
    assert(unit !== undefined, 'each item comes from a unit');
    return item.kind === 'marker' ? item : linkRule(item, index++, unit, linking);
  });
  const settings = mergeSettings(...units.map((unit) => unit.program.settings));
  return Object.freeze({
    name: overlay.name,
    mode: overlay.mode ?? MODES[settings.ruleEngine],
    settings,
    pinned: overlay.pinned,
    rules: items.filter((item) => item.kind === 'rule'),
    phases: [emptyPhase(), ...PHASES.map((phase) => linkPhase(items, phase))],
    pipelines: linking.pipelines,
    scanUnits,
    slotCount: scanUnits.reduce((count, unit) => count + unit.prefilter.slotCount, 0),
  });
}

function scanUnitsOf(units: readonly RuleUnit[]): readonly ScanUnit[] {
  let slotOffset = 0;
  return units.map(({ prefilter }) => {
    const unit = { prefilter, slotOffset };
    slotOffset += prefilter.slotCount;
    return unit;
  });
}

function refuseDuplicates(rules: readonly CompiledRule[]): void {
  const firstUse = new Map<number, CompiledRule>();
  for (const rule of rules) {
    const first = firstUse.get(rule.id);
    if (first !== undefined) {
      throw new EngineError(
        'SECLANG_DUPLICATE_ID',
        { id: rule.id, first: `${first.position.file}:${first.position.line}` },
        { position: rule.position },
      );
    }
    firstUse.set(rule.id, rule);
  }
}

function linkRule(data: CompiledRule, index: number, unit: ScanUnit, linking: Linking): LinkedRule {
  try {
    const links = data.links.map((link, at) => linkLink(link, unit, linking, at === 0));
    return {
      kind: 'rule',
      index,
      data,
      links,
      gate: gateOf(links[0]),
      msg: data.msg === null ? null : linkMacro(data.msg),
      logdata: data.logdata === null ? null : linkMacro(data.logdata),
      location: data.disruption.kind === 'redirect' ? linkMacro(data.disruption.location) : null,
      paranoia: paranoiaOf(data),
    };
  } catch (error) {
    if (!(error instanceof EngineError) || error.position !== undefined) throw error;
    throw new EngineError(error.code, error.details, { position: data.position, cause: error });
  }
}

function gateOf(head: LinkedLink | undefined): number {
  const fixed = head?.targets.every((target) => target.fixed && !target.count) ?? false;
  return fixed ? (head?.operator?.slot ?? -1) : -1;
}

function linkLink(link: CompiledLink, unit: ScanUnit, linking: Linking, isHead: boolean): LinkedLink {
  const { environment, pipelines } = linking;
  const compileRegex = (pattern: string) => environment.compileRegex(pattern);
  const path = pipelines.path(link.transformations);
  return {
    targets: link.targets.map((target) => linkTarget(target, compileRegex)),
    exclusions: link.exclusions.map((target) => linkExclusion(target, compileRegex)),
    operator: link.operator === null ? null : linkOperator(link.operator, unit, environment, isHead),
    nodes: link.multiMatch ? path : path.slice(-1),
    capture: link.capture,
    actions: link.actions.map((action) => linkAction(action, { rules: linking.rules, compileRegex })),
  };
}

function linkOperator(
  operator: CompiledOperator,
  unit: ScanUnit,
  environment: OperatorEnvironment,
  isHead: boolean,
): LinkedOperator {
  const definition = findOperator(operator.name);
  assert(definition !== undefined, `operator ${operator.name} was checked when compiled`);
  const { text, hasMacros, lines } = operator;
  const slot = isHead && isScannable(operator) ? unit.prefilter.slots.get(operatorKey(operator)) : undefined;
  return {
    instance: definition.create({ text, hasMacros, lines }, environment),
    negated: operator.negated,
    expand: hasMacros ? linkMacro(operator.argument) : () => text,
    slot: slot === undefined ? -1 : slot + unit.slotOffset,
  };
}

const emptyPhase = (): LinkedPhase => ({ items: [], markers: new Map(), scans: [] });

function linkPhase(all: readonly LinkedItem[], phase: Phase): LinkedPhase {
  const items = all.filter((item) => item.kind === 'marker' || item.data.phase === phase);
  const markers = new Map<string, number[]>();
  for (const [index, item] of items.entries()) {
    if (item.kind === 'marker') markers.set(item.name, [...(markers.get(item.name) ?? []), index]);
  }
  for (const [index, item] of items.entries()) if (item.kind === 'rule') checkSkip(item, index, markers);
  return { items, markers, scans: scanSources(items.filter((item) => item.kind === 'rule')) };
}

/** Skipping to a marker that does not follow would switch off the rest of the phase without a word. */
function checkSkip(rule: LinkedRule, at: number, markers: LinkedPhase['markers']): void {
  const { skipAfter, position } = rule.data;
  if (skipAfter === null || (markers.get(skipAfter)?.at(-1) ?? -1) > at) return;
  const reason = markers.has(skipAfter)
    ? 'the SecMarker of this name stands before the rule'
    : 'no SecMarker has this name';
  throw new EngineError('SECLANG_BAD_ARGUMENT', { what: `skipAfter:${skipAfter}`, reason }, { position });
}
