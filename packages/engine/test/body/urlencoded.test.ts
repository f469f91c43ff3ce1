import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUrlencodedProcessor } from '../../src/body/urlencoded.ts';
import { fromText, toBytes } from '../../src/bytes.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { argumentsOf, errorOf, recordingSink, run } from './recorder.ts';

describe('urlencoded bodies', () => {
  it.each([
    [
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['a', [['a', '']]],
    ['a=b=c', [['a', 'b=c']]],
    [
      '=v&=',
      [
        ['', 'v'],
        ['', ''],
      ],
    ],
    ['&&a=1&&', [['a', '1']]],
    [
      'a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['a+b=c+d%2B%20', [['a b', 'c d+ ']]],
    ['%61%3D=%26', [['a=', '&']]],
    ['a=%00b', [['a', '\0b']]],
    ['a=%c3%A4', [['a', '\xc3\xa4']]],
    ['a=%u0041', [['a', '%u0041']]],
  ])('splits and decodes %j', (body, expected) => {
    expect(argumentsOf(run('URLENCODED', body))).toEqual(expected);
  });

  it('keeps invalid escapes as they are and reports them once, before the argument', () => {
    expect(run('URLENCODED', 'ok=1&a=%&b=%zz%41&c=%4')).toEqual([
      ['argument', 'ok', '1'],
      ['urlencodedError'],
      ['argument', 'a', '%'],
      ['argument', 'b', '%zzA'],
      ['argument', 'c', '%4'],
    ]);
  });

  it('keeps bytes that are not UTF-8, and NUL bytes', () => {
    expect(argumentsOf(run('URLENCODED', Uint8Array.of(0x61, 0x3d, 0xff, 0x00, 0xc0)))).toEqual([
      ['a', '\xff\0\xc0'],
    ]);
  });

  it('says nothing of a body of no bytes', () => {
    expect(run('URLENCODED', '')).toEqual([]);
  });

  it('splits on another separator where it is told so', () => {
    const { sink, calls } = recordingSink();
    const processor = createUrlencodedProcessor(sink, {
      contentType: '',
      argumentSeparator: ';',
      limits: DEFAULT_LIMITS,
    });
    processor.push(toBytes('a=1;b=2&c'));
    processor.end();
    expect(argumentsOf(calls)).toEqual([
      ['a', '1'],
      ['b', '2&c'],
    ]);
  });

  it('gives 10,000 arguments where the limit allows them', () => {
    const body = Array.from({ length: 10_000 }, (_, index) => `a${index}=${index}`).join('&');
    const calls = run('URLENCODED', body, { limits: { argumentsMax: 10_000 } });
    expect(calls).toHaveLength(10_000);
    expect(errorOf(calls)).toBeNull();
  });

  it('stops with an error at one argument too many, keeping those before it', () => {
    const calls = run('URLENCODED', 'a=1&b=2&c=3&d=4', { limits: { argumentsMax: 2 } });
    expect(argumentsOf(calls)).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(calls.at(-1)?.[0]).toBe('error');
    expect(errorOf(calls)).toMatchObject({ kind: 'arguments', byteOffset: 11 });
  });

  it('stops with an error at one byte too many', () => {
    const limits = { requestBodyNoFilesBytesMax: 7 };
    expect(errorOf(run('URLENCODED', 'a=1&b=2', { limits }))).toBeNull();
    const calls = run('URLENCODED', 'a=1&b=2&c=3', { limits });
    expect(argumentsOf(calls)).toEqual([['a', '1']]);
    expect(errorOf(calls)).toMatchObject({ kind: 'size', byteOffset: 7 });
  });

  it('agrees with URLSearchParams on ASCII with valid escapes', () => {
    const unit = fc.oneof(
      fc.constantFrom(...'ab=&+ %'.replace('%', '').split(''), '%41', '%26', '%3d', '%20', '%2B', '%7e'),
      fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code).replace('%', '.')),
    );
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        // URLSearchParams drops a question mark in front; a body has none.
        const body = `x&${units.join('')}`;
        const expected = [...new URLSearchParams(body)];
        expect(argumentsOf(run('URLENCODED', body))).toEqual(expected);
      }),
    );
  });

  it('gives back any bytes that are all escaped', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const escaped = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
        const value = Buffer.from(bytes).toString('latin1');
        expect(run('URLENCODED', `a=${escaped}`)).toEqual([['argument', 'a', value]]);
      }),
    );
  });

  it('treats text as its UTF-8 bytes', () => {
    expect(argumentsOf(run('URLENCODED', 'ä=ö'))).toEqual([[fromText('ä'), fromText('ö')]]);
  });
});
