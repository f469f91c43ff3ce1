/**
 * Puts overlays on bases. Rules of a base are linked once and shared by all sets that are put on it, so that two hundred
 * policies cost two hundred lists of references and what each adds.
 */
import { assert } from '../assert.ts';
import { applyAmendments } from '../compile/amendments.ts';
import { mergeSettings } from '../compile/settings.ts';
import { EngineError } from '../errors.ts';
import type { OperatorEnvironment } from '../operators/operator.ts';
import { NO_FORMS } from '../patterns/forms.ts';
import type { Prefilter } from '../prefilter/prefilter.ts';
import type { CompiledMarker, CompiledRule, Phase } from '../rule-set/program.ts';
import { type SharedEnvironment, withForms } from './environment.ts';
import type { LinkedItem, LinkedRule, ScanSource } from './linked.ts';
import { emptyPhase, linkPhase } from './phases.ts';
import { PipelineTree } from './pipelines.ts';
import { linkRule } from './rule.ts';
import type { Overlay, RuleSet, RuleUnit, ScanUnit } from './rule-set.ts';
import { scanSources } from './scan-sources.ts';
import { Selections } from './selections.ts';

const PHASES: readonly Phase[] = [1, 2, 3, 4, 5];
const MODES = { On: 'Block', DetectionOnly: 'Detect', Off: 'Off' } as const;

/** What was linked of a unit at one offset of its slots. */
interface LinkedUnit {
  /** The unit's items as they were compiled. */
  readonly own: ReadonlySet<Item>;
  readonly environment: OperatorEnvironment;
  readonly rules: WeakMap<CompiledRule, LinkedRule>;
  /** By phase: what the unit's rules scan as they were compiled, before any overlay changed them. */
  readonly scans: Map<Phase, readonly ScanSource[]>;
}

export class Linker {
  readonly #environment: SharedEnvironment;
  readonly #pipelines = new PipelineTree();
  readonly #units = new WeakMap<Prefilter, Map<number, LinkedUnit>>();

  constructor(environment: SharedEnvironment) {
    this.#environment = environment;
  }

  /** Links a base and an overlay. Throws an EngineError where the overlay does not fit. */
  link(base: RuleUnit, overlay: Overlay): RuleSet {
    const units = [...overlay.before, base, ...overlay.after];
    const scanUnits = scanUnitsOf([base, ...overlay.before, ...overlay.after]);
    const placed = this.#place(units);
    refuseDuplicates(placed.flatMap(({ item }) => (item.kind === 'rule' ? [item] : [])));
    const offsetOf = new Map(scanUnits.map((unit) => [unit.prefilter, unit.slotOffset]));
    const items = placed.map(({ item, unit }): LinkedItem => {
      const slotOffset = offsetOf.get(unit.prefilter);
      assert(slotOffset !== undefined, 'each item comes from a unit');
      return item.kind === 'marker' ? item : this.#rule(item, unit, slotOffset);
    });
    const rules = items.filter((item) => item.kind === 'rule');
    const settings = mergeSettings(...units.map((unit) => unit.program.settings));
    return Object.freeze({
      name: overlay.name,
      mode: overlay.mode ?? MODES[settings.ruleEngine],
      settings,
      pinned: overlay.pinned,
      rules,
      phases: [
        emptyPhase(),
        ...PHASES.map((phase) => linkPhase(items, phase, this.#scans(base, rules, phase))),
      ],
      pipelines: this.#pipelines,
      scanUnits,
      slotCount: scanUnits.reduce((count, unit) => count + unit.prefilter.slotCount, 0),
      selections: new Selections(rules, (pattern) => this.#environment.compileRegex(pattern)),
    });
  }

  /** All items in their order, each amended by what the other units say of it. */
  #place(units: readonly RuleUnit[]): readonly { readonly item: Item; readonly unit: RuleUnit }[] {
    const compileRegex = (pattern: string) => this.#environment.compileRegex(pattern);
    return units.flatMap((unit) =>
      units
        .filter((other) => other !== unit && amends(other))
        .reduce<readonly Item[]>(
          (items, other) => applyAmendments(items, other.program.amendments, compileRegex),
          unit.program.items,
        )
        .map((item) => ({ item, unit })),
    );
  }

  #rule(data: CompiledRule, unit: RuleUnit, slotOffset: number): LinkedRule {
    const { rules, environment } = this.#unit(unit, slotOffset);
    const known = rules.get(data);
    if (known !== undefined) return known;
    const scanUnit = { prefilter: unit.prefilter, slotOffset };
    const linked = linkRule(data, scanUnit, { environment, pipelines: this.#pipelines });
    rules.set(data, linked);
    return linked;
  }

  #unit({ program, prefilter, patterns = NO_FORMS }: RuleUnit, slotOffset: number): LinkedUnit {
    const byOffset = this.#units.get(prefilter) ?? new Map<number, LinkedUnit>();
    const known = byOffset.get(slotOffset);
    if (known !== undefined) return known;
    const environment = withForms(this.#environment, patterns);
    const own = new Set(program.items);
    const unit = { own, environment, rules: new WeakMap(), scans: new Map() };
    byOffset.set(slotOffset, unit);
    this.#units.set(prefilter, byOffset);
    return unit;
  }

  /** The base's scans, shared; and those of rules that are not the base's own, or were changed. */
  #scans(base: RuleUnit, rules: readonly LinkedRule[], phase: Phase): readonly ScanSource[] {
    const unit = this.#unit(base, 0);
    const added = rules.filter(({ data }) => data.phase === phase && !unit.own.has(data));
    let shared = unit.scans.get(phase);
    if (shared === undefined) {
      // Of all the base's rules, also those that this overlay removes: the next one may keep them.
      const all = base.program.items.filter((item) => item.kind === 'rule' && item.phase === phase);
      shared = scanSources(all.flatMap((item) => (item.kind === 'rule' ? [this.#rule(item, base, 0)] : [])));
      unit.scans.set(phase, shared);
    }
    return added.length === 0 ? shared : [...shared, ...scanSources(added)];
  }
}

type Item = CompiledRule | CompiledMarker;

const amends = ({ program }: RuleUnit): boolean =>
  Object.values(program.amendments).some((amendments) => amendments.length > 0);

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
