/** The rules that requests are inspected with: a policy of sluice.yaml, or the CRS as flags ask for it. */
import { join } from 'node:path';
import { Engine, overlayFor, type PolicyMode, type PolicyOverlay, type RuleSet } from '@sluice/engine';
import { loadConfig, type PolicyConfig, ruleSettings, type UninspectablePolicy } from '@sluice/server';
import { baseFiles } from '../serve/base-files.ts';
import { cacheDirectory } from '../setup/paths.ts';
import { InspectError } from './errors.ts';

export interface RuleFlags {
  /** False for --no-crs. */
  readonly crs: boolean;
  readonly rules?: readonly string[];
  readonly rulesBefore?: readonly string[];
  readonly config?: string;
  readonly policy?: string;
  readonly paranoia?: string;
  readonly threshold?: string;
  readonly mode?: string;
}

/** Text of rules to try, and on which side of the base they stand. */
export interface Trial {
  readonly text: string;
  readonly side: 'before' | 'after';
}

export interface InspectRules {
  readonly engine: Engine;
  readonly ruleSet: RuleSet;
  readonly policy: {
    readonly name: string;
    readonly mode: PolicyMode;
    readonly paranoia: number;
    readonly threshold: number;
  };
  readonly uninspectable: UninspectablePolicy;
  /** The same rules with others tried on top. Throws an EngineError where they do not fit. */
  with(trial: Trial): RuleSet;
}

/** Rule sets on trial that are kept. */
const TRIED_MAX = 64;

type Level = 1 | 2 | 3 | 4;

interface Wanted extends Pick<PolicyConfig, 'paranoia' | 'uninspectable' | 'ruleFiles'> {
  readonly name: string;
  readonly mode: PolicyMode;
  readonly inbound: number;
  readonly outbound: number;
  readonly base: { readonly crs: boolean; readonly directory: string | null };
  /** The highest level of any policy: what the compiled rules were kept for. */
  readonly paranoiaMax: number;
  /** What else the policy says of rules, as a server puts them together: exclusions, addresses, bodies. */
  readonly settings: Omit<PolicyOverlay, 'name' | 'before' | 'after'>;
}

/**
 * Compiles the rules, or loads what an earlier run compiled.
 *
 * @param options `ownLevel`: with a prefilter for the policy's level alone, as a server has it. What is judged is the same
 */
export function loadInspectRules(
  flags: RuleFlags,
  options: { readonly ownLevel?: boolean } = {},
): InspectRules {
  const wanted = wantedRules(flags);
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const level = options.ownLevel === true ? wanted.paranoia : wanted.paranoiaMax;
  const base = engine.loadFiles(baseFiles(wanted.base), { paranoiaMax: asLevel(level) });
  const load = (files: readonly string[]) => (files.length === 0 ? [] : [engine.loadFiles(files)]);
  const policy: PolicyOverlay = {
    ...wanted.settings,
    name: wanted.name,
    mode: wanted.mode,
    paranoia: wanted.paranoia,
    inboundThreshold: wanted.inbound,
    outboundThreshold: wanted.outbound,
    before: load(wanted.ruleFiles.before),
    after: load(wanted.ruleFiles.after),
  };
  // Rules on trial are not worth a place in the cache.
  const trials = new Engine({ cacheDirectory: null });
  const tried = new Map<string, RuleSet>();
  return {
    engine,
    ruleSet: engine.ruleSet(base, overlayFor(policy)),
    policy: {
      name: wanted.name,
      mode: wanted.mode,
      paranoia: wanted.paranoia,
      threshold: wanted.inbound,
    },
    uninspectable: wanted.uninspectable,
    with: ({ text, side }) => {
      const key = `${side} ${text}`;
      const known = tried.get(key);
      if (known !== undefined) return known;
      const unit = trials.loadRules([{ path: 'exclusion.conf', text }]);
      const units = [...(policy[side] ?? []), unit];
      const ruleSet = engine.ruleSet(base, overlayFor({ ...policy, [side]: units }));
      // The requests of a session ask for the same ones again and again.
      if (tried.size >= TRIED_MAX) tried.clear();
      tried.set(key, ruleSet);
      return ruleSet;
    },
  };
}

function wantedRules(flags: RuleFlags): Wanted {
  const base = flags.config === undefined ? withoutConfig(flags) : fromConfig(flags.config, flags.policy);
  return {
    ...base,
    mode: flags.mode === undefined ? base.mode : modeOf(flags.mode),
    paranoia: flags.paranoia === undefined ? base.paranoia : Number(flags.paranoia),
    inbound: flags.threshold === undefined ? base.inbound : thresholdOf(flags.threshold),
    ruleFiles: {
      before: [...base.ruleFiles.before, ...(flags.rulesBefore ?? [])],
      after: [...base.ruleFiles.after, ...(flags.rules ?? [])],
    },
    base: flags.crs ? base.base : { ...base.base, crs: false },
  };
}

function withoutConfig(flags: RuleFlags): Wanted {
  if (flags.policy !== undefined) {
    throw new InspectError('INSPECT_BAD_OPTION', { option: '--policy', reason: 'needs --config' });
  }
  return {
    name: 'inspect',
    mode: 'Block',
    paranoia: 1,
    inbound: 5,
    outbound: 4,
    uninspectable: { default: 'deny', overrides: {} },
    ruleFiles: { before: [], after: [] },
    base: { crs: true, directory: null },
    paranoiaMax: 4,
    settings: { mode: 'Block' },
  };
}

function fromConfig(path: string, name = 'default'): Wanted {
  const config = loadConfig(path);
  const { policies, rules } = config;
  const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
  if (policy === undefined) {
    throw new InspectError('INSPECT_NO_POLICY', { path, name, known: Object.keys(policies).join(', ') });
  }
  return {
    name,
    mode: policy.mode,
    paranoia: policy.paranoia,
    inbound: policy.thresholds.inbound,
    outbound: policy.thresholds.outbound,
    uninspectable: policy.uninspectable,
    ruleFiles: policy.ruleFiles,
    base: rules,
    paranoiaMax: Math.max(...Object.values(policies).map(({ paranoia }) => paranoia)),
    settings: ruleSettings(name, policy),
  };
}

const modeOf = (mode: string): PolicyMode => (mode === 'detect' ? 'Detect' : 'Block');

/** The configuration's schema and the flag hold the level to 1 to 4. */
const asLevel = (level: number): Level => (level >= 4 ? 4 : level === 3 ? 3 : level === 2 ? 2 : 1);

function thresholdOf(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InspectError('INSPECT_BAD_OPTION', {
    option: '--threshold',
    reason: 'expected a whole number of at least 1',
  });
}
