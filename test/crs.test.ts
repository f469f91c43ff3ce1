/** The Core Rule Set's own tests, all of them, in both evaluations. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStageEngine } from '../packages/cli/src/rules-test/engine-stage.ts';
import { summarize } from '../packages/cli/src/rules-test/report.ts';
import { testRules } from '../packages/cli/src/rules-test/test-rules.ts';
import { crsDirectory } from '../packages/cli/src/setup/paths.ts';
import { foldHeadsAfter } from '../packages/engine/src/index.ts';

/** Counted in the files of CRS 4.25.0. */
const STAGES = 4_680;
/** Compiling all patterns takes half a minute on two idle cores, and machines are shared. */
const COMPILE_AND_RUN_MILLIS = 900_000;

describe('the test suite of CRS 4.25.0', () => {
  let summary: ReturnType<typeof summarize>;

  beforeAll(async () => {
    // Rules are folded for each head, as for those that come often; `sluice rules test --crs` judges them as it finds them.
    foldHeadsAfter(0);
    const results = await testRules(
      {
        crs: crsDirectory(),
        rules: [],
        tests: [],
        filter: null,
        evaluation: 'both',
        exclusions: fileURLToPath(new URL('../rules/crs-exclusions.yaml', import.meta.url)),
        paranoia: 4,
      },
      createStageEngine,
    );
    summary = summarize(results);
  }, COMPILE_AND_RUN_MILLIS);

  afterAll(() => foldHeadsAfter());

  test('has all its stages', () => {
    expect(summary.stages).toBe(STAGES);
  });

  test('passes, with equal traces of planned and reference evaluation, but for the stages that are excluded', () => {
    expect(summary.failed).toEqual([]);
    expect(summary.passed).toBe(STAGES - summary.excluded.length);
  });

  test('has a reason for each exclusion', () => {
    expect(summary.excluded.map(({ id }) => id)).toEqual(['920100-7', '920181-1', '920290-2', '920620-1']);
    for (const { reason } of summary.excluded) expect(reason.length).toBeGreaterThan(40);
  });
});
