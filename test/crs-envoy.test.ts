/** The Core Rule Set's own tests through a real Envoy and the real server, requests and responses, in streams. */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { createStageEngine } from '../packages/cli/src/rules-test/engine-stage.ts';
import { summarize } from '../packages/cli/src/rules-test/report.ts';
import { testRules } from '../packages/cli/src/rules-test/test-rules.ts';
import { crsDirectory } from '../packages/cli/src/setup/paths.ts';

/** Counted in the files of CRS 4.25.0. */
const STAGES = 4_680;
/** What Envoy alters or refuses. */
const EXCLUDED_MAX = 55;
/** Compiling all patterns takes half a minute on two idle cores, and machines are shared. */
const COMPILE_AND_RUN_MILLIS = 900_000;

describe('the test suite of CRS 4.25.0 through Envoy', () => {
  let summary: ReturnType<typeof summarize>;

  beforeAll(async () => {
    const results = await testRules(
      {
        crs: crsDirectory(),
        rules: [],
        tests: [],
        filter: null,
        evaluation: 'planned',
        exclusions: fileURLToPath(new URL('../rules/crs-exclusions-envoy.yaml', import.meta.url)),
        paranoia: 4,
        through: 'envoy',
      },
      createStageEngine,
    );
    summary = summarize(results);
  }, COMPILE_AND_RUN_MILLIS);

  test('passes all stages but those that Envoy alters or refuses, and each of these still fails', () => {
    expect(summary.failed).toEqual([]);
    expect(summary.stages).toBe(STAGES);
    expect(summary.excluded.length).toBeLessThanOrEqual(EXCLUDED_MAX);
  });

  test('what Envoy refuses by itself never counts as what Sluice found', () => {
    const excluded = new Set(summary.excluded.map(({ id }) => id));
    const others = summary.refused.filter(({ id }) => !excluded.has(id));
    expect(others.filter(({ status }) => status !== 400)).toEqual([]);
    expect(others).toHaveLength(summary.passedByParser);
  });
});
