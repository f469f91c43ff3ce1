import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { CountingReporter } from './scripts/counting-reporter.ts';
import { DeadlineReporter } from './scripts/deadline-reporter.ts';
import { LongFirstSequencer } from './scripts/long-first-sequencer.ts';

/** Files named *.long.test.ts take minutes: `sluice test --long` sets SLUICE_TEST_LONG to have them too. */
const long = process.env.SLUICE_TEST_LONG === '1';

const MINUTE = 60_000;

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(long ? [] : ['**/*.long.test.ts'])],
    // Starts nothing by itself: servers that test files ask for.
    globalSetup: ['test/elasticsearch-servers.ts'],
    setupFiles: ['scripts/file-process.ts'],
    // Native handles belong to a process: a crash takes one file's process along, not the run.
    pool: 'forks',
    // Tests wait for other processes as long as they compute: two workers leave two cores idle.
    maxWorkers: Math.max(3, availableParallelism()),
    // The first test that needs a rule set compiles it, which takes half a minute on two idle cores.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // What is waited for comes when the machine has time for it.
    expect: { poll: { timeout: 60_000 } },
    sequence: { sequencer: LongFirstSequencer },
    restoreMocks: true,
    // A test left alone with `.only` hides all others.
    allowOnly: false,
    reporters: [
      'default',
      new CountingReporter(process.env.SLUICE_TEST_RESULTS),
      ...(long ? [] : [new DeadlineReporter({ fileMs: 15 * MINUTE, runMs: 65 * MINUTE, lookMs: 5000 })]),
    ],
  },
});
