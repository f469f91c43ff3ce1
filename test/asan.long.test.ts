/** As asan.test.ts, on the corpora as a whole, and on fresh mutations for as long as the budget lasts. */
import { expect, it } from 'vitest';
import { openWholeCrs } from './asan-engine.ts';
import { runSanitized, sanitizedAddons, sanitizerRuntime } from './asan-stand.ts';
import { longBudgetSeconds, longSeed, longTimeoutMillis, reportCases } from './long/budget.ts';

const NAME = 'asan';

it(
  'the engine reads and writes nothing but what is its own, on all requests of the CRS and their mutations',
  async (context) => {
    const runtime = sanitizerRuntime();
    if (runtime === undefined) return context.skip('g++ has no libasan.so: install g++ (libasan8)');
    const [seconds, seed] = [longBudgetSeconds(NAME), longSeed()];
    const addons = await sanitizedAddons();
    openWholeCrs();
    const amount = { share: 1, mutations: 2_000, leaks: false, seed, seconds };
    const { run, report } = await runSanitized(runtime, addons, amount);
    const failed = run === null || /Sanitizer|runtime error/.test(report);
    const note = `${run?.values ?? 0} values`;
    reportCases(NAME, { cases: run?.requests ?? 0, failures: failed ? 1 : 0, seed, seconds, note });
    expect(report).not.toMatch(/Sanitizer|runtime error/);
    expect(run, report).not.toBeNull();
    expect(run?.requests).toBeGreaterThan(5_000);
    expect(run?.values).toBeGreaterThan(20_000);
  },
  longTimeoutMillis(NAME),
);
