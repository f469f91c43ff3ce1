import { writeFileSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/** What one run of vitest came to. Errors outside tests count as failures: vitest's own counts leave them out. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Writes the run's counts as JSON to a file; without a path it does nothing. */
export class CountingReporter implements Reporter {
  readonly #path: string | undefined;

  constructor(path: string | undefined) {
    this.#path = path;
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    if (this.#path === undefined) return;
    // A run that was cut off is no success, whatever its files say.
    const cut = reason === 'interrupted' ? 1 : 0;
    writeFileSync(this.#path, JSON.stringify(countTests(modules, unhandled.length + cut)));
  }
}

/**
 * Sums tests by state. A module that could not be loaded, a hook that threw, an error that no test caught and a test
 * that never ran to an end are each one failure.
 */
export function countTests(modules: readonly TestModule[], unhandledErrors: number): TestCounts {
  let passed = 0;
  let failed = unhandledErrors;
  let skipped = 0;
  for (const module of modules) {
    failed += module.errors().length;
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed++;
      else if (state === 'skipped') skipped++;
      else failed++;
    }
  }
  return { passed, failed, skipped };
}
