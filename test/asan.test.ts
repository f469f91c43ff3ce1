/** Native code under the address and undefined-behaviour sanitizers, on a part of the corpora that takes half a minute. */
import { expect, it } from 'vitest';
import { openWholeCrs } from './asan-engine.ts';
import { runSanitized, sanitizedAddons, sanitizerRuntime } from './asan-stand.ts';

const AMOUNT = { share: 6, mutations: 2_000, leaks: false };
/** The leak sanitizer's tracer dies itself, now and then, of a thread of Node's that ends while it looks: then it saw nothing. */
const TRACER_FAILED = /LeakSanitizer has encountered a fatal error/;
const LOOKS_MAX = 5;
const BUILD_AND_RUN_MILLIS = 900_000;

it(
  'the engine reads and writes nothing but what is its own, on attacks, mutations, hostile sizes and vectors',
  async (context) => {
    const runtime = sanitizerRuntime();
    if (runtime === undefined) return context.skip('g++ has no libasan.so: install g++ (libasan8)');
    const addons = await sanitizedAddons();
    // Compiles the rules, if nobody did, without the sanitizers, under which that takes minutes.
    openWholeCrs();
    const { run, report } = await runSanitized(runtime, addons, AMOUNT);
    expect(report).not.toMatch(/Sanitizer|runtime error/);
    expect(run, report).not.toBeNull();
    expect(run?.addons.map((path) => path.replace(addons, ''))).toEqual(
      expect.arrayContaining(['/engine.node', '/hyperscan.node']),
    );
    // Without requests nothing would be proved.
    expect(run?.requests).toBeGreaterThan(2_500);
    expect(run?.values).toBeGreaterThan(6_000);
  },
  BUILD_AND_RUN_MILLIS,
);

it(
  'threads that load the addons, use them and end leave nothing behind',
  async (context) => {
    const runtime = sanitizerRuntime();
    if (runtime === undefined) return context.skip('g++ has no libasan.so: install g++ (libasan8)');
    const addons = await sanitizedAddons();
    openWholeCrs();
    const amount = { share: 2_000, mutations: 10, leaks: true };
    let { run, report } = await runSanitized(runtime, addons, amount);
    for (let again = 0; again < LOOKS_MAX && TRACER_FAILED.test(report); again++) {
      ({ run, report } = await runSanitized(runtime, addons, amount));
    }
    expect(report).not.toMatch(/Sanitizer|runtime error/);
    expect(run, report).not.toBeNull();
  },
  BUILD_AND_RUN_MILLIS,
);
