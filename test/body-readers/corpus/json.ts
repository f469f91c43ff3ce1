/** JSON documents that servers read in different ways, or that only some take for JSON. */
import fc from 'fast-check';
import type { HostileBody } from '../reader.ts';
import { edited, mostly, oneOf, sequence, several } from './pick.ts';

const CONTENT_TYPES = [
  'application/json; charset=utf-8',
  'application/json;charset=utf-16',
  'application/json; charset=utf-16le',
  'application/json; charset=utf-32be',
  'application/json; charset=utf-7',
  'application/json; charset=ibm037',
  'application/json; charset=unicode_escape',
  'application/json; charset=shift_jis',
  'application/json; charset=iso-2022-jp',
  'application/json; charset=utf-8-sig',
  'application/vnd.api+json',
  'text/json',
  'Application/JSON',
  ' application/json',
  'application/json ;',
  'application/json, text/plain',
  'application/jsonx',
];

const blank = mostly(
  '',
  ' ',
  '\n',
  '\t',
  '\r',
  '\v',
  '\0',
  '\x0c',
  '\xa0',
  '\xef\xbb\xbf',
  '//x\n',
  '/*x*/',
  '#x\n',
  '\xe2\x80\xa8',
);

const text = sequence(
  mostly('"', "'", ''),
  several(
    fc.oneof(
      { weight: 16, arbitrary: oneOf('a', 'b', 'v1', '') },
      {
        weight: 3,
        arbitrary: oneOf(
          '\\u0061',
          '\\u0000',
          '\\ud83d\\ude00',
          '\\ud800',
          '\\udc00',
          '\\ud800x',
          '\\"',
          '\\\\',
          '\\/',
          '\\x61',
          "\\'",
          '\\0',
          '\\a',
          '\\u61',
          '\\U0061',
          '\\u{61}',
          '\n',
          '\t',
          '\0',
          '\x7f',
          '\xe9',
          '\xc3\xa9',
          '\xc0\xaf',
          '\xed\xa0\x80',
          '\xf4\x90\x80\x80',
          '\xff',
          '.',
          '.0',
          '\\\n',
          '//',
          '/*',
          '+AGE-',
        ),
      },
    ),
    3,
  ),
  mostly('"', "'", ''),
);

const scalar = fc.oneof(
  {
    weight: 6,
    arbitrary: oneOf('1', '0', '-0', '1e3', '1.50', '1e400', 'true', 'false', 'null', '{}', '[]'),
  },
  { weight: 12, arbitrary: text },
  {
    weight: 3,
    arbitrary: oneOf(
      '1',
      '0',
      '-0',
      '1e3',
      '1.50',
      '01',
      '+1',
      '.5',
      '1.',
      '1e',
      '0x1f',
      '1e400',
      '123456789012345678901234567890',
      'true',
      'false',
      'null',
      'True',
      'None',
      'NaN',
      'Infinity',
      '-Infinity',
      'undefined',
      'nul',
      '-',
      '1_000',
      '1e+3',
      '{}',
      '[]',
      '',
      'new Date(1)',
    ),
  },
);

const comma = mostly(',', ',,', '', ';', ' ,', ',/**/');

const { value } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: tie('list') },
    { weight: 3, arbitrary: tie('object') },
  ),
  list: fc
    .tuple(mostly('[', '(', ''), fc.array(tie('value'), { maxLength: 3 }), comma, mostly(']', '}', ',]', ''))
    .map(([open, values, between, close]) => open + values.join(between) + close),
  object: fc
    .tuple(
      mostly('{', '{,', ''),
      fc.array(
        fc.tuple(
          blank,
          fc.oneof(
            { weight: 3, arbitrary: oneOf('"a"', '"b"', '"a"', '"a.b"', '"0"', '"__proto__"', '""') },
            { weight: 1, arbitrary: text },
          ),
          mostly(':', '::', '=', ' : ', ''),
          tie('value'),
        ),
        { maxLength: 4 },
      ),
      comma,
      mostly('}', ']', ',}', ''),
    )
    .map(
      ([open, members, between, close]) =>
        open + members.map((member) => member.join('')).join(between) + close,
    ),
}));

const document = edited(
  sequence(
    blank,
    fc.oneof(
      { weight: 40, arbitrary: value },
      {
        weight: 1,
        arbitrary: fc
          .integer({ min: 60, max: 70 })
          .map((depth) => `${'['.repeat(depth)}"v"${']'.repeat(depth)}`),
      },
    ),
    mostly('', ' ', '{"a":"v2"}', '\n"v2"', ',', '\0', '}', '//x', ';', 'x'),
    blank,
  ),
  '"',
  '\\',
  '\0',
  ',',
  ':',
  '{',
  '}',
  '[',
  ']',
  '/*',
  '*/',
  '//',
  '\xef\xbb\xbf',
  '"a":"v2",',
  '\n',
);

/** A document in another encoding: NUL bytes beside each byte, and the byte order mark in some. */
const transformed = fc
  .tuple(
    document,
    fc.constantFrom(
      { mark: '\xff\xfe', before: '', after: '\0' },
      { mark: '\xfe\xff', before: '\0', after: '' },
      { mark: '\xff\xfe\0\0', before: '', after: '\0\0\0' },
      { mark: '\0\0\xfe\xff', before: '\0\0\0', after: '' },
    ),
    fc.boolean(),
  )
  .map(
    ([source, { mark, before, after }, marked]) =>
      (marked ? mark : '') + [...source].map((byte) => before + byte + after).join(''),
  );

export const jsonBodies: fc.Arbitrary<HostileBody> = fc
  .tuple(
    mostly('application/json', ...CONTENT_TYPES),
    fc.oneof({ weight: 10, arbitrary: document }, { weight: 1, arbitrary: transformed }),
  )
  .map(([contentType, body]) => ({ format: 'json', contentType, body }));
