/** What keeping events costs requests: node bench/main.ts events --help */
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { nodeEnvironment } from '../../packages/cli/src/setup/node-environment.ts';
import { type Document, recordsOf } from '../../packages/spool/src/index.ts';
import { casesNamed } from '../engine/cases/index.ts';
import { BenchError } from '../engine/errors.ts';
import { type Machine, machine } from '../engine/machine.ts';
import { aboveZero, readOptions, wholeWithin } from '../options.ts';
import { type Cores, findPlaces } from '../server/cores.ts';
import { templatesOf } from '../server/corpus.ts';
import { startOneEnvoy } from '../server/envoy.ts';
import { Load } from '../server/load.ts';
import { serveCommand } from '../server/serve-command.ts';
import { ServerProcess } from '../server/server-process.ts';
import { type AppendCost, measureAppend } from './append-cost.ts';
import { EventsMeasurement, type EventsPace, type SinkFigures } from './measure.ts';
import { eventsOf, KEPT, type SinkName, spoolOf, UNKEPT } from './sinks.ts';
import { renderEvents } from './table.ts';

const HELP = `Usage: sluice bench events [options]

Attacks (SQL injection, refused) through a real Envoy to sluice serve, in short turns whose order is drawn: without events, the same once more
(chance), a spool with its defaults, each event written, each written and synchronised. In an open loop requests begin at random times (Poisson) at a part of
what the server without events can do; that is what a client waits for. In a closed loop the server is never idle, and a request waits for the
work of others: that is what a core can do. p50 and p99 of each, and how many times they are those without events in the same round, with the
interval in which the median lies (95 %). Every refusal must be in the spool afterwards. Then what an event costs the thread that takes it.

  --parts LIST         of an open loop, percent of what the server without events does in a closed one (default: 25,50)
  --connections LIST   of a closed loop; 0: none (default: 8)
  --kept LIST          what becomes of events beside none and again: spool, every, synced (default: all)
  --seconds N          of each server, traffic and round (default: 1)
  --rounds N           medians are told (default: 20)
  --seed TEXT          other requests of the same kind (default: 1)
  --json               one object on standard output instead of a table

Exit status: 0; 1 where a request was not refused, or an event is missing.
`;

export interface EventsReport {
  readonly date: string;
  readonly machine: Machine;
  readonly cores: Cores;
  readonly options: EventsPace;
  readonly rows: readonly SinkFigures[];
  /** Spools that have another number of events than there were denials. */
  readonly missing: readonly Spooled[];
  readonly append: AppendCost;
}

interface Spooled {
  readonly sink: SinkName;
  readonly denied: number;
  /** Kept and summed up. */
  readonly spooled: number;
}

const CASE = 'sqli';
const SAMPLES = 200;
/** One that is killed has not written what it had in memory. */
const STOP_MILLIS_MAX = 60_000;

type Asked = EventsPace & {
  readonly seed: string;
  readonly json: boolean;
  readonly kept: readonly SinkName[];
};

/** @returns the exit code */
export async function runEvents(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const asked = parseEventsOptions(args);
  const directory = new TemporaryDirectory('sluice-bench-events-');
  try {
    const report = await suite(asked, directory);
    process.stdout.write(asked.json ? `${JSON.stringify(report, null, 2)}\n` : renderEvents(report));
    return report.missing.length > 0 || report.rows.some(({ failed }) => failed > 0) ? 1 : 0;
  } finally {
    directory.remove();
  }
}

/** @throws BenchError BENCH_OPTION */
export function parseEventsOptions(args: readonly string[]): Asked {
  const values = readOptions('bench events', args, {
    parts: { type: 'string', default: '25,50' },
    connections: { type: 'string', default: '8' },
    kept: { type: 'string', default: KEPT.join() },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  });
  return {
    parts: values.parts.split(',').map((text) => wholeWithin('--parts', text, 1, 99) / 100),
    connections:
      values.connections === '0'
        ? []
        : values.connections.split(',').map((text) => wholeWithin('--connections', text, 1, 9_999)),
    kept: values.kept.split(',').map(keptNamed),
    seconds: aboveZero('--seconds', values.seconds),
    rounds: wholeWithin('--rounds', values.rounds, 1, 9_999),
    seed: values.seed,
    json: values.json,
  };
}

