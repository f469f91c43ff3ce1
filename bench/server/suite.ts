/** The suite: processes started, cases measured; what it finds is a `ServerReport`. */
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { machine } from '../engine/machine.ts';
import { CONTENDERS, type Running, type ServerContenderName, startContender } from './contenders.ts';
import { type Cores, findPlaces } from './cores.ts';
import { templatesOf } from './corpus.ts';
import { startOneEnvoy } from './envoy.ts';
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
    const found = await measure(options, { load, contenders, cores, progress });
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
}

async function measure(
  options: ServerOptions,
  { load, contenders, cores, progress }: Parts,
): Promise<{ readonly cases: readonly ServerCaseJson[]; readonly dissent: readonly Dissent[] }> {
  const envoy = await startOneEnvoy(contenders, load.workloadPort, cores.envoy);
  try {
    const stand: Stand = { load, envoy, contenders, loadCores: cores.load.length };
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
