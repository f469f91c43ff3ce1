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
import { pinnedPairs } from '../variables/tx-collection.ts';
import { type SharedEnvironment, withForms } from './environment.ts';
import type { LinkedItem, LinkedRule } from './linked.ts';
import { emptyPhase, linkPhase } from './phases.ts';
import { PipelineTree } from './pipelines.ts';
import { linkRule } from './rule.ts';
import type { LinkedRuleSet, Overlay, RuleUnit, ScanUnit } from './rule-set.ts';
import { Selections } from './selections.ts';
import { covers, type UnitScan, unitScan } from './unit-scan.ts';

const PHASES: readonly Phase[] = [1, 2, 3, 4, 5];
const MODES = { On: 'Block', DetectionOnly: 'Detect', Off: 'Off' } as const;

/** What was linked of a unit at one offset of its slots. */
interface LinkedUnit {
  /** The unit's items as they were compiled. */
  readonly own: ReadonlySet<Item>;
  readonly environment: OperatorEnvironment;
  readonly rules: WeakMap<CompiledRule, LinkedRule>;
  /** What the unit's rules look for as they were compiled, before any overlay changed them; made when first needed. */
  scan: UnitScan | null | undefined;
}

export class Linker {
  readonly #environment: SharedEnvironment;
  readonly #pipelines = new PipelineTree();
  readonly #units = new WeakMap<Prefilter, Map<number, LinkedUnit>>();

  constructor(environment: SharedEnvironment) {
    this.#environment = environment;
  }

  /** Links a base and an overlay. Throws an EngineError where the overlay does not fit. */
  link(base: RuleUnit, overlay: Overlay): LinkedRuleSet {
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
    const own = overlay.settings === undefined ? [] : [overlay.settings];
    const settings = mergeSettings(...units.map((unit) => unit.program.settings), ...own);
    return Object.freeze({
      name: overlay.name,
      mode: overlay.mode ?? MODES[settings.ruleEngine],
      settings,
      pinned: pinnedPairs(overlay.pinned),
      rules,
      phases: [emptyPhase(), ...PHASES.map((phase) => linkPhase(items, phase))],
      pipelines: this.#pipelines,
      scans: [base, ...overlay.before, ...overlay.after].flatMap((unit) => {
        const rulesOf = items.filter(
          (item, at): item is LinkedRule => item.kind === 'rule' && placed[at]?.unit === unit,
        );
        return this.#scan(unit, rulesOf, offsetOf.get(unit.prefilter) ?? 0) ?? [];
      }),
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
    const unit: LinkedUnit = { own, environment, rules: new WeakMap(), scan: undefined };
    byOffset.set(slotOffset, unit);
    this.#units.set(prefilter, byOffset);
    return unit;
  }

  /** What a set looks for with a unit's slots: the same for all sets, but where an overlay has added to what rules read. */
  #scan(unit: RuleUnit, rules: readonly LinkedRule[], slotOffset: number): UnitScan | null {
    const linked = this.#unit(unit, slotOffset);
    const make = (own: readonly LinkedRule[]): UnitScan | null =>
      unitScan(own, unit.prefilter, slotOffset, this.#pipelines.snapshot());
    // Of all the unit's rules, also those that this overlay removes: the next one may keep them.
    const all = (): readonly LinkedRule[] =>
      unit.program.items.flatMap((item) =>
        item.kind === 'rule' ? [this.#rule(item, unit, slotOffset)] : [],
      );
    if (linked.scan === undefined) linked.scan = make(all());
    const changed = rules.filter(({ data }) => !linked.own.has(data));
    const shared = linked.scan;
    if (shared === null ? changed.every(({ gate }) => gate < 0) : covers(shared, changed)) return shared;
    return make([...all(), ...changed]);
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
