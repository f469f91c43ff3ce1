/** Hostile bodies come to the same wherever they are cut, and compressed to the same as plain. */
import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { everyCoding, everyCut } from './body-readers/chunk-laws.ts';
import { ChunkedBodies, CODING_NAMES } from './body-readers/chunking.ts';
import { BODY_FORMATS } from './body-readers/reader.ts';

const BODIES = 150;
const COMPRESSED_BODIES = 100;

let bodies: ChunkedBodies;
beforeAll(() => {
  bodies = new ChunkedBodies();
});

describe.each(BODY_FORMATS)('hostile bodies of %s', (format) => {
  it('come to the same for every cut, and byte by byte', () => {
    fc.assert(everyCut(bodies, format), { numRuns: BODIES });
  });

  it.each(CODING_NAMES)('come to the same as %s, in whatever chunks', (coding) => {
    fc.assert(everyCoding(bodies, format, coding), { numRuns: COMPRESSED_BODIES });
  });
});
