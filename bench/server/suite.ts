/** The suite: processes started, cases measured; what it finds is a `ServerReport`. */
import type { EnvoyProcess } from '../../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { casesNamed } from '../engine/cases/index.ts';
import { machine } from '../engine/machine.ts';
import { CONTENDERS, type Running, type ServerContenderName, startContender } from './contenders.ts';
import { type Cores, findPlaces } from './cores.ts';
import { templatesOf } from './corpus.ts';
import { listenerOf, startOneEnvoy } from './envoy.ts';
import { Load } from './load.ts';
import { type Dissent, type Figures, Measurement, type Stand } from './measure.ts';
import type { ServerOptions } from './options.ts';
import { type ServerCaseJson, type ServerReport, withRatios } from './report.ts';

/** What is going on, for those who wait. */
type Progress = (line: string) => void;

export async function runServerSuite(options: ServerOptions, progress: Progress): Promise<ServerReport> {
  const cores = await findPlaces();
  const place = machine(cores.server);
  if (cores.shared !== '') progress(`too few cores: ${cores.shared}`);
  if (place.loadAverage > place.cores / 2)
    progress(`this machine is busy (load ${place.loadAverage.toFixed(1)}): trust processor time alone`);
  const directory = new TemporaryDirectory('sluice-bench-');
  const contenders: Running[] = [];
  const leftOut: string[] = [];
  let load: Load | null = null;
  try {
    load = await Load.start(cores.load, directory);
    for (const name of options.contenders) {
      progress(`starting ${name}: ${CONTENDERS[name].about}`);
      const started = await startContender(name, cores.server, directory);
      if (typeof started !== 'string') contenders.push(started);
      else leftOut.push(`${name}: ${started}`);
    }
    const found = await measure(options, { load, contenders, cores, progress, leftOut });
    return {
      date: new Date().toISOString(),
      seed: options.seed,
      seconds: options.seconds,
      rounds: options.rounds,
      machine: place,
      cores,
      versions: versionsOf(contenders),
      ...found,
      leftOut,
    };
  } finally {
    await load?.close();
    await Promise.all(contenders.map(({ process }) => process?.stop()));
    directory.remove();
  }
}

interface Parts {
  readonly load: Load;
  readonly contenders: readonly Running[];
  readonly cores: Cores;
  readonly progress: Progress;
  readonly leftOut: string[];
}

async function measure(
  options: ServerOptions,
  { load, contenders, cores, progress, leftOut }: Parts,
): Promise<{ readonly cases: readonly ServerCaseJson[]; readonly dissent: readonly Dissent[] }> {
  const envoy = await startOneEnvoy(contenders, load.workloadPort, cores.envoy);
  try {
    const answering: Running[] = [];
    await load.use(
      casesNamed('get').flatMap((each) => templatesOf(each, TRIAL_SEED)),
      TRIAL_SEED,
    );
    for (const contender of contenders) {
      const failure = await trial(load, envoy, contender);
      if (failure === null) answering.push(contender);
      else leftOut.push(failure);
    }
    const stand: Stand = { load, envoy, contenders: answering, loadCores: cores.load.length };
    const cases: ServerCaseJson[] = [];
    const dissent: Dissent[] = [];
    for (const [index, benchCase] of options.cases.entries()) {
      await load.use(templatesOf(benchCase, options.seed), options.seed);
      const measurement = new Measurement(stand, benchCase);
      const figures = await measurement.run(options);
      progress(`[${index + 1}/${options.cases.length}] ${benchCase.name}: ${brief(figures)}`);
      cases.push({ name: benchCase.name, about: benchCase.about, figures: withRatios(figures) });
      dissent.push(...measurement.dissent());
    }
    return { cases, dissent };
  } finally {
    await envoy.stop();
  }
}

const TRIAL_SEED = 'trial';

/** Whether a contender allows the first ordinary requests; why it is left out, or null. */
async function trial(load: Load, envoy: EnvoyProcess, { name }: Running): Promise<string | null> {
  const { port } = envoy.listener(listenerOf(name));
  const run = { port, connections: 1, millis: 1, from: 0, expected: 200 };
  const { requests, statuses, broken } = await load.run(run);
  if (requests > 0 && statuses['200'] === requests && broken === 0) return null;
  return `${name}: Envoy answered ${Object.keys(statuses).join(', ') || 'nothing'} to its first requests`;
}

function versionsOf(contenders: readonly Running[]): Readonly<Partial<Record<ServerContenderName, string>>> {
  return Object.fromEntries(
    contenders.filter(({ version }) => version !== '').map(({ name, version }) => [name, version]),
  );
}

const brief = (figures: readonly Figures[]): string =>
  figures
    .map(({ contender, connections, requestsPerSecond }) => {
      return `${contender} at ${connections} ${requestsPerSecond.toFixed(0)}/s`;
    })
    .join(', ');
