/** Seeds that make each transformation work: its escapes, whole, nested and broken off. */
import { repeating, type Seed } from './seed.ts';

/** Something for each decoder: behind a text it makes every pipeline give a text of its own, to be scanned on its own. */
export const EVERY_ESCAPE =
  '%2541%u0041+ &#x41;&amp; \\x41\\u0041\\101 /**/ /* x */ -- # <!-- --> ^ \' " , ; \\ 0x41 /a/../b//c/./d\\..\\e ' +
  '\xc3\xa9\xef\xbc\x9c AbC\t\n\r\0  (/';

const PAIRS: readonly (readonly [name: string, pump: string])[] = [
  ['percent signs', '%'],
  ['percent signs, escaped again and again', '%252525'],
  ['%41', '%41'],
  ['%u0041', '%u0041'],
  ['%u004', '%u004'],
  ['plus signs', '+'],
  ['&#', '&#'],
  ['&#x41;', '&#x41;'],
  ['&#0000', '&#00000000000000'],
  ['&ampamp', '&ampamp;'],
  ['\\x41', '\\x41'],
  ['\\u0041', '\\u0041'],
  ['\\101', '\\101'],
  ['backslashes', '\\'],
  ['\\00004', '\\00004 '],
  ['/*', '/*'],
  ['/**/', '/**/'],
  ['*/', '*/'],
  ['<!--', '<!--'],
  ['-->', '-->'],
  ['../', '../'],
  ['a/../', 'a/../'],
  ['./', './'],
  ['slashes', '/'],
  ['backslash dots', '..\\'],
  ['0x41', '0x41'],
  ['base64', 'QUJDREVGR0hJSktMTU5PUA'],
  [
    'base64 of base64',
    Buffer.from(Buffer.from('<script>alert(1)</script>').toString('base64')).toString('base64'),
  ],
  ['UTF-8', '\xc3\xa9\xe2\x82\xac'],
  ['UTF-8 leads', '\xf0'],
  ['overlong', '\xc0\xaf'],
  ['full-width', '\xef\xbc\x9c\xef\xbc\x9e'],
  ['NUL', '\0'],
  ['blanks', ' \t\n\r'],
  ['carets and quotes', '^"\''],
  ['quotes', "'"],
  ['blank slashes', ' /'],
  ['capitals', 'ABCDEFGHIJ'],
  ['commas', ',;'],
  ['every escape once', '%41&#x41;\\x41\\u0041/**/ \'"%u0041+0x41../\xc3\xa9'],
];

export const decoderSeeds: readonly Seed[] = [
  ...PAIRS.map(([name, pump]) => repeating(name, pump)),
  { name: 'nested comments never closed', prefix: '/*', pump: '/*<!--', suffix: '' },
  { name: 'one long entity', prefix: '&#x', pump: '0', suffix: '41;' },
  { name: 'parents of one long segment', prefix: 'a'.repeat(64), pump: '/..', suffix: '' },
];
