/** Forms that servers read in different ways. */
import fc from 'fast-check';
import type { HostileBody } from '../reader.ts';
import { edited, mostly, oneOf, sequence, several } from './pick.ts';

const CONTENT_TYPES = [
  'Application/X-WWW-Form-Urlencoded',
  'application/x-www-form-urlencoded ',
  ' application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded;',
  'application/x-www-form-urlencoded; charset=utf-8',
  'application/x-www-form-urlencoded; charset=iso-8859-1',
  'application/x-www-form-urlencoded; charset=utf-16',
  'application/x-www-form-urlencoded; charset=utf-16le',
  'application/x-www-form-urlencoded; charset="utf-16be"',
  'application/x-www-form-urlencoded; charset=utf-32',
  'application/x-www-form-urlencoded; charset=utf-7',
  'application/x-www-form-urlencoded; charset=utf7',
  'application/x-www-form-urlencoded; charset=unicode-1-1-utf-7',
  'application/x-www-form-urlencoded; charset=ibm037',
  'application/x-www-form-urlencoded; charset=cp037',
  'application/x-www-form-urlencoded; charset=cp500',
  'application/x-www-form-urlencoded; charset=cp1026',
  'application/x-www-form-urlencoded; charset=shift_jis',
  'application/x-www-form-urlencoded; charset=gbk',
  'application/x-www-form-urlencoded; charset=big5',
  'application/x-www-form-urlencoded; charset=iso-2022-jp',
  'application/x-www-form-urlencoded; charset=hz',
  'application/x-www-form-urlencoded; charset=punycode',
  'application/x-www-form-urlencoded; charset=unicode_escape',
  'application/x-www-form-urlencoded; charset=raw_unicode_escape',
  'application/x-www-form-urlencoded; charset=idna',
  'application/x-www-form-urlencoded; charset=base64',
  'application/x-www-form-urlencoded; charset=utf-8-sig',
  'application/x-www-form-urlencoded; x=y; charset = utf-7',
  "application/x-www-form-urlencoded; charset*=us-ascii''utf-7",
  'application/x-www-form-urlencoded, text/plain',
  'application/x-www-form-urlencoded\t; charset=utf-8',
  'application/x-www-form-urlencoded-x',
];

const token = several(
  fc.oneof(
    { weight: 20, arbitrary: oneOf('a', 'b', 'c', '1', 'v1') },
    {
      weight: 4,
      arbitrary: oneOf(
        '%61',
        '%2526',
        '%26',
        '%3d',
        '%3B',
        '+',
        '%20',
        '%2B',
        '%',
        '%4',
        '%zz',
        '%u0061',
        '%U0061',
        '%00',
        '\0',
        '%c0%a7',
        '%e9',
        '\xe9',
        '\xc3\xa9',
        '[',
        ']',
        '[]',
        '.',
        ';',
        '"',
        '%0d%0a',
        '\r\n',
        ' ',
        '\t',
        '#',
        '?',
        '%C3',
        '+ADw-',
        '&amp;',
        '%%61',
        '\\u0061',
        '~{',
        '\x81',
      ),
    },
  ),
  3,
);

const pair = sequence(token, mostly('=', '', '==', ':', '%3d', '\0='), token);

const plain = edited(
  sequence(
    mostly('', '\xef\xbb\xbf', '&', '?', '\r\n', ' '),
    pair,
    several(sequence(mostly('&', '&&', ';', '&amp;', '%26', '\n', ','), pair), 4),
    mostly('', '&', '\r\n', '=', '\0', ';'),
  ),
  '&',
  '=',
  ';',
  '+',
  '%',
  '\0',
  '\xff',
  '%26',
  '\r\n',
);

const wide = (text: string, little: boolean): string =>
  [...text].map((byte) => (little ? `${byte}\0` : `\0${byte}`)).join('');

const body = fc.oneof(
  { weight: 12, arbitrary: plain },
  { weight: 1, arbitrary: plain.map((text) => wide(text, true)) },
  { weight: 1, arbitrary: plain.map((text) => `\xff\xfe${wide(text, true)}`) },
  { weight: 1, arbitrary: plain.map((text) => `\xfe\xff${wide(text, false)}`) },
);

export const urlencodedBodies: fc.Arbitrary<HostileBody> = fc
  .tuple(mostly('application/x-www-form-urlencoded', ...CONTENT_TYPES), body)
  .map(([contentType, text]) => ({ format: 'urlencoded', contentType, body: text }));
