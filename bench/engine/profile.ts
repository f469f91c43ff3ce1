/**
 * For `perf record --control fifo:FILE`: makes requests first, and has nothing recorded but their inspection.
 *
 *   node --perf-basic-prof bench/engine/profile.ts CASE REQUESTS FILE
 */
import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { casesNamed } from './cases/index.ts';
import { Corpus, Sent } from './corpus.ts';
import { BenchError } from './errors.ts';
import { reportingErrors } from './exit.ts';
import { fromWire, toWire } from './protocol.ts';
import type { BenchRequest } from './request.ts';
import { openSluice } from './sluice.ts';

/** What perf needs to hear of a word. */
const CONTROL_MILLIS = 200;

async function profile([name = 'get', count = '10000', control = '']: readonly string[]): Promise<number> {
  const requests = Number(count);
  const [benchCase] = casesNamed(name);
  if (benchCase === undefined || !Number.isInteger(requests) || requests < 1 || control === '')
    throw new BenchError('BENCH_OPTION', { option: 'profile', reason: 'CASE REQUESTS FILE are expected' });
  const corpus = new Corpus(benchCase, 'profile', new Sent());
  // As they come from a wire: what makes them leaves strings that are not put together yet.
  const take = (size: number): readonly BenchRequest[] => {
    const wire: ReturnType<typeof toWire>[] = JSON.parse(JSON.stringify(corpus.take(size).map(toWire)));
    return wire.map(fromWire);
  };
  const inspector = openSluice({ crs: true, paranoia: 1, files: [] });
  inspector.time(take(Math.ceil(requests / 3)));
  const measured = take(requests);
  writeFileSync(control, 'enable\n');
  await setTimeout(CONTROL_MILLIS);
  const { cpuMicros } = inspector.time(measured);
  writeFileSync(control, 'disable\n');
  process.stdout.write(`${name}: ${(cpuMicros / requests).toFixed(1)} µs of processor time a request\n`);
  return 0;
}

await reportingErrors(() => profile(process.argv.slice(2)));
