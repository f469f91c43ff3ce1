/**
 * The rules of all policies as one generation: compiled units, and for each policy which of them it is put together from.
 * A transaction keeps the generation that it began with; a reload makes the next one.
 *
 *     files ─▶ buildGeneration ─▶ RuleSetGeneration ─┬─▶ link: rule sets of this thread
 *                (compiles)        units, policies   └─▶ share ──postMessage──▶ openGeneration ─▶ link: of a worker
 *
 * Units are compiled once; databases belong to the process. Rule sets hold closures, so that each thread links its own.
 */
import {
  type CompileProgress,
  type Engine,
  type EventContext,
  overlayFor,
  overlayWarnings,
  type PolicyOverlay,
  type RuleSet,
  type RuleUnit,
  type SharedUnit,
} from '@sluice/engine';
import type { Config } from './config.ts';
import { ServerError } from './errors.ts';
import { type EventOrigin, type EventsPolicy, eventContext, eventOrigin, Sampler } from './event-origin.ts';
import { ruleSettings } from './policies/rule-settings.ts';
import { SELECT_NOTHING, variantsOf } from './policies/select.ts';

/** What a policy says in plain data: structured cloning keeps it whole. */
export type PolicySettings = Omit<PolicyOverlay, 'before' | 'after'>;

/** How a policy's rule set is put together. Numbers are indexes of the generation's units. */
export interface PolicyRules {
  readonly base: number;
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly settings: PolicySettings;
  /** Octet streams longer than a body may be are judged in windows, as they go by. */
  readonly windowed: boolean;
  readonly events: EventsPolicy;
}

/** A policy's rules as one thread judges by them. */
export interface LinkedPolicy {
  readonly ruleSet: RuleSet;
  readonly windowed: boolean;
  readonly events: LinkedEvents;
}

/** What the events of a policy's requests have in common. */
export interface LinkedEvents {
  readonly context: EventContext;
  /** Which requests make an event though nothing was found. Of this thread. */
  readonly sampler: Sampler;
}

/** Units as this thread has them open, or as plain data for another thread of the process. */
interface Generation<Unit> {
  /** Counts up with each reload of a process; never used again. */
  readonly id: number;
  /** What operators call it, in logs, events and metrics: a version of the CRS, a digest, … */
  readonly version: string;
  readonly units: readonly Unit[];
  /** By the names that `PolicySelector` gives rule sets: of a policy, or of what made it stricter. */
  readonly policies: ReadonlyMap<string, PolicyRules>;
}

export type RuleSetGeneration = Generation<RuleUnit>;
export type SharedGeneration = Generation<SharedUnit>;

/**
 * Who inspects with generations: the pool and the inline inspector in front of it. A reload is
 *
 *     await host.prepare(generation);   // compiled and self-tested before; now in every thread, used by nobody
 *     host.use(generation.id);          // with the policies of the configuration, in one turn of the event loop
 *
 * At most three are alive: one in force, those before it while transactions use them, and one that is prepared.
 */
export interface RuleSetHost {
  /** The id of the generation in force. */
  readonly current: number;
  /**
   * Brings a generation to every thread. Waits, five minutes at most, while three are alive.
   *
   * @throws ServerError RULE_SETS_BUSY where another is being prepared, or is prepared and neither used nor discarded;
   *   GENERATION_REFUSED where a thread cannot open or link it: nothing has changed then
   */
  prepare(generation: RuleSetGeneration): Promise<void>;
  /**
   * What opens from now on is judged by it. What is open keeps its own, for five minutes; after that its next step, and
   * each after it, is refused with RULE_SET_RETIRED, which is `uninspectable` with cause `rule_set_retired`.
   *
   * @throws ServerError GENERATION_UNKNOWN for one that is not prepared
   */
  use(id: number): void;
  /** Forgets what was prepared and is not used. */
  discard(id: number): void;
}

export interface GenerationOptions {
  readonly engine: Engine;
  readonly id: number;
  readonly version?: string;
  /** Rule files of the base, in order: set-up, then the CRS. */
  readonly baseFiles: readonly string[];
  readonly policies: Config['policies'];
  /** What makes policies stricter: each that comes of it has a rule set of its own. */
  readonly select?: Config['select'];
  /** Called for each pattern while rules are compiled; not at all where they are loaded. */
  readonly onProgress?: (progress: CompileProgress) => void;
}