function keptNamed(name: string): SinkName {
  const known = KEPT.find((each) => each === name);
  if (known === undefined) {
    throw new BenchError('BENCH_OPTION', {
      option: '--kept',
      reason: `${name} is none of ${KEPT.join(', ')}`,
    });
  }
  return known;
}

async function suite(
  { seed, json: _, kept, ...pace }: Asked,
  directory: TemporaryDirectory,
): Promise<EventsReport> {
  const sinks = [...UNKEPT, ...kept];
  const cores = await findPlaces();
  const place = machine(cores.server);
  const { rows, sent } = await throughEnvoy({ seed, pace, sinks, cores, directory });
  const samples: Document[] = [];
  const missing: Spooled[] = [];
  for (const sink of sinks) {
    const spool = spoolOf(sink, directory);
    if (spool === null) continue;
    const spooled = await eventsIn(spool, samples);
    const denied = sent.get(sink) ?? 0;
    if (spooled !== denied) missing.push({ sink, denied, spooled });
  }
  const append = await measureAppend(directory.join('append'), samples);
  return { date: new Date().toISOString(), machine: place, cores, options: pace, rows, missing, append };
}

interface Passage {
  readonly seed: string;
  readonly pace: EventsPace;
  readonly sinks: readonly SinkName[];
  readonly cores: Cores;
  readonly directory: TemporaryDirectory;
}

async function throughEnvoy({ seed, pace, sinks, cores, directory }: Passage): Promise<{
  readonly rows: readonly SinkFigures[];
  readonly sent: ReadonlyMap<SinkName, number>;
}> {
  const started: (() => Promise<unknown>)[] = [];
  try {
    const load = await Load.start(cores.load, directory);
    started.push(() => load.close());
    await load.use(
      casesNamed(CASE).flatMap((each) => templatesOf(each, seed)),
      seed,
    );
    const servers = new Map<SinkName, ServerProcess>();
    const socketOf = (sink: SinkName): string => directory.join(`${sink}.sock`);
    for (const sink of sinks) {
      const choice = { name: sink, socket: socketOf(sink), directory, events: eventsOf(sink, directory) };
      const argv = serveCommand(choice);
      const server = new ServerProcess({
        name: sink,
        argv,
        cores: [cores.server],
        env: nodeEnvironment(),
        stopMillisMax: STOP_MILLIS_MAX,
      });
      started.push(() => server.stop());
      await server.ready();
      servers.set(sink, server);
    }
    const asked = sinks.map((name) => ({ name, filter: 'ext_authz' as const, sockets: [socketOf(name)] }));
    const envoy = await startOneEnvoy(asked, load.workloadPort, cores.envoy);
    started.push(() => envoy.stop());
    const measurement = new EventsMeasurement({ load, envoy, servers });
    const rows = await measurement.run(pace);
    return { rows, sent: new Map(sinks.map((sink) => [sink, measurement.sent(sink)])) };
  } finally {
    for (const each of started.toReversed()) await each();
  }
}

/** Events that a spool has, those counted in summaries included. */
async function eventsIn(spool: string, samples: Document[]): Promise<number> {
  let events = 0;
  for await (const { record } of recordsOf(spool)) {
    if (record.dataSet !== 'waf') continue;
    const { flood } = record.document.waf as { readonly flood?: { readonly count: number } };
    events += flood?.count ?? 1;
    if (flood === undefined && samples.length < SAMPLES) samples.push(record.document);
  }
  return events;
}
