/** What holds for every processor: chunk borders do not matter, and no bytes make one throw, hang or break a promise. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BodyProcessorName } from '../../src/body/processor.ts';
import { toBytes } from '../../src/bytes.ts';
import { type Call, MULTIPART, type RunOptions, run } from './recorder.ts';

const SEEDS: Readonly<Record<Exclude<BodyProcessorName, 'RAW'>, readonly string[]>> = {
  URLENCODED: ['a=1&b=%41%zz+c&&=x&d', 'a=%'],
  JSON: [
    '{"a":[1,-2.5e3,true,null,"x\\u00e4\\ud83d\\ude00\\ud83d"],"b":{"c":{}},"a":[]}',
    '[[],[[]],"\\\\\\"",0]',
    '  "text"  ',
  ],
  XML: [
    '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE a [<!-- x --><?p?><!ENTITY e "v">]><a b="1" c=\'&lt;\'>t&#x41;<![CDATA[ ]]x]]>u<!-- c --><d/></a>',
    '\xef\xbb\xbf<a>&e;<?pi?></a> <!-- e -->',
  ],
  MULTIPART: [
    '--BOUND\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n\r--BOUND\n\r\n--BOUND\r\nContent-Disposition: form-data;\r\n name="f"; filename="x"\r\n\r\n\r\n--\r\n-\r\n--BOUND--\r\n',
    'pre\n--BOUND\nContent-Disposition: form-data; name=b\n\n-- BOUN\n--x\n--BOUND--',
    '--BOUND\r\nContent-Disposition: form-data; name="a"\r\n\r\n-- BOUND--\r\n',
  ],
};

const NAMES = ['URLENCODED', 'JSON', 'XML', 'MULTIPART'] as const;

const contentType = fc.constantFrom(
  MULTIPART,
  'multipart/form-data; boundary="BOUND"',
  'multipart/form-data; boundary=-',
  'multipart/form-data; boundary=--',
);

const limits = fc.constantFrom(
  {},
  { bodyDepthMax: 2, argumentsMax: 2, multipartPartsMax: 1 },
  { requestBodyNoFilesBytesMax: 20 },
  { requestBodyNoFilesBytesMax: 57 },
  { multipartPartHeaderBytesMax: 42 },
);

/** A seed with bytes replaced, removed, doubled and cut. */
const mutated = (name: (typeof NAMES)[number]): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      fc.constantFrom(...SEEDS[name]),
      fc.array(
        fc.record({
          at: fc.nat(300),
          remove: fc.nat(4),
          insert: fc.oneof(
            fc.constantFrom(
              '',
              '\r',
              '\n',
              '\r\n',
              '-',
              '--',
              '"',
              '<',
              '>',
              '&',
              '\\',
              '\0',
              '[',
              ']',
              '--BOUND',
              '\\u',
              '%',
            ),
            fc.string({ unit: 'binary', maxLength: 3 }),
          ),
        }),
        { maxLength: 4 },
      ),
      fc.option(fc.nat(300), { nil: undefined }),
    )
    .map(([seed, edits, cut]) => {
      let text = seed;
      for (const { at, remove, insert } of edits) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + insert + text.slice(place + remove);
      }
      return Uint8Array.from(toBytes(text.slice(0, cut)));
    });

const chunks = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

/** An error comes once and last. */
function checkPromises(calls: readonly Call[]): void {
  const first = calls.findIndex(([kind]) => kind === 'error');
  if (first >= 0) expect(first).toBe(calls.length - 1);
  const flags = calls.filter(([kind]) => kind === 'flag').map(([, flag]) => flag);
  expect(new Set(flags).size).toBe(flags.length);
}

describe.each(NAMES)('%s', (name) => {
  it('gives the same calls whatever the chunks', () => {
    fc.assert(
      fc.property(mutated(name), chunks, contentType, limits, (body, sizes, type, bounds) => {
        const options: RunOptions = { contentType: type, limits: bounds };
        const whole = run(name, body, options);
        checkPromises(whole);
        expect(run(name, body, { ...options, chunks: sizes })).toEqual(whole);
        expect(run(name, body, { ...options, chunks: [1] })).toEqual(whole);
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), chunks, (body, sizes) => {
        const whole = run(name, body);
        checkPromises(whole);
        expect(run(name, body, { chunks: sizes })).toEqual(whole);
      }),
    );
  });

  it.each(SEEDS[name])('gives the same calls for each place where %j is split', (seed) => {
    const body = toBytes(seed);
    const whole = run(name, body);
    for (let at = 1; at < body.length; at += 1) {
      expect(run(name, body, { chunks: [at, body.length] })).toEqual(whole);
    }
  });
});
