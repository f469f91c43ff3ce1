/** The thread that loads compiled rules from the cache, tries them, and shares them with the thread that answers requests. */
import { parentPort, workerData } from 'node:worker_threads';
import { Engine } from '@sluice/engine';
import { buildGeneration, type RuleSetGeneration } from '../rule-sets.ts';
import type { LoadAnswer, LoadRequest } from './messages.ts';
import { refusalOf } from './refusal.ts';
import { selfTest } from './self-test.ts';
import { generationVersion, unitKeys } from './unit-key.ts';

const say = (answer: LoadAnswer): void => parentPort?.postMessage(answer);

function load(request: LoadRequest): RuleSetGeneration {
  const engine = new Engine({ cacheDirectory: request.cacheDirectory });
  const { generation, warnings } = buildGeneration({ ...request, engine });
  selfTest(engine, generation, request.crs);
  const keys = unitKeys(generation);
  const known = new Set(request.known);
  for (const [index, unit] of generation.units.entries()) {
    const key = keys[index] ?? '';
    say({ kind: 'unit', index, key, shared: known.has(key) ? null : engine.shareUnit(unit) });
  }
  const version = generationVersion(keys);
  const files = generation.units.flatMap(({ program }) => program.sources.map(({ path }) => path));
  say({ kind: 'built', version, policies: generation.policies, warnings, files: [...new Set(files)] });
  return generation;
}

/** Until they are open elsewhere, the databases are held here: the thread lives until it is ended. */
const held = new Set<RuleSetGeneration>();
parentPort?.on('message', () => held.clear());

try {
  held.add(load(workerData as LoadRequest));
} catch (error) {
  say(refusalOf(error));
}
