/** `sluice rules test`, as the command line calls it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../setup/errors.ts';
import { crsDirectory, repositoryRoot } from '../setup/paths.ts';
import { RulesTestError } from './errors.ts';
import { renderReport, summarize } from './report.ts';
import type { Evaluation, StageEngineFactory, StageMode } from './stage-engine.ts';
import { type TestRulesOptions, testRules } from './test-rules.ts';

const PROGRESS_EVERY = 50;

/** What commander has read. */
export interface RulesTestFlags {
  /** True for the pinned Core Rule Set. */
  readonly crs?: string | true;
  readonly rules?: readonly string[];
  readonly rulesBefore?: readonly string[];
  readonly tests?: readonly string[];
  readonly filter?: string;
  readonly evaluation: Evaluation | 'both';
  readonly mode?: StageMode;
  readonly exclusions?: string;
  readonly paranoia: string;
  readonly chunk?: string;
  readonly through?: 'envoy';
  readonly json?: true;
}

/** Where the command writes, and what it tests with. */
export interface RulesTestEnvironment {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly loadEngine: () => Promise<StageEngineFactory>;
}

/**
 * Runs the tests and prints the report.
 *
 * @returns the exit code: 1 where a stage failed
 */
export async function runRulesTest(
  flags: RulesTestFlags,
  { stdout, stderr, loadEngine }: RulesTestEnvironment,
): Promise<number> {
  const results = await testRules({ ...readFlags(flags), ...progress(stderr) }, await loadEngine());
  stdout.write(flags.json ? `${JSON.stringify(summarize(results), null, 2)}\n` : renderReport(results));
  return results.some(({ verdict }) => verdict === 'failed') ? EXIT.failed : EXIT.ok;
}

function readFlags(flags: RulesTestFlags): TestRulesOptions {
  const crs = flags.crs === undefined ? null : flags.crs === true ? crsDirectory() : flags.crs;
  const tests = flags.tests ?? [];
  // The list belongs to the suite: with tests of one's own its ids mean nothing.
  const suite = flags.crs === true && tests.length === 0;
  const { through } = flags;
  if (through !== undefined && (crs === null || tests.length > 0 || flags.rules !== undefined)) {
    const reason = "only for the Core Rule Set's own tests: with --crs, without --rules and --tests";
    throw new RulesTestError('BAD_OPTION', { option: '--through', reason });
  }
  const list = through === undefined ? 'crs-exclusions.yaml' : `crs-exclusions-${through}.yaml`;
  const known = join(repositoryRoot(), 'rules', list);
  return {
    crs,
    rules: flags.rules ?? [],
    rulesBefore: flags.rulesBefore ?? [],
    mode: flags.mode ?? null,
    tests,
    filter: flags.filter ?? null,
    evaluation: flags.evaluation,
    exclusions: flags.exclusions ?? (suite && existsSync(known) ? known : null),
    paranoia: Number(flags.paranoia),
    ...(through === undefined ? {} : { through }),
    ...(flags.chunk === undefined ? {} : { chunkBytes: chunkBytesOf(flags.chunk) }),
  };
}

function chunkBytesOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new RulesTestError('BAD_OPTION', { option: '--chunk', reason: 'expected a number of bytes' });
}

/** A counter that overwrites itself, for people only. */
function progress(stderr: RulesTestEnvironment['stderr']): Pick<TestRulesOptions, 'onProgress'> {
  if (stderr.isTTY !== true) return {};
  return {
    onProgress: (done, total) => {
      if (done === total) stderr.write('\r\x1b[K');
      else if (done % PROGRESS_EVERY === 0) stderr.write(`\r${done} of ${total}`);
    },
  };
}
