/** The comparison of peers.test.ts on many more mutations, and the list of explanations itself. */
import { beforeAll, expect, test } from 'vitest';
import { type Differential, runDifferential } from '../bench/peers/differential.ts';

const SEEDS = [1, 2, 3, 4];
const MUTATIONS = 9_000;
const RUN_MILLIS = 3_600_000;

let result: Differential;

beforeAll(async () => {
  result = await runDifferential({ seeds: SEEDS, mutations: MUTATIONS });
  for (const line of result.missing) process.stderr.write(`${line}\n`);
}, RUN_MILLIS);

test('Sluice and its peers log the same rules, but for disagreements that are explained', (context) => {
  if (result.peers.length === 0) context.skip('no peer can be built on this machine');
  expect(result.open).toEqual([]);
});

test('every explanation explains something', () => {
  expect(result.stale).toEqual([]);
});
