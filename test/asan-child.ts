/**
 * Runs under the sanitizers: the requests of the CRS's tests, mutations of them, hostile sizes, random bytes and the
 * vectors of operators and transformations. Prints what it did as JSON; a fault ends it.
 *
 * Usage: asan-child.ts SHARE MUTATIONS SEED SECONDS (one in SHARE of each corpus that has an end; MUTATIONS again and again
 * until the seconds are over, once at least)
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, Worker } from 'node:worker_threads';
import { type CorpusRequest, crsCorpus, mutatedCorpus } from '../bench/peers/corpus.ts';
import { repositoryRoot } from '../packages/cli/src/setup/paths.ts';
import { DEFAULT_LIMITS } from '../packages/engine/src/limits.ts';
import { createEnvironment } from '../packages/engine/src/link/environment.ts';
import { native } from '../packages/engine/src/native/binding.ts';
import { findOperator } from '../packages/engine/src/operators/registry.ts';
import { findTransformation, transformationNames } from '../packages/engine/src/transformations/registry.ts';
import type { OperatorVectors } from '../packages/engine/test/operators/vector.ts';
import type { TransformationVectors } from '../packages/engine/test/transformations/vector.ts';
import { readVectorFiles } from '../packages/engine/test/vector-files.ts';
import { inspectWhole, openWholeCrs } from './asan-engine.ts';
import { hostileRequests, hostileValues } from './asan-hostile.ts';

/** Requests that are evaluated without the prefilter, so that every pattern sees their values. */
const REFERENCE_ONE_IN = 40;
const THREADS = 3;

const share = Number(process.argv[2] ?? 1);
const mutations = Number(process.argv[3] ?? 0);
const seed = Number(process.argv[4] ?? 1);
const seconds = Number(process.argv[5] ?? 0);
const nativeNames = native.transformationNames();
const vectorsOf = (kind: string): string => join(repositoryRoot(), 'packages/engine/test', kind, 'vectors');

function runRequests(): number {
  const whole = openWholeCrs();
  const corpus = crsCorpus();
  const sampled = (requests: readonly CorpusRequest[]) => requests.filter((_, index) => index % share === 0);
  const end = performance.now() + 1_000 * seconds;
  let count = 0;
  const inspectAll = (requests: readonly CorpusRequest[]): void => {
    for (const { request } of requests) {
      inspectWhole(whole, request, 'planned');
      if (count++ % REFERENCE_ONE_IN === 0) inspectWhole(whole, request, 'reference');
    }
  };
  inspectAll([...sampled(corpus), ...hostileRequests(share)]);
  let turn = seed;
  do inspectAll(mutatedCorpus(corpus, turn++, mutations));
  while (performance.now() < end);
  return count;
}

async function runVectors(): Promise<number> {
  const environment = createEnvironment(DEFAULT_LIMITS);
  let values = 0;
  for (const [name, { groups }] of await readVectorFiles<TransformationVectors>(
    vectorsOf('transformations'),
  )) {
    for (const [input] of groups.flatMap(({ cases }) => cases)) {
      findTransformation(name)?.apply(input);
      for (const each of nativeNames) native.transform(each, input);
      // What a decoder is to see, a detector may see undecoded.
      environment.detectSqli(input);
      environment.detectXss(input);
      values++;
    }
  }
  for (const [name, { groups }] of await readVectorFiles<OperatorVectors>(vectorsOf('operators'))) {
    for (const [argument, value] of groups.flatMap(({ cases }) => cases)) {
      const isText = typeof argument === 'string';
      const text = isText ? argument : 'words.data';
      const given = { text, hasMacros: false, lines: isText ? null : argument };
      findOperator(name)?.create(given, environment).match(value, given.text);
      values++;
    }
  }
  return values;
}

/** Each value through both detectors, each transformation, and patterns of either engine. */
function runValues(): number {
  const environment = createEnvironment(DEFAULT_LIMITS);
  const patterns = ['(?i)(a+)+$', '(?s).*b', '(\\w+)\\W(\\d*)', '(a)\\1', '(?<!x)a(?=b)', '[^\\x00-\\x7f]+$'];
  const regexes = patterns.map((pattern) => environment.compileRegex(pattern));
  const transformations = transformationNames().map((name) => findTransformation(name));
  let values = 0;
  for (const value of hostileValues(seed, share)) {
    environment.detectSqli(value);
    environment.detectXss(value);
    for (const transformation of transformations) transformation?.apply(value);
    for (const name of nativeNames) native.transform(name, value);
    for (const regex of regexes) {
      regex.exec(value);
      regex.search(value, value.length);
      regex.search(value, value.length >> 1);
    }
    values++;
  }
  return values;
}

/** Threads that load the addons, use them and end: what they had must go with them. */
async function runThreads(): Promise<void> {
  for (let count = 0; count < THREADS; count++) {
    const worker = new Worker(import.meta.filename);
    const [status] = await once(worker, 'exit');
    if (status !== 0) process.exitCode = 1;
  }
}

if (isMainThread) await runMain();
else await runVectors();

async function runMain(): Promise<void> {
  await runThreads();
  const values = (await runVectors()) + runValues();
  const requests = runRequests();
  const addons = new Set(readFileSync('/proc/self/maps', 'latin1').match(/\/\S+\.node$/gm));
  process.stdout.write(JSON.stringify({ requests, values, addons: [...addons] }));
}
