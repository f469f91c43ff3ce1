/** Vectors of @pm. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source:
        'reference manual, "pm": words between blanks, ASCII case does not count; seclang.md §5 trap 27',
      cases: [
        ['foo BAR', 'a bAr', ['bAr']],
        ['foo bar', 'FOO', ['FOO']],
        ['foo bar', 'a ba r', false],
        ['foo bar', '', false],
        ['a', 'a', ['a']],
        ['a', 'b', false],
        ['  a\t b ', 'B', ['B']],
        ['\xe9', '\xe9', ['\xe9']],
        ['\xe9', '\xc9', false],
        ['\xc3\xa0', 'x\xc3\xa0', ['\xc3\xa0']],
        ['b', 'a\x00b', ['b']],
        ['( )', 'f)', [')']],
        ['?>', 'a?>', ['?>']],
        ['a.c', 'abc', false],
        ['a\xa0b', 'a\xa0b', ['a\xa0b']],
        ['foo foo FOO', 'foo', ['foo']],
        ['aab', `${'a'.repeat(70_000)}b`, ['aab']],
      ],
    },
    {
      source:
        'ModSecurity 2: TX.0 is the word where the value first ends one; the longest of those that end there',
      cases: [
        ['b abc', 'abc', ['b']],
        ['bc abc c', 'abc', ['abc']],
        ['c bc', 'abc', ['bc']],
        ['abcd b', 'xabcd', ['b']],
        ['late early', 'early late', ['early']],
      ],
    },
    {
      source: 'reference manual, "pm" (Snort content syntax): |hh hh| are bytes',
      cases: [
        ['|41 42 63|d', 'xabcdx', ['abcd']],
        ['|414263|', 'ABC', ['ABC']],
        ['|00|', 'a\x00', ['\x00']],
        ['|fF|', '\xff', ['\xff']],
        ['a|20|b', 'A B', ['A B']],
        ['|41', 'A', false],
        ['|41', '|41', ['|41']],
        ['a|b', 'a|B', ['a|B']],
        ['||', '||', ['||']],
        ['|4|', '|4|', ['|4|']],
        ['|4g|', '|4g|', ['|4g|']],
      ],
    },
    {
      source: 'ModSecurity 2: a backslash before : ; " | and itself quotes it',
      cases: [
        ['\\;\\:\\"\\|\\\\', ';:"|\\', [';:"|\\']],
        ['\\x', '\\x', ['\\x']],
        ['a\\', 'a\\', ['a\\']],
      ],
    },
  ],
  refused: ['', ' \t', '\r\n'],
};
