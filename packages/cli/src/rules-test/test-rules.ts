/** `sluice rules test`, without the command line: options in, results out. */
import { join } from 'node:path';
import { RulesTestError, reasonOf } from './errors.ts';
import { loadExclusions } from './exclusions.ts';
import { loadStages } from './load.ts';
import { crsBase, crsSources, ownBase, readRules } from './rule-sources.ts';
import { runStages, type StageResult } from './run.ts';
import type { TestStage } from './stage.ts';
import type {
  Evaluation,
  PlacedRules,
  RuleSource,
  StageEngine,
  StageEngineFactory,
  StageMode,
} from './stage-engine.ts';
import { runThrough } from './through/run.ts';
import { startStand } from './through/stand.ts';

export interface TestRulesOptions {
  /** The Core Rule Set's module directory; null where it is not tested. */
  readonly crs: string | null;
  /** Rule files; after the CRS's where both are given. */
  readonly rules: readonly string[];
  /** Rule files before the CRS's and its set-up. */
  readonly rulesBefore?: readonly string[];
  /** Null, the default, leaves it to the rule files; the CRS's tests are written for Detect, which theirs say. */
  readonly mode?: StageMode | null;
  /** Test files and directories; the CRS's own where it is tested and none are given. */
  readonly tests: readonly string[];
  /** A regular expression that an id must match. */
  readonly filter: string | null;
  readonly evaluation: Evaluation | 'both';
  readonly exclusions: string | null;
  /** Bodies come in pieces of so many bytes; at once where it is absent. */
  readonly chunkBytes?: number;
  /** 1 to 4; for the CRS only. */
  readonly paranoia: number;
  /** Set where a real Envoy and the real server stand between the requests and the engine; for the CRS only. */
  readonly through?: 'envoy';
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Runs the tests.
 *
 * @throws RulesTestError for anything that was asked for and cannot be used; the engine's own error where it refuses
 *   the rules
 */
export async function testRules(
  options: TestRulesOptions,
  createEngine: StageEngineFactory,
): Promise<StageResult[]> {
  const { rulesBefore = [], mode = null, chunkBytes = null } = options;
  if (options.crs === null && options.rules.length + rulesBefore.length === 0) {
    throw new RulesTestError('NO_RULES');
  }
  const tests =
    options.crs !== null && options.tests.length === 0 ? [join(options.crs, 'tests')] : options.tests;
  const { base, paranoia } = baseOf(options);
  const rules: PlacedRules = {
    base,
    before: rulesBefore.map(readRules),
    after: options.rules.map(readRules),
  };
  const all = loadStages(tests);
  const exclusions = options.exclusions === null ? new Map() : loadExclusions(options.exclusions);
  refuseStaleExclusions(exclusions, all, options.exclusions ?? '');
  const stages = select(all, options.filter);
  const { onProgress } = options;
  const watched = { exclusions, ...(onProgress === undefined ? {} : { onProgress }) };
  if (options.through === 'envoy') {
    const stand = await startStand({ rules: base, paranoia: options.paranoia });
    try {
      return await runThrough({ stages, stand, ...watched });
    } finally {
      await stand.stop();
    }
  }
  const evaluations: readonly Evaluation[] =
    options.evaluation === 'both' ? ['planned', 'reference'] : [options.evaluation];
  const trace = evaluations.length > 1;
  const engines: StageEngine[] = [];
  for (const evaluation of evaluations) {
    engines.push(await createEngine({ rules, mode, paranoia, evaluation, trace, chunkBytes }));
  }
  const [first, ...others] = engines;
  if (first === undefined)
    throw new RulesTestError('ENGINE_MISSING', { reason: 'no evaluation was asked for' });
  return runStages({ stages, engines: [first, ...others], ...watched });
}

/**
 * What the rules stand on. The CRS's tests have a set-up of their own, also where own rules are tested by them, with the
 * level in it; own tests of own rules have what a policy has.
 */
function baseOf(options: TestRulesOptions): { base: RuleSource[]; paranoia: number | null } {
  const { crs, paranoia, tests, rules, rulesBefore = [] } = options;
  if (crs === null) return { base: ownBase(), paranoia: null };
  const own = tests.length > 0 && rules.length + rulesBefore.length > 0;
  return own ? { base: crsBase(crs), paranoia } : { base: crsSources(crs, paranoia), paranoia: null };
}

function select(all: readonly TestStage[], filter: string | null): readonly TestStage[] {
  if (all.length === 0) throw new RulesTestError('NO_TESTS', { reason: 'the test files hold none' });
  if (filter === null) return all;
  let pattern: RegExp;
  try {
    pattern = new RegExp(filter);
  } catch (error) {
    throw new RulesTestError('BAD_OPTION', { option: '--filter', reason: reasonOf(error) }, { cause: error });
  }
  const chosen = all.filter(({ id }) => pattern.test(id));
  if (chosen.length === 0) throw new RulesTestError('NO_TESTS', { reason: `no id matches ${filter}` });
  return chosen;
}

/** An exclusion of nothing hides a typing error, or a test that was renamed. */
function refuseStaleExclusions(
  exclusions: ReadonlyMap<string, string>,
  all: readonly TestStage[],
  file: string,
): void {
  const ids = new Set(all.map(({ id }) => id));
  for (const id of exclusions.keys()) {
    if (!ids.has(id)) {
      throw new RulesTestError('EXCLUSIONS_INVALID', { reason: `${file}: ${id} is the id of no stage` });
    }
  }
}
