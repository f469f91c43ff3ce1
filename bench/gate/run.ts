/** Compares this checkout with bench/baseline.json: node bench/gate/run.ts --help */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { casesNamed } from '../engine/cases/index.ts';
import { countCases } from '../engine/count-process.ts';
import { BenchError } from '../engine/errors.ts';
import { reportingErrors } from '../engine/exit.ts';
import { parseEngineOptions } from '../engine/options.ts';
import type { BenchReport } from '../engine/report.ts';
import type { RuleChoice } from '../engine/rules.ts';
import { runEngineSuite } from '../engine/suite.ts';
import { readOptions } from '../options.ts';
import { type Baseline, type BaselineCase, baselineCase, readBaseline, writeBaseline } from './baseline.ts';
import { compare, renderGate } from './compare.ts';

const HELP = `Usage: sluice bench gate [options]

Compares this checkout with bench/baseline.json: what requests make the engine do (bytes scanned, native calls,
candidates, confirmations, bytes on the heap), and how its processor time compares with other engines'. Never times.

  --counts          counts only: the same in each run, nothing is timed
  --update          write the baseline instead
  --seconds N       for each engine and case (default 2)
  --peers NAMES     as of sluice bench (default all)
  --tolerance N     the part that a ratio may lose (default 0.25)
  --cases NAMES     cases that are counted (default: all but text1m)
  --baseline FILE   another baseline
  --json            one object on standard output

Exit status: 0; 1 where something is worse, engines disagree, or on an error.
`;

const BASELINE = join(import.meta.dirname, '../baseline.json');
const TIMED_CASES = 'get,form,json,sqli,text100k';
const COUNTED_CASES =
  'get,form,json,sqli,text100k,multipart,xml,graphql,cookies50,longurl,tokens,german,japanese,grpc,text1k,text10k';
const SEED = 'gate';
const RULES: RuleChoice = { crs: true, paranoia: 1, files: [] };

const OPTIONS = {
  counts: { type: 'boolean', default: false },
  update: { type: 'boolean', default: false },
  seconds: { type: 'string', default: '2' },
  peers: { type: 'string', default: 'all' },
  tolerance: { type: 'string', default: '0.25' },
  cases: { type: 'string', default: COUNTED_CASES },
  baseline: { type: 'string', default: BASELINE },
  json: { type: 'boolean', default: false },
} as const;

/** @returns the exit code: 1 where something is worse */
export async function runGate(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const values = parsed(args);
  const path = values.baseline;
  // Before anything takes time.
  const baseline = values.update ? null : readBaseline(path);
  const tolerance = Number(values.tolerance);
  if (!(tolerance > 0 && tolerance < 1))
    throw new BenchError('BENCH_OPTION', { option: '--tolerance', reason: 'a number between 0 and 1' });
  const report = values.counts ? null : await timed(values.seconds, values.peers);
  const cases = await counted(values.cases, report);
  if (baseline === null) {
    writeBaseline(path, written(report === null ? withRatiosOf(path, cases) : cases, report));
    process.stdout.write(`${path} is written\n`);
    return report !== null && report.dissent.length > 0 ? 1 : 0;
  }
  const result = compare(baseline, cases, tolerance);
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : renderGate(result));
  for (const { case: name, contender } of report?.dissent ?? [])
    process.stderr.write(`${name}: ${contender} disagrees about a request\n`);
  return result.worse.length > 0 || (report?.dissent.length ?? 0) > 0 ? 1 : 0;
}

const parsed = (args: readonly string[]) => readOptions('bench gate', args, OPTIONS);

const progress = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const timed = (seconds: string, peers: string): Promise<BenchReport> =>
  runEngineSuite(
    parseEngineOptions(['--cases', TIMED_CASES, '--seconds', seconds, '--peers', peers, '--seed', SEED]),
    progress,
  );

async function counted(names: string, report: BenchReport | null): Promise<Record<string, BaselineCase>> {
  progress('counting work');
  const counts = await countCases(casesNamed(names), RULES, SEED);
  const cases: Record<string, BaselineCase> = {};
  for (const [name, each] of counts) {
    const ratio = report?.cases.find((timedCase) => timedCase.name === name)?.ratioCpu ?? {};
    const found = baselineCase(each, ratio);
    if (found === null) progress(`${name}: the heap was collected meanwhile; not compared`);
    else cases[name] = found;
  }
  return cases;
}

/** Counts that are written anew leave the ratios of the file as they are. */
function withRatiosOf(path: string, cases: Record<string, BaselineCase>): Record<string, BaselineCase> {
  if (!existsSync(path)) return cases;
  const before = readBaseline(path).cases;
  return Object.fromEntries(
    Object.entries(cases).map(([name, each]) => [name, { ...each, ratio: before[name]?.ratio ?? {} }]),
  );
}

const written = (cases: Readonly<Record<string, BaselineCase>>, report: BenchReport | null): Baseline => ({
  written: new Date().toISOString().slice(0, 10),
  versions: report?.versions ?? {},
  paranoia: RULES.paranoia,
  seed: SEED,
  cases,
});

if (import.meta.main) await reportingErrors(() => runGate(process.argv.slice(2)));
