/** The comparison of peers.test.ts on mutations that nobody has seen, and the list of explanations itself. */
import { expect, test } from 'vitest';
import { runDifferential } from '../bench/peers/differential.ts';
import { runLongDifferential } from '../bench/peers/long.ts';
import { longBudgetSeconds, longSeed, longTimeoutMillis, reportCases } from './long/budget.ts';

/** What the table in docs/peers.md was counted with: each entry of the list explains something in these. */
const LISTED = { seeds: [1, 2, 3, 4], mutations: 9_000 };
/** They take five minutes on four cores: a shorter budget goes to fresh mutations alone. */
const LISTED_SECONDS = 600;

test(
  'Sluice and its peers log the same rules, but for disagreements that are explained',
  async (context) => {
    const [budget, seed] = [longBudgetSeconds('peers'), longSeed()];
    const seconds = budget > LISTED_SECONDS ? budget - LISTED_SECONDS : budget;
    const run = await runLongDifferential({ seconds, seed });
    for (const line of run.missing) process.stderr.write(`${line}\n`);
    if (run.peers.length === 0) context.skip('no peer can be built on this machine');
    const note = `${run.peers.join(' and ')}, ${run.explained} explained disagreements`;
    reportCases('peers', { cases: run.requests, failures: run.failures, seed, seconds, note });
    expect(run.open).toEqual([]);
  },
  longTimeoutMillis('peers'),
);

test(
  'every explanation explains something',
  async (context) => {
    if (longBudgetSeconds('peers') <= LISTED_SECONDS)
      context.skip('the budget is too short for the listed seeds');
    const { open, stale } = await runDifferential(LISTED);
    expect(open).toEqual([]);
    expect(stale).toEqual([]);
  },
  longTimeoutMillis('peers'),
);
