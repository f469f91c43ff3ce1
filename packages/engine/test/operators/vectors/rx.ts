/** Vectors of @rx. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "rx": found anywhere, case-sensitive, groups 0 to 9 captured',
      cases: [
        ['a', 'xay', ['a']],
        ['a', 'b', false],
        ['a', 'A', false],
        ['(?i)a', 'A', ['A']],
        ['', '', ['']],
        ['', 'a', ['']],
        ['^$', '', ['']],
        ['^$', 'a', false],
        ['(a)(b)?(c)', 'xacx', ['ac', 'a', undefined, 'c']],
        ['(a)|(b)', 'b', ['b', undefined, 'b']],
        ['(a*)', 'b', ['', '']],
        ['(1)(2)(3)(4)(5)(6)(7)(8)(9)(a)', '123456789a', ['123456789a', ...'123456789']],
        ['a+', `${'b'.repeat(70_000)}aa`, ['aa']],
        ['a|ab', 'ab', ['a']],
        ['a+?', 'aa', ['a']],
      ],
    },
    {
      source: 'seclang.md §5 trap 28, ModSecurity 2: PCRE_DOTALL and PCRE_DOLLAR_ENDONLY, not multi-line',
      cases: [
        ['a.b', 'a\nb', ['a\nb']],
        ['a$', 'a\n', false],
        ['a$', 'a', ['a']],
        ['^b', 'a\nb', false],
        ['(?m)^b', 'a\nb', ['b']],
        ['a\\z', 'a\n', false],
      ],
    },
    {
      source: 'seclang.md §4: patterns are of bytes; classes are ASCII',
      cases: [
        ['\\xe9', '\xe9', ['\xe9']],
        ['(?i)\\xe9', '\xc9', false],
        ['\\x{e9}', '\xe9', ['\xe9']],
        ['\\x00', 'a\x00', ['\x00']],
        ['b$', 'a\x00b', ['b']],
        ['\\xac\\xed\\x00\\x05', 'x\xac\xed\x00\x05', ['\xac\xed\x00\x05']],
        ['^.$', '\xc3\xa9', false],
        ['\\s', '\xa0', false],
        ['\\s', '\x0b', ['\x0b']],
        ['\\w', '\xe9', false],
        ['\\bb', '\xe9b', ['b']],
        ['[^a]', '\xff', ['\xff']],
        ['[\\x80-\\xff]', '\x80', ['\x80']],
      ],
    },
    {
      source: 'PCRE2 (pcre2pattern): look-around and back-references',
      cases: [
        ['(a)\\1', 'aa', ['aa', 'a']],
        ['(a)\\1', 'ab', false],
        ['(?<!x)a', 'xa', false],
        ['(?<!x)a', 'ya', ['a']],
        ['a(?=b)', 'ab', ['a']],
        ['a(?!b)', 'ab', false],
        ['(?>a+)b', 'aab', ['aab']],
        ['a++a', 'aaa', false],
      ],
    },
  ],
  refused: ['(', ')', '[', 'a{2,1}', '*', '\\', '(?<n'],
};
