import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromText } from '../../src/bytes.ts';
import { argumentsOf, errorOf, run } from './recorder.ts';

/** What the processor should say of a parsed document whose keys are not integers. */
function flatten(value: unknown, name = 'json', isTop = true): [string, string][] {
  if (typeof value !== 'object' || value === null) {
    // JSON.stringify writes a lone surrogate as an escape, so the text of a string is compared by its UTF-16 units.
    return [[name, value === null ? '' : typeof value === 'string' ? toValue(value) : String(value)]];
  }
  const members: [string, unknown][] = Array.isArray(value)
    ? value.map((member, index) => [String(index), member])
    : Object.entries(value);
  if (members.length === 0) return isTop ? [] : [[name, '']];
  return members.flatMap(([key, member]) => flatten(member, `${name}.${toValue(key)}`, false));
}

/** UTF-8 bytes, lone surrogates in their three-byte form. */
function toValue(text: string): string {
  let value = '';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xd800 && code <= 0xdfff) {
      value += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    } else value += fromText(character);
  }
  return value;
}

describe('JSON bodies', () => {
  it.each([
    [
      '{"a":{"b":[1,"x"]}}',
      [
        ['json.a.b.0', '1'],
        ['json.a.b.1', 'x'],
      ],
    ],
    [
      '[[1],[2,3]]',
      [
        ['json.0.0', '1'],
        ['json.1.0', '2'],
        ['json.1.1', '3'],
      ],
    ],
    ['"s"', [['json', 's']]],
    [' -12.50e+3 ', [['json', '-12.50e+3']]],
    [
      '[true,false,null]',
      [
        ['json.0', 'true'],
        ['json.1', 'false'],
        ['json.2', ''],
      ],
    ],
    [
      '{"a":1,"a":2}',
      [
        ['json.a', '1'],
        ['json.a', '2'],
      ],
    ],
    ['{"":1}', [['json.', '1']]],
    ['{"a.b":1}', [['json.a.b', '1']]],
    ['{}', []],
    ['[]', []],
    [
      '{"<script>":{},"b":[[]]}',
      [
        ['json.<script>', ''],
        ['json.b.0', ''],
      ],
    ],
  ])('names the values of %s', (body, expected) => {
    const calls = run('JSON', body);
    expect(errorOf(calls)).toBeNull();
    expect(argumentsOf(calls)).toEqual(expected);
  });

  it.each([
    ['"\\u0041\\u00e4\\u20ac"', fromText('Aä€')],
    ['"\\ud83d\\ude00"', fromText('😀')],
    ['"\\ud83d"', '\xed\xa0\xbd'],
    ['"\\ude00x"', '\xed\xb8\x80x'],
    ['"\\ud83d\\ud83d\\ude00"', `\xed\xa0\xbd${fromText('😀')}`],
    ['"\\ud83dx\\ude00"', '\xed\xa0\xbdx\xed\xb8\x80'],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'],
    ['"\\u0000"', '\0'],
  ])('decodes the escapes of %s', (body, expected) => {
    expect(run('JSON', body)).toEqual([['argument', 'json', expected]]);
  });

  it('decodes escapes in keys', () => {
    expect(argumentsOf(run('JSON', '{"\\u0061\\u002e":1}'))).toEqual([['json.a.', '1']]);
  });

  it('keeps bytes of strings that are not UTF-8', () => {
    const body = Uint8Array.of(0x22, 0xff, 0xc3, 0x28, 0x22);
    expect(argumentsOf(run('JSON', body))).toEqual([['json', '\xff\xc3(']]);
  });

  it.each([
    ['{"a":1', 6],
    ['{"a"', 4],
    ['[1,]', 3],
    ['{"a":1,}', 7],
    ['[1 2]', 3],
    ['{a:1}', 1],
    ["{'a':1}", 1],
    ['01', 0],
    ['+1', 0],
    ['[.5]', 1],
    ['1.', 0],
    ['-', 0],
    ['[1e]', 1],
    ['[nul]', 1],
    ['[nulll]', 1],
    ['[NaN]', 1],
    ['"a', 2],
    ['"\\x"', 1],
    ['"\\u12g4"', 1],
    ['"\\u12', 5],
    ['"a\nb"', 2],
    ['{} x', 3],
    ['{}{}', 2],
    [']', 0],
    ['[}', 1],
    ['{"a":1]', 6],
    ['[1}', 2],
    ['{"a":]', 5],
    ['   ', 3],
    ['/**/1', 0],
    ['\ufeff\ufeff1', 3],
    [' \ufeff1', 1],
    ['\ufeff', 3],
    ['{"a":1}\0', 7],
    ['1\0', 1],
  ])('refuses %j at its byte %i', (body, byteOffset) => {
    expect(errorOf(run('JSON', body))).toMatchObject({ kind: 'syntax', byteOffset });
  });

  it('keeps what came before an error and says nothing after it', () => {
    expect(run('JSON', '{"a":"1","b":oops,"c":"3"}').map(([kind]) => kind)).toEqual(['argument', 'error']);
  });

  it('refuses UTF-16', () => {
    const body = Buffer.from('{"a":1}', 'utf16le');
    expect(errorOf(run('JSON', body))).toMatchObject({ kind: 'syntax', byteOffset: 1 });
  });

  it('says nothing of a body of no bytes', () => {
    expect(run('JSON', '')).toEqual([]);
  });

  it.each(['[', '{"a":'])('stops with an error at one level too many of %s', (open) => {
    const limits = { bodyDepthMax: 3 };
    expect(errorOf(run('JSON', `${open.repeat(3)}1`, { limits }))).toMatchObject({ kind: 'syntax' });
    expect(errorOf(run('JSON', `${open.repeat(4)}1`, { limits }))).toMatchObject({
      kind: 'depth',
      byteOffset: open.length * 3,
    });
  });

  it('refuses a nesting of 10,000', () => {
    expect(errorOf(run('JSON', '['.repeat(10_000)))).toMatchObject({ kind: 'depth', byteOffset: 64 });
  });

  it('gives 10,000 arguments where the limit allows them, and an error where not', () => {
    const body = JSON.stringify(Array.from({ length: 10_000 }, (_, index) => index));
    expect(run('JSON', body, { limits: { argumentsMax: 10_000 } })).toHaveLength(10_000);
    const calls = run('JSON', body);
    expect(argumentsOf(calls)).toHaveLength(1_000);
    expect(errorOf(calls)?.kind).toBe('arguments');
  });

  it('does not let a long key be repeated without bound', () => {
    const body = JSON.stringify({ ['k'.repeat(1_000)]: Array.from({ length: 900 }, () => 0) });
    const limits = { requestBodyNoFilesBytesMax: 10_000 };
    const calls = run('JSON', body, { limits });
    expect(errorOf(calls)?.kind).toBe('size');
    expect(argumentsOf(calls).length).toBeLessThan(40);
  });

  it('agrees with JSON.parse on valid documents', () => {
    // Integer-like keys would be sorted by JSON.parse, __proto__ swallowed by the literal.
    const key = fc.string({ unit: 'grapheme' }).map((text) => `k${text}`);
    const { tree } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
      leaf: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.integer(),
      ),
      tree: fc.oneof(
        { depthSize: 'small' },
        tie('leaf'),
        fc.array(tie('tree'), { maxLength: 5 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 1, '\t'), (document, indent) => {
        const calls = run('JSON', JSON.stringify(document, null, indent), {
          limits: { bodyDepthMax: 1_000 },
        });
        expect(errorOf(calls)).toBeNull();
        expect(argumentsOf(calls)).toEqual(flatten(document));
      }),
    );
  });

  it('accepts exactly what JSON.parse accepts', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"\\u00e4"',
      '\\',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'true',
      'null',
      ' ',
      '\n',
      '\t',
      '\v',
      '\x00',
      'x',
    );
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 12 }), (tokens) => {
        const body = tokens.join('');
        let valid = true;
        try {
          JSON.parse(body);
        } catch {
          // JSON.parse says by throwing that this is no JSON.

          valid = false;
        }
        expect(errorOf(run('JSON', body)) === null).toBe(valid);
      }),
      { numRuns: 2_000 },
    );
  });
});
