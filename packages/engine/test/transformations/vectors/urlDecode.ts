/** Vectors of t:urlDecode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source:
        'reference manual, "urlDecode"; RFC 3986 §2.1; WHATWG URL, application/x-www-form-urlencoded (+)',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['+', ' '],
        ['a+b%20c', 'a b c'],
        ['%2B', '+'],
        ['%3Cscript%3e', '<script>'],
        ['%41%42%43', 'ABC'],
        ['%00', '\x00'],
        ['%00%ff%FF%fF', '\x00\xff\xff\xff'],
        ['%C3%A9', '\xc3\xa9'],
        ['\x00%41\xff', '\x00A\xff'],
        ['%7f%80', '\x7f\x80'],
        ['%41'.repeat(70_000), 'A'.repeat(70_000)],
      ],
    },
    {
      source: 'reference manual, "urlDecode": an encoding that is invalid is left as it is',
      cases: [
        ['%', '%'],
        ['%%', '%%'],
        ['%4', '%4'],
        ['%4g', '%4g'],
        ['%g4', '%g4'],
        ['% 41', '% 41'],
        ['%+1', '% 1'],
        ['%-1', '%-1'],
        ['%0x', '%0x'],
        ['a%', 'a%'],
        ['a%4', 'a%4'],
        ['%\x0041', '%\x0041'],
        ['%%41', '%A'],
        ['%4%41', '%4A'],
        ['%41%', 'A%'],
        ['%\xb141', '%\xb141'],
      ],
    },
    {
      source: 'one pass: what comes out is not decoded again',
      cases: [
        ['%2541', '%41'],
        ['%25%34%31', '%41'],
        ['%252541', '%2541'],
        ['%2b', '+'],
        ['%252b', '%2b'],
      ],
    },
    {
      source:
        'reference manual: %uHHHH belongs to "urlDecodeUni"; RFC 3629 §3: bytes are not looked at as UTF-8',
      cases: [
        ['%u0041', '%u0041'],
        ['%U0041', '%U0041'],
        ['%u%41', '%uA'],
        ['%c0%af', '\xc0\xaf'],
      ],
    },
  ],
};
