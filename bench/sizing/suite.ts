/** The cells of the table one after the other, then memory beside many uploads; what is found is a `SizingReport`. */
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import type { BenchCase } from '../engine/cases/case.ts';
import { coresByLoad, machine } from '../engine/machine.ts';
import type { Paranoia } from '../engine/rules.ts';
import { size } from '../engine/table.ts';
import { templatesOf } from '../server/corpus.ts';
import { Load } from '../server/load.ts';
import { cpuSeconds, peakResidentBytes } from '../server/usage.ts';
import { FORM_MEGABYTE, UPLOAD } from './cases.ts';
import type { SizingOptions } from './options.ts';
import { placesOf, type SizingPlaces } from './places.ts';
import type { SizingReport, SizingRow, UploadMemory } from './report.ts';
import { SizingStand } from './stand.ts';

/** What is going on, for those who wait. */
type Progress = (line: string) => void;

interface Run {
  readonly options: SizingOptions;
  readonly load: Load;
  readonly places: SizingPlaces;
  readonly progress: Progress;
}

export async function runSizingSuite(options: SizingOptions, progress: Progress): Promise<SizingReport> {
  const places = placesOf(await coresByLoad(), Math.max(...options.cores));
  const [core = null] = places.sluice;
  const place = machine(core);
  if (places.shared !== '') progress(`too few cores: ${places.shared}`);
  if (place.loadAverage > 1)
    progress(`this machine is busy (load ${place.loadAverage.toFixed(1)}): trust processor time alone`);
  const directory = new TemporaryDirectory('sluice-sizing-load-');
  let load: Load | null = null;
  try {
    load = await Load.start(places.load, directory);
    const run: Run = { options, load, places, progress };
    const rows: SizingRow[] = [];
    for (const cores of options.cores) {
      for (const paranoia of options.paranoia) {
        rows.push(...(await measureStand(run, cores, paranoia)));
      }
    }
    const memory = options.uploads === 0 ? [] : await measureMemory(run);
    return {
      date: new Date().toISOString(),
      seed: options.seed,
      seconds: options.seconds,
      connections: options.connections,
      machine: place,
      places,
      rows,
      memory,
    };
  } finally {
    await load?.close();
    directory.remove();
  }
}

async function measureStand(
  { options, load, places, progress }: Run,
  cores: number,
  paranoia: Paranoia,
): Promise<readonly SizingRow[]> {
  progress(`starting Sluice on ${cores} core(s) at paranoia level ${paranoia}`);
  const stand = await SizingStand.start(load, places, { cores, paranoia });
  try {
    const rows: SizingRow[] = [];
    for (const [index, each] of options.cases.entries()) {
      await load.use(templatesOf(each, options.seed), options.seed);
      if (index === 0) await stand.warm(options.connections, options.seconds);
      const row = await measureCell(stand, options, { cores, paranoia, benchCase: each });
      progress(
        `${cores} core(s), PL ${paranoia}, ${each.name}: ${row.requestsPerSecond.toFixed(0)}/s, ${size(row.peakBytes)}`,
      );
      rows.push(row);
    }
    return rows;
  } finally {
    await stand.stop();
  }
}

interface Cell {
  readonly cores: number;
  readonly paranoia: Paranoia;
  readonly benchCase: BenchCase;
}

async function measureCell(
  stand: SizingStand,
  { connections, seconds }: SizingOptions,
  { cores, paranoia, benchCase }: Cell,
): Promise<SizingRow> {
  await stand.run(connections, seconds);
  stand.forgetPeaks();
  const before = { sluice: stand.cpuSeconds(), envoy: cpuSeconds(stand.envoy.pid) };
  const result = await stand.run(connections, seconds);
  const used = stand.cpuSeconds() - before.sluice;
  const { requests, statuses, broken } = result;
  return {
    cores,
    paranoia,
    case: benchCase.name,
    about: benchCase.about,
    requests,
    requestsPerSecond: requests / result.seconds,
    p50Us: result.p50Us,
    p99Us: result.p99Us,
    sluiceCpuUs: (used / requests) * 1e6,
    envoyCpuUs: ((cpuSeconds(stand.envoy.pid) - before.envoy) / requests) * 1e6,
    sluiceBusy: used / result.seconds / cores,
    capacityPerSecond: (cores * requests) / used,
    peakBytes: stand.peakBytes(),
    failed: requests - (statuses['200'] ?? 0) + broken,
  };
}

/** Files are not kept; a field is, to its end. */
const MEMORY_CASES: readonly BenchCase[] = [UPLOAD, FORM_MEGABYTE];

async function measureMemory(run: Run): Promise<readonly UploadMemory[]> {
  const [paranoia = 1] = run.options.paranoia;
  const found: UploadMemory[] = [];
  for (const each of MEMORY_CASES) {
    // Of its own for each, whose memory the one before has not enlarged.
    const stand = await SizingStand.start(run.load, run.places, { cores: 1, paranoia });
    try {
      found.push(await memoryBeside(stand, run, each));
    } finally {
      await stand.stop();
    }
  }
  return found;
}

async function memoryBeside(
  stand: SizingStand,
  { options, load, progress }: Run,
  benchCase: BenchCase,
): Promise<UploadMemory> {
  const { seed, seconds, uploads } = options;
  await load.use(templatesOf(benchCase, seed), seed);
  // One after the other first: what code and caches take is no matter of how many there are.
  await stand.run(1, seconds);
  const beforeBytes = stand.residentBytes();
  stand.forgetPeaks();
  const { requests, statuses } = await stand.run(uploads, seconds);
  const peakBytes = stand.peakBytes();
  progress(`${uploads} × ${benchCase.name} at once: ${size(beforeBytes)} before, ${size(peakBytes)} at most`);
  return {
    case: benchCase.name,
    about: benchCase.about,
    uploads,
    requests,
    beforeBytes,
    peakBytes,
    envoyPeakBytes: peakResidentBytes(stand.envoy.pid),
    statuses,
  };
}
