/** Hostile bodies come to the same wherever they are cut, and compressed to the same as plain. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { everyCoding, everyCut } from './body-readers/chunk-laws.ts';
import { ChunkedBodies, CODING_NAMES } from './body-readers/chunking.ts';
import { BODY_FORMATS, type HostileBody } from './body-readers/reader.ts';

/** Its data in fixed Huffman codes is 24 bytes of text, which stand nowhere in it. */
const TEXT_WHEN_DEFLATED: HostileBody = {
  format: 'urlencoded',
  contentType: 'application/x-www-form-urlencoded',
  body: [...'%26%61%c0%a7='].map((byte) => `${byte}\0`).join(''),
};

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

it.each(CODING_NAMES)('a body that is text as %s alone is refused, or comes to the same', (coding) => {
  const law = everyCoding(bodies, 'urlencoded', coding);
  fc.assert(law, { numRuns: 1, examples: [[TEXT_WHEN_DEFLATED, [1]]] });
});

it('a compressor writes text by chance in deflate data, and in no other', () => {
  const names = CODING_NAMES.filter((name) => bodies.hasTextBeside(TEXT_WHEN_DEFLATED, name, 'URLENCODED'));
  expect(names).toEqual(['gzip', 'deflate', 'raw deflate']);
});
