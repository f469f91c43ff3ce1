/** Texts that requests carry and rules look for: few, so that they meet often. */
import type { Random } from './random.ts';

export const NAMES = [
  'a',
  'b',
  'ab',
  'A',
  'id',
  'x',
  'q[]',
  'user.name',
  'json.a',
  'password',
  '',
  '0',
] as const;

/** Names that need no quoting in rules. */
export const PLAIN_NAMES = ['a', 'b', 'ab', 'A', 'id', 'x', 'password', 'json.a'] as const;

/** Of elements of XML, in documents and in paths of rules. */
export const PREFIX = 'p';
export const NAMESPACE = 'urn:p';

export const HEADER_NAMES = [
  'X',
  'x-test',
  'Referer',
  'User-Agent',
  'Accept',
  'Cookie',
  'Authorization',
  'X-Forwarded-For',
] as const;

export const WORDS = [
  'evil',
  'Evil',
  'EVIL',
  'union select',
  'a',
  '',
  'x=1',
  '../',
  '..\\..\\windows',
  '/etc/passwd',
  '<script>alert(1)</script>',
  '%41',
  "' or 1=1 --",
  "1' union select password from users #",
  '\xff\x00',
  '12',
  '-3',
  '0',
  '007',
  '4111111111111111',
  '529.982.247-25',
  '078-05-1121',
  '1237010180',
  '192.0.2.7',
  '2001:db8::1',
  '/*c*/',
  'cmd.exe /c "dir"',
  'on\nerror=\talert',
  '\xc3\xa9\xe2\x82\xac',
  '\xc0\xafetc',
  'ZXZpbA==',
  '6576696c',
  '&#101;vil',
  '\\x65vil',
  'e\\vil',
  `\${jndi:ldap://x}`,
  'aaaaaaaaaaaaaaaa',
] as const;

/** Every second word is one of these. */
const HOT = ['evil', 'Evil', 'a', '12', '../', 'union select', '<script>alert(1)</script>', 'x=1'] as const;

export const anyWord = (random: Random): string => random.pick(random.oneIn(2) ? HOT : WORDS);

export const anyName = (random: Random): string =>
  random.pick(random.oneIn(2) ? (['a', 'b', 'x'] as const) : NAMES);

/** A word, a few of them joined, bytes, or all of it. */
export function anyText(random: Random): string {
  switch (random.below(8)) {
    case 0:
      return random.bytes(12);
    case 1:
      return anyWord(random) + random.bytes(3) + anyWord(random);
    case 2:
      return random
        .many(2, 4, () => anyWord(random))
        .join(random.pick([' ', ',', ';', '&', '=', '\r\n', '\x0b']));
    case 3:
      return anyWord(random).repeat(1 + random.below(30));
    default:
      return anyWord(random);
  }
}
