/** Vectors of t:urlDecodeUni. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "urlDecodeUni": as urlDecode',
      cases: [
        ['', ''],
        ['u', 'u'],
        ['plain', 'plain'],
        ['a+b%20c', 'a b c'],
        ['%3Cscript%3e', '<script>'],
        ['%00%ff%FF', '\x00\xff\xff'],
        ['%2541', '%41'],
        ['%25u0041', '%u0041'],
        ['%%u0041', '%A'],
      ],
    },
    {
      source:
        'reference manual, "urlDecodeUni": Microsoft %uHHHH; code page 20127 (US-ASCII) without a map of its own',
      cases: [
        ['%u003cscript%U003E', '<script>'],
        ['%u0000', '\x00'],
        ['%u007f', '\x7f'],
        ['%u0080', '\x80'],
        ['%u00e9', 'e'],
        ['%u2019%u02b9%u2032', "'''"],
        ['%u201c%u201d', '""'],
        ['%u2039%u203A', '<>'],
        ['%u0131%u017e%u2122%u00a0', 'izT '],
        ['%uFEFF', '\xff'],
        ['%u1234', '\x34'],
        ['%ud83d%ude00', '\x3d\x00'],
        ['%uffff', '\xff'],
        ['%u0041'.repeat(40_000), 'A'.repeat(40_000)],
      ],
    },
    {
      source:
        'ModSecurity 2: full-width forms U+FF01 to U+FF5E are their ASCII characters (Unicode 15, §18.5)',
      cases: [
        ['%uff1cscript%uFF1E', '<script>'],
        ['%uff01%uff5e', '!~'],
        ['%uff07%uff02', '\'"'],
        ['%uff00', '\x00'],
        ['%uff5f', '\x5f'],
        ['%uff0f%uff0e', '/.'],
      ],
    },
    {
      source: 'reference manual: an encoding that is invalid is left as it is',
      cases: [
        ['%', '%'],
        ['%u', '%u'],
        ['%u1', '%u1'],
        ['%u12', '%u12'],
        ['%u123', '%u123'],
        ['%u123g', '%u123g'],
        ['%ug123', '%ug123'],
        ['%u 041', '%u 041'],
        ['%u+041', '%u 041'],
        ['%u-041', '%u-041'],
        ['%u00%41', '%u00A'],
        ['%uu0041', '%uu0041'],
        ['%u%u0041', '%uA'],
        ['%4', '%4'],
        ['%g4', '%g4'],
        ['a%', 'a%'],
        ['%u00\x0041', '%u00\x0041'],
      ],
    },
  ],
};
