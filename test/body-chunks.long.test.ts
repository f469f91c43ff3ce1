/** The laws of body-chunks.test.ts on many more bodies, other ones each time. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { everyCoding, everyCut } from './body-readers/chunk-laws.ts';
import { ChunkedBodies, CODING_NAMES } from './body-readers/chunking.ts';
import { BODY_FORMATS } from './body-readers/reader.ts';

const BODIES = 6_000;
const COMPRESSED_BODIES = 2_000;
const RUN_MILLIS = 3_600_000;
const SEEDS = 1_000_000;

it.each(BODY_FORMATS)(
  'hostile bodies of %s come to the same in whatever chunks and codings',
  (format) => {
    const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % SEEDS);
    const bodies = new ChunkedBodies();
    fc.assert(everyCut(bodies, format), { seed, numRuns: BODIES });
    for (const coding of CODING_NAMES) {
      fc.assert(everyCoding(bodies, format, coding), { seed, numRuns: COMPRESSED_BODIES });
    }
    process.stderr.write(
      `${format}: seed ${seed} (SLUICE_TEST_SEED), ${BODIES} bodies in chunks, ${bodies.sent} sendings in all\n`,
    );
    expect(bodies.sent).toBeGreaterThan(BODIES);
  },
  RUN_MILLIS,
);
