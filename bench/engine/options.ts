/** What a run is asked for on its command line. */
import { aboveZero, readOptions, wholeWithin } from '../options.ts';
import type { BenchCase } from './cases/case.ts';
import { CASES, casesNamed } from './cases/index.ts';
import { ownTraffic } from './cases/own.ts';
import { BenchError } from './errors.ts';
import { PEERS, type PeerName } from './process-contender.ts';
import { ownFiles, type Paranoia, type RuleChoice } from './rules.ts';

export interface EngineOptions {
  readonly cases: readonly BenchCase[];
  readonly peers: readonly PeerName[];
  readonly rules: RuleChoice;
  /** Other paranoia levels, rules of one's own and memory too: what a run without choices shows. */
  readonly extras: boolean;
  /** Seconds for each engine and case. */
  readonly seconds: number;
  readonly requests: number | null;
  readonly seed: string;
  /** Null: the one that has least to do. */
  readonly core: number | null;
  readonly json: boolean;
  readonly svg: string | null;
  /** Sluice in this process, for profilers. */
  readonly inProcess: boolean;
}

export const ENGINE_OPTIONS = {
  cases: { type: 'string' },
  peers: { type: 'string', default: 'all' },
  paranoia: { type: 'string', default: '1' },
  seconds: { type: 'string', default: '1' },
  requests: { type: 'string' },
  seed: { type: 'string', default: '1' },
  core: { type: 'string' },
  har: { type: 'string', multiple: true, default: [] as string[] },
  raw: { type: 'string', multiple: true, default: [] as string[] },
  rules: { type: 'string', multiple: true, default: [] as string[] },
  'no-crs': { type: 'boolean', default: false },
  extras: { type: 'boolean', default: false },
  'no-memory': { type: 'boolean', default: false },
  'in-process': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  svg: { type: 'string' },
} as const;

export const ENGINE_HELP = `Usage: sluice bench [engine] [options]

Times Sluice's engine beside Coraza and libmodsecurity: same rules, same requests, one core, verdicts compared.

  --cases NAMES     with commas between, or "all" (default): ${CASES.map(({ name }) => name).join(', ')}
  --peers NAMES     all (default), none, or of ${PEERS.join(', ')}
  --seconds N       for each engine and case (default 1)
  --requests N      so many requests of each case instead
  --paranoia 1…4    of the CRS (default 1)
  --har FILE        one's own traffic instead of cases: the requests of a HAR file; may be repeated
  --raw FILE|DIR    the same from files with requests as they go over the wire
  --rules FILE|DIR  one's own rules after the CRS; with --no-crs, instead of it
  --extras          PL 2 and 4, 66 simple rules, memory and start as well (default without --cases, --har, --raw, --rules)
  --core N          which core (default: the one that has least to do)
  --seed TEXT       other requests of the same kinds (default 1)
  --no-memory       Sluice scans each value as if it had seen no other request
  --in-process      Sluice in this process, unpinned, without peers: node --cpu-prof bench/engine/run.ts --in-process
  --json            one object on standard output instead of tables
  --svg FILE        a chart

Exit status: 0; 1 where engines disagree about a request, or on an error.
docs/bench.md tells what is measured and how to read it.
`;

/** @throws BenchError BENCH_OPTION, and the coded errors of files that cannot be read */
export function parseEngineOptions(args: readonly string[]): EngineOptions {
  const values = parsed(args);
  const own = ownTraffic(values.har, values.raw);
  const files = ownFiles(values.rules);
  const inProcess = values['in-process'];
  const chosen = values.cases !== undefined || own.length > 0 || files.length > 0;
  return {
    cases:
      own.length > 0
        ? own
        : expecting(casesNamed(values.cases ?? 'all'), files.length > 0 || values['no-crs']),
    peers: inProcess ? [] : peersNamed(values.peers),
    rules: {
      crs: !values['no-crs'],
      paranoia: levelOf(values.paranoia),
      files,
      memory: !values['no-memory'],
    },
    extras: values.extras || !(chosen || inProcess),
    seconds: aboveZero('--seconds', values.seconds),
    requests: values.requests === undefined ? null : Math.ceil(aboveZero('--requests', values.requests)),
    seed: values.seed,
    core: values.core === undefined ? null : wholeWithin('--core', values.core, 0, 9_999),
    json: values.json,
    svg: values.svg ?? null,
    inProcess: inProcess || values.peers === 'none',
  };
}

const parsed = (args: readonly string[]) => readOptions('bench', args, ENGINE_OPTIONS);

/** With rules of one's own nobody knows what is denied. */
const expecting = (cases: readonly BenchCase[], ownRules: boolean): readonly BenchCase[] =>
  ownRules ? cases.map((each) => ({ ...each, verdict: null })) : cases;

export function peersNamed(names: string): readonly PeerName[] {
  if (names === 'all') return PEERS;
  if (names === 'none') return [];
  return names.split(',').map((name) => {
    const found = PEERS.find((each) => each === name.trim());
    if (found !== undefined) return found;
    const reason = `there is no ${name}; there are ${PEERS.join(', ')}, all and none`;
    throw new BenchError('BENCH_OPTION', { option: '--peers', reason });
  });
}

function levelOf(text: string): Paranoia {
  const level = ([1, 2, 3, 4] as const).find((each) => String(each) === text);
  if (level !== undefined) return level;
  throw new BenchError('BENCH_OPTION', { option: '--paranoia', reason: '1, 2, 3 or 4' });
}
