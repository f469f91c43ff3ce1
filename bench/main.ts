/** What `sluice bench` runs: node bench/main.ts [suite] [options] */

import { runConsole } from './console/run.ts';
import { BenchError } from './engine/errors.ts';
import { reportingErrors } from './engine/exit.ts';
import { ENGINE_HELP } from './engine/options.ts';
import { runEngine } from './engine/run.ts';
import { runEvents } from './events/run.ts';
import { runGate } from './gate/run.ts';
import { runBodies } from './in-process/bodies.ts';
import { runL7 } from './in-process/l7.ts';
import { runScan } from './in-process/scan.ts';
import { runTransformations } from './in-process/transformations.ts';
import { runInterception } from './interception/run.ts';
import { runKubernetes } from './kubernetes/run.ts';
import { runPool } from './pool/run.ts';
import { runServer } from './server/run.ts';
import { runShipper } from './shipper/run.ts';
import { runSizing } from './sizing/run.ts';
import { runStore } from './store/run.ts';
import { runUploads } from './uploads/run.ts';

type Suite = (args: readonly string[]) => Promise<number>;

const SUITES: Readonly<Record<string, Suite>> = {
  engine: runEngine,
  gate: runGate,
  transformations: runTransformations,
  scan: runScan,
  bodies: runBodies,
  l7: runL7,
  interception: runInterception,
  kubernetes: runKubernetes,
  server: runServer,
  pool: runPool,
  uploads: runUploads,
  sizing: runSizing,
  events: runEvents,
  shipper: runShipper,
  store: runStore,
  console: runConsole,
};

const HELP = `Usage: sluice bench [suite] [options]

Suites:
  engine            whole requests, beside other engines (default)
  gate              this checkout beside bench/baseline.json; ends with 1 where something is worse
  transformations   each transformation by itself
  scan              the prefilter of the CRS by itself
  bodies            the parsers of bodies by themselves
  l7                what the L7 view costs a request
  interception      requests through redirection and Envoy, beside direct ones; needs root
  kubernetes        the controller on a real API server, from nothing and for one change
  server            requests through Envoy and Sluice, beside other servers that Envoy asks
  pool              what workers cost, and GETs beside a thousand slow uploads
  uploads           GETs through Envoy and Sluice, alone, beside a thousand slow uploads and beside huge ones
  events            attacks through Envoy and Sluice, with and without a spool, and what an event costs
  shipper           events a second to Elasticsearch, beside the bulk helper of its client
  store             what the embedded store takes in, and how long it looks
  console           the console in a browser: its first view and a search, with a million events
  sizing            requests a second and memory by cores, paranoia level and size of bodies

sluice bench SUITE --help tells a suite's options; without a suite they are those of engine:

${ENGINE_HELP.slice(ENGINE_HELP.indexOf('\n') + 2)}`;

async function main([first, ...rest]: readonly string[]): Promise<number> {
  if (first === '--help' || first === '-h' || first === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (first === undefined || first.startsWith('-'))
    return runEngine(first === undefined ? [] : [first, ...rest]);
  const suite = Object.hasOwn(SUITES, first) ? SUITES[first] : undefined;
  if (suite !== undefined) return suite(rest);
  const reason = `there is none; there are ${Object.keys(SUITES).join(', ')}`;
  throw new BenchError('BENCH_OPTION', { option: first, reason });
}

await reportingErrors(() => main(process.argv.slice(2)));
