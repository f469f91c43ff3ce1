/** Phases in turn, in rounds: GETs in a closed loop, alone and beside uploads. */
import { casesNamed } from '../engine/cases/index.ts';
import { ascending, percentile } from '../engine/percentile.ts';
import { templatesOf } from '../server/corpus.ts';
import type { CrowdResult, LoadResult, UploadCrowd } from '../server/load.ts';
import { residentBytes } from '../server/usage.ts';
import { huge, slow } from './crowds.ts';
import type { ListenerName, UploadStand } from './stand.ts';

export interface UploadOptions {
  /** Slow uploads at once. */
  readonly uploads: number;
  /** Huge ones. */
  readonly huge: number;
  /** Connections that send GETs. */
  readonly connections: number;
  /** Of each phase and round. */
  readonly seconds: number;
  readonly rounds: number;
}

interface Phase {
  readonly name: string;
  /** Where GETs go. */
  readonly listener: ListenerName;
  readonly crowd: UploadCrowd | null;
  /** The phase that it is compared with; itself where it is one of those. */
  readonly base: string;
}

/** Medians of rounds; counts are sums. */
export interface PhaseFigures {
  readonly phase: string;
  readonly rounds: number;
  readonly requests: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  /** Times the value of the same GETs alone. */
  readonly ratioP50: number;
  readonly ratioP99: number;
  /** GETs without a 200. */
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  /** Uploads that were opened, that were open at the end, that ended as they should, and that did not. */
  readonly uploads: number;
  readonly open: number;
  readonly finished: number;
  readonly refused: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly sentBytes: number;
  /** The most that was seen. */
  readonly serverBytes: number;
  readonly envoyBytes: number;
  /** Part of its cores that the load used: near 1, it is the load that was measured. */
  readonly loadBusy: number;
}

interface Round {
  readonly gets: LoadResult;
  readonly crowd: CrowdResult | null;
  readonly serverBytes: number;
  readonly envoyBytes: number;
}

const SEED = 'uploads';
const MEMORY_MILLIS = 200;

export async function measure(
  stand: UploadStand,
  options: UploadOptions,
  progress: (line: string) => void,
): Promise<readonly PhaseFigures[]> {
  const phases = phasesOf(stand, options);
  await stand.load.use(
    casesNamed('get').flatMap((each) => templatesOf(each, SEED)),
    SEED,
  );
  const found = new Map<string, Round[]>(phases.map(({ name }) => [name, []]));
  let from = 0;
  // The first round warms: code, caches, workers.
  for (let round = 0; round <= options.rounds; round++) {
    for (const phase of phases) {
      const result = await runPhase(stand, phase, options, from);
      from = result.gets.next;
      progress(`${round}/${options.rounds} ${phase.name}: p99 ${Math.round(result.gets.p99Us)} µs`);
      if (round > 0) found.get(phase.name)?.push(result);
    }
  }
  return phases.map((phase) =>
    figuresOf(phase, found.get(phase.name) ?? [], found.get(phase.base) ?? [], stand),
  );
}

function phasesOf({ port }: UploadStand, options: UploadOptions): readonly Phase[] {
  const crowd = (listener: ListenerName): UploadCrowd => slow(port(listener), options.uploads);
  return [
    { name: 'alone', listener: 'site', crowd: null, base: 'alone' },
    { name: 'beside slow uploads', listener: 'site', crowd: crowd('site'), base: 'alone' },
    {
      name: 'beside huge uploads',
      listener: 'site',
      crowd: huge(port('files'), options.huge),
      base: 'alone',
    },
    { name: 'no filter: alone', listener: 'bare', crowd: null, base: 'no filter: alone' },
    {
      name: 'no filter: beside slow uploads',
      listener: 'bare',
      crowd: crowd('bare'),
      base: 'no filter: alone',
    },
  ];
}

async function runPhase(
  { load, port, server, envoy }: UploadStand,
  { listener, crowd }: Phase,
  { connections, seconds }: UploadOptions,
  from: number,
): Promise<Round> {
  let [serverBytes, envoyBytes] = [0, 0];
  const look = (): void => {
    serverBytes = Math.max(serverBytes, residentBytes(server.pid));
    envoyBytes = Math.max(envoyBytes, residentBytes(envoy.pid));
  };
  look();
  const watch = setInterval(look, MEMORY_MILLIS);
  try {
    if (crowd !== null) await load.open(crowd);
    const millis = Math.ceil(seconds * 1_000);
    const gets = await load.run({ port: port(listener), connections, millis, from, expected: 200 });
    return { gets, crowd: crowd === null ? null : await load.closeUploads(), serverBytes, envoyBytes };
  } finally {
    clearInterval(watch);
  }
}

function figuresOf(
  { name, crowd }: Phase,
  rounds: readonly Round[],
  base: readonly Round[],
  { cores }: UploadStand,
): PhaseFigures {
  const { 200: answered = 0, ...failures } = total(rounds.map(({ gets }) => gets.statuses));
  const crowds = rounds.flatMap((round) => (round.crowd === null ? [] : [round.crowd]));
  const { 200: finished = 0, ...late } = total(crowds.map((each) => each.finished));
  const refusals = total([late, ...crowds.map((each) => each.refused)]);
  const p = (of: (gets: LoadResult) => number, all = rounds): number =>
    median(all.map(({ gets }) => of(gets)));
  return {
    phase: name,
    rounds: rounds.length,
    requests: sum(rounds.map(({ gets }) => gets.requests)),
    p50Us: p(({ p50Us }) => p50Us),
    p99Us: p(({ p99Us }) => p99Us),
    p999Us: p(({ p999Us }) => p999Us),
    ratioP50: p(({ p50Us }) => p50Us) / p(({ p50Us }) => p50Us, base),
    ratioP99: p(({ p99Us }) => p99Us) / p(({ p99Us }) => p99Us, base),
    failed: sum(rounds.map(({ gets }) => gets.requests + gets.broken)) - answered,
    failures,
    uploads: (crowd?.count ?? 0) * rounds.length,
    open: sum(crowds.map(({ open }) => open)),
    finished,
    refused: sum(crowds.map(({ broken }) => broken)) + sum(Object.values(refusals)),
    refusals,
    sentBytes: sum(crowds.map(({ sentBytes }) => sentBytes)),
    serverBytes: Math.max(...rounds.map((round) => round.serverBytes)),
    envoyBytes: Math.max(...rounds.map((round) => round.envoyBytes)),
    loadBusy: median(rounds.map(({ gets }) => gets.cpuSeconds / gets.seconds / cores.load.length)),
  };
}

const median = (values: readonly number[]): number => percentile(ascending(values), 0.5);

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

function total(counts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const each of counts)
    for (const [name, count] of Object.entries(each)) totals[name] = (totals[name] ?? 0) + count;
  return totals;
}
