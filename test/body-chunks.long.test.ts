/** The laws of body-chunks.test.ts with a fresh seed for as long as the budget lasts. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { everyCoding, everyCut } from './body-readers/chunk-laws.ts';
import { ChunkedBodies, CODING_NAMES } from './body-readers/chunking.ts';
import { BODY_FORMATS } from './body-readers/reader.ts';
import { longBudgetSeconds, longSeed, longTimeoutMillis, reportCases } from './long/budget.ts';

const NAME = 'body-chunks';
/** Bodies for each law before the next has its turn. */
const BODIES = 200;

it(
  'hostile bodies come to the same in whatever chunks and codings',
  () => {
    const [seconds, first] = [longBudgetSeconds(NAME), longSeed()];
    const end = performance.now() + 1_000 * seconds;
    const bodies = new ChunkedBodies();
    let failure: string | null = null;
    let cases = 0;
    for (let seed = first; failure === null && performance.now() < end; seed += 1) {
      for (const format of BODY_FORMATS) {
        const laws = [
          everyCut(bodies, format),
          ...CODING_NAMES.map((name) => everyCoding(bodies, format, name)),
        ];
        for (const law of laws) {
          const run = fc.check(law, { seed, numRuns: BODIES });
          cases += run.numRuns;
          if (run.failed) failure ??= fc.defaultReportMessage(run) ?? 'failed without a word';
        }
      }
    }
    const note = `${bodies.sent} sendings, ${bodies.beside} bodies that are text when compressed`;
    reportCases(NAME, { cases, failures: failure === null ? 0 : 1, seed: first, seconds, note });
    expect(failure).toBeNull();
    expect(bodies.sent).toBeGreaterThan(cases);
    // A check that refused often would make the law say nothing.
    expect(bodies.beside).toBeLessThan(1 + cases / 100);
  },
  longTimeoutMillis(NAME),
);
