/** As asan.test.ts, on the corpora as a whole. */
import { expect, it } from 'vitest';
import { openWholeCrs } from './asan-engine.ts';
import { runSanitized, sanitizedAddons, sanitizerRuntime } from './asan-stand.ts';

const AMOUNT = { share: 1, mutations: 60_000, leaks: false };
const RUN_MILLIS = 3_600_000;

it(
  'the engine reads and writes nothing but what is its own, on all requests of the CRS and 60,000 mutations',
  async (context) => {
    const runtime = sanitizerRuntime();
    if (runtime === undefined) return context.skip('g++ has no libasan.so: install g++ (libasan8)');
    const addons = await sanitizedAddons();
    openWholeCrs();
    const { run, report } = await runSanitized(runtime, addons, AMOUNT);
    expect(report).not.toMatch(/Sanitizer|runtime error/);
    expect(run, report).not.toBeNull();
    expect(run?.requests).toBeGreaterThan(60_000);
    expect(run?.values).toBeGreaterThan(20_000);
  },
  RUN_MILLIS,
);