/** Compiles the rules of all policies. Throws an EngineError with the place of a mistake in a rule file. */
export function buildGeneration(options: GenerationOptions): {
  readonly generation: RuleSetGeneration;
  readonly warnings: readonly string[];
} {
  const { engine, id, version = '', baseFiles, onProgress } = options;
  const load = onProgress === undefined ? {} : { onProgress };
  const units = new UnitList((files, level) => engine.loadFiles(files, { paranoiaMax: level, ...load }));
  const policies = new Map<string, PolicyRules>();
  const warnings = new Set<string>();
  for (const { key, name, policy } of variantsOf(options.policies, options.select ?? SELECT_NOTHING)) {
    const rules: PolicyRules = {
      // A base for each paranoia level that a policy has: a policy scans for what its level needs, and no more.
      base: units.place(baseFiles, asLevel(policy.paranoia)),
      before: units.placeAll(policy.ruleFiles.before),
      after: units.placeAll(policy.ruleFiles.after),
      settings: ruleSettings(name, policy),
      windowed: policy.profile === 'window',
      events: policy.events,
    };
    policies.set(key, rules);
    for (const warning of warningsOf(units.units, rules)) warnings.add(warning);
  }
  return { generation: { id, version, units: units.units, policies }, warnings: [...warnings] };
}

/** A generation as another thread of this process opens it. This thread must have it until that is done. */
export const shareGeneration = (engine: Engine, generation: RuleSetGeneration): SharedGeneration => ({
  ...generation,
  units: generation.units.map((unit) => engine.shareUnit(unit)),
});

/** @throws HyperscanError HS_UNKNOWN_TOKEN where no thread has its databases any more */
export const openGeneration = (engine: Engine, shared: SharedGeneration): RuleSetGeneration => ({
  ...shared,
  units: shared.units.map((unit) => engine.openShared(unit)),
});

/**
 * Links the rules of a policy for this thread.
 *
 * @param origin of the events that it makes; without it, this process, which has no key
 * @throws ServerError INSPECTION_INVALID for a policy that the generation does not have; EngineError where the overlay
 *   does not fit
 */
export function linkPolicy(
  engine: Engine,
  { units, policies, version }: RuleSetGeneration,
  name: string,
  origin: EventOrigin = eventOrigin(),
): LinkedPolicy {
  const rules = policies.get(name);
  // The server names policies of its own configuration only; any other answer would be a guess.
  if (rules === undefined) throw new ServerError('INSPECTION_INVALID', { what: 'an unknown policy' });
  const ruleSet = engine.ruleSet(unitAt(units, rules.base), overlayOf(units, rules));
  const context = eventContext(origin, rules.events, version);
  return {
    ruleSet,
    windowed: rules.windowed,
    events: { context, sampler: new Sampler(rules.events.sampleClean) },
  };
}

const overlayOf = (units: readonly RuleUnit[], { before, after, settings }: PolicyRules) =>
  overlayFor({
    ...settings,
    before: before.map((index) => unitAt(units, index)),
    after: after.map((index) => unitAt(units, index)),
  });

function warningsOf(units: readonly RuleUnit[], rules: PolicyRules): readonly string[] {
  const base = unitAt(units, rules.base);
  return [
    // The programs of all levels are the same, and so is what they warn of.
    ...base.program.warnings.map(({ position, message }) => `${position.file}:${position.line}: ${message}`),
    ...overlayWarnings(base, overlayOf(units, rules)),
  ];
}

type Level = 1 | 2 | 3 | 4;

/** The configuration's schema holds the level to 1 to 4. */
const asLevel = (level: number): Level => (level >= 4 ? 4 : level === 3 ? 3 : level === 2 ? 2 : 1);

function unitAt(units: readonly RuleUnit[], index: number): RuleUnit {
  const unit = units[index];
  if (unit === undefined) throw new ServerError('INSPECTION_INVALID', { what: 'a unit that is not there' });
  return unit;
}

/** Units in the order in which policies name them; the same files at the same level are one. */
class UnitList {
  readonly units: RuleUnit[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #load: (files: readonly string[], level: Level) => RuleUnit;

  constructor(load: (files: readonly string[], level: Level) => RuleUnit) {
    this.#load = load;
  }

  place(files: readonly string[], level: Level): number {
    const key = JSON.stringify([level, files]);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = this.units.push(this.#load(files, level)) - 1;
    this.#indexes.set(key, index);
    return index;
  }

  /** A policy's own rules, of every level. */
  placeAll(files: readonly string[]): readonly number[] {
    return files.length === 0 ? [] : [this.place(files, 4)];
  }
}
