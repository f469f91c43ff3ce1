/** The parser of patterns: what it makes of PCRE's syntax, what it refuses and where. */
import { describe, expect, it } from 'vitest';
import { LANGUAGE_LIMITS } from '../src/limits.ts';
import { ByteSet } from '../src/patterns/byte-set.ts';
import { classifyPattern } from '../src/patterns/classify.ts';
import { parsePattern } from '../src/patterns/parse.ts';
import { childrenOf, type PatternNode } from '../src/patterns/tree.ts';
import { refusal } from './patterns-helpers.ts';

const root = (pattern: string): PatternNode => parsePattern(pattern).root;

/** The pattern as it is printed for PCRE2, without the flags in front. */
const printed = (pattern: string): string => classifyPattern(pattern).engines.pcre2.replace(/^\(\?i?s\)/, '');

/** The bytes that a pattern of one byte takes. */
const bytesOf = (pattern: string): ByteSet => {
  const node = root(pattern);
  if (node.kind === 'set') return node.set;
  if (node.kind !== 'byte') throw new TypeError(`${pattern} takes more than one byte`);
  const set = ByteSet.ofRanges([node.byte, node.byte]);
  return node.caseless ? set.foldAscii() : set;
};

const bytes = (...texts: readonly string[]): ByteSet => ByteSet.of(texts.join(''));

describe('the tree', () => {
  it('keeps where each node stands in the pattern', () => {
    const pattern = 'a(b|[c-e]+)\\x41$';
    const texts: string[] = [];
    const visit = (node: PatternNode): void => {
      texts.push(pattern.slice(node.start, node.end));
      childrenOf(node).forEach(visit);
    };
    visit(root(pattern));
    expect(texts).toEqual([pattern, 'a', '(b|[c-e]+)', 'b|[c-e]+', 'b', '[c-e]+', '[c-e]', '\\x41', '$']);
  });

  it('numbers and names capturing groups, and drops the others', () => {
    const tree = parsePattern("(a)(?:b)(?<n>c)(?P<m>d)(?'o'e)(?>f)(?n:(g))");
    expect(tree.captures).toBe(4);
    expect([...tree.names]).toEqual([
      ['n', 2],
      ['m', 3],
      ['o', 4],
    ]);
  });

  it('resolves flags where they stand, and forgets them at the end of their group', () => {
    expect(printed('a(?i)b(?-i)c')).toBe('a(?i:b)c');
    expect(printed('(?i:a)b')).toBe('(?i:a)b');
    expect(printed('(?:a(?i)b|c)d')).toBe('(?:a(?i:b)|(?i:c))d');
    expect(printed('(?s).(?-s).')).toBe('.[^\\x0a]');
    expect(printed('(?^s).(?^).')).toBe('.[^\\x0a]');
    expect(printed('(?U)a+b+?')).toBe('a+?b+');
    expect(printed('(?x) a b # c\n d')).toBe('abd');
    expect(printed('(?xx)[a b]')).toBe('[ab]');
    expect(printed('(?xx)(?-xx)[a b](?xx)(?x)[a b]')).toBe('[ ab][ ab]');
    expect(printed('(?m)^a$')).toBe('(?m:^)a(?m:$)');
  });

  it('gives a letter that folds in one way only', () => {
    expect(root('(?i)A')).toMatchObject({ kind: 'byte', byte: 0x61, caseless: true });
    expect(root('[Aa]')).toMatchObject({ kind: 'byte', byte: 0x61, caseless: true });
    expect(root('(?i)[a]')).toMatchObject({ kind: 'byte', byte: 0x61, caseless: true });
    expect(root('(?i)\\xe9')).toMatchObject({ kind: 'byte', byte: 0xe9, caseless: false });
    expect(root('(?i)1')).toMatchObject({ kind: 'byte', byte: 0x31, caseless: false });
  });
});

describe('bytes and classes', () => {
  it.each([
    ['\\s', bytes(' \t\n\v\f\r')],
    ['\\h', bytes(' \t\xa0')],
    ['\\v', bytes('\n\v\f\r\x85')],
    ['\\d', bytes('0123456789')],
    ['\\N', bytes('\n').complement()],
    ['\\W', bytes('_0123456789', 'abcdefghijklmnopqrstuvwxyz').foldAscii().complement()],
    ['.', ByteSet.ALL],
    ['[^\\s\\S]', ByteSet.NONE],
    ['[]a]', bytes(']a')],
    ['[^]a]', bytes(']a').complement()],
    ['[a-]', bytes('a-')],
    ['[-a]', bytes('-a')],
    ['[a-c-e]', bytes('abc-e')],
    ['[\\w-]', bytesOf('[-\\w]')],
    ['[\\]\\-\\\\^]', bytes(']-\\^')],
    ['[\\x41\\x{42}\\103\\b\\8]', bytes('ABC\b8')],
    ['[\\Q^-]\\E]', bytes('^-]')],
    ['[a-\\Qc\\E]', bytes('abc')],
    ['[[:alpha:]_]', bytes('abcdefghijklmnopqrstuvwxyz').foldAscii().union(bytes('_'))],
    ['[[:^space:]]', bytes(' \t\n\v\f\r').complement()],
    ['(?i)[[:upper:]]', bytes('abcdefghijklmnopqrstuvwxyz').foldAscii()],
    ['[[:x]', bytes('[:x')],
    ['(?i)[^k]', bytes('kK').complement()],
    ['(?i)[X-c]', bytes('XYZ[\\]^_`abc', 'xyzABC')],
    ['(?i)[\\xe0-\\xe9]', ByteSet.ofRanges([0xe0, 0xe9])],
    ['\\x', bytes('\0')],
    ['\\o{101}', bytes('A')],
    ['\\cA', bytes('\x01')],
    ['\\c\\', bytes('\x1c')],
    ['\\/', bytes('/')],
    ['\\_', bytes('_')],
    ['\\e', bytes('\x1b')],
    ['\xe9', bytes('\xe9')],
    ['\\\xe9', bytes('\xe9')],
  ])('%j are the bytes expected', (pattern, expected) => {
    expect(bytesOf(pattern).ranges()).toEqual(expected.ranges());
  });
});

describe('braces and digits', () => {
  it.each(['{', '{a', '{,5}', '{1', '{1,', '{}', '{1, 2}', '{-1}'])(
    'takes %j behind an item literally',
    (text) => {
      expect(printed(`a${text}`)).toBe(`a${text.replace('{', '\\{').replace('}', '\\}')}`);
    },
  );

  it.each([
    ['a{2}', 'a{2}'],
    ['a{2,}?', 'a{2,}?'],
    ['a{0,1}', 'a?'],
    ['a(?#x)*(?#y)?', 'a*?'],
    ['a{2,3}\\E?', 'a{2,3}?'],
    ['\\Qa+\\E+', 'a\\++'],
    ['\\101\\018', 'A\\x018'],
    ['\\07', '\\x07'],
  ])('reads %j as %j', (pattern, expected) => expect(printed(pattern)).toBe(expected));

  it('tells references from octal numbers by the groups to the left', () => {
    expect(root('(a)\\1')).toMatchObject({ items: [{}, { kind: 'backreference', group: 1 }] });
    expect(root('\\11')).toMatchObject({ kind: 'byte', byte: 9 });
    expect(root(`${'()'.repeat(11)}\\11`)).toMatchObject({ kind: 'concat' });
    expect(classifyPattern(`${'()'.repeat(11)}\\11`).engines.re2).toBeNull();
    for (const reference of ['\\g1', '\\g{1}', '\\g{-1}', '\\k<n>', "\\k'n'", '\\k{n}', '\\g{n}', '(?P=n)']) {
      expect(root(`(?<n>a)${reference}`)).toMatchObject({ items: [{}, { kind: 'backreference', group: 1 }] });
    }
    expect(root('\\k<n>(?<n>a)')).toMatchObject({ items: [{ kind: 'backreference', group: 1 }, {}] });
  });
});

describe('refusals', () => {
  it.each([
    ['a(b', 1],
    ['ab)', 2],
    ['a[b', 1],
    ['a**', 2],
    ['*a', 0],
    ['a|+', 2],
    ['(?i)*', 4],
    ['^*', 1],
    ['a{2}{3}', 4],
    ['a{3,2}', 1],
    ['a{65536}', 2],
    ['[z-a]', 3],
    ['[a-\\d]', 5],
    ['x\\', 1],
    ['\\y', 0],
    ['a\\x{100}', 1],
    ['\\x{zz}', 3],
    ['[[:foo:]]', 1],
    ['[:alpha:]', 0],
    ['\\2(a)', 0],
    ['a\\81', 1],
    ['\\k<x>', 3],
    ['(?<n>a)(?<n>b)', 7],
    ['(?<1>a)', 3],
    ['(?#a', 0],
    ['(?i', 0],
    ['(?z)', 2],
    ['(?=\\K)', 3],
  ])('shows what is wrong with %j at offset %i', (pattern, offset) => {
    const error = refusal(() => parsePattern(pattern));
    expect(error?.code).toBe('PATTERN_SYNTAX');
    expect(error?.details.offset).toBe(offset);
    const [problem, line = '', caret = ''] = error?.rawMessage.split('\n') ?? [];
    expect(problem).toBe(`${error?.details.problem} at offset ${offset}`);
    expect(line).toBe(`  ${pattern}`);
    expect(caret).toBe(`${' '.repeat(2 + offset)}^`);
  });

  it.each([
    '(?R)',
    '(?1)',
    '(?-1)(a)',
    '(?&n)',
    '(?P>n)',
    '\\g<1>',
    '(?|a|b)',
    '(?(1)a|b)',
    '(?C1)',
    '(*SKIP)',
    '(*UTF)a',
    '\\p{L}',
    '\\X',
    '\\C',
    '(?J)a',
    '(?*a)',
    '[[:<:]]',
    '[[.a.]]',
    '(?<=a*)b',
    '(?<=a(b|cd))e',
  ])('says of %j that it is not supported', (pattern) => {
    expect(refusal(() => parsePattern(pattern))?.code).toBe('PATTERN_UNSUPPORTED');
  });

  it('shows the neighbourhood of a place in a long pattern, without bytes that a terminal acts upon', () => {
    const error = refusal(() => parsePattern(`${'\x1b'.repeat(100)}(${'b'.repeat(100)}`));
    const lines = error?.rawMessage.split('\n') ?? [];
    expect(lines[1]).toBe(`  ...${'.'.repeat(30)}(${'b'.repeat(29)}...`);
    expect(lines[2]?.indexOf('^')).toBe(lines[1]?.indexOf('('));
  });

  it('holds patterns to their limits, to the byte and to the group', () => {
    const { patternBytesMax, patternDepthMax } = LANGUAGE_LIMITS;
    const nested = (depth: number): string => '('.repeat(depth) + ')'.repeat(depth);
    parsePattern('a'.repeat(patternBytesMax));
    parsePattern(nested(patternDepthMax));
    for (const pattern of [
      'a'.repeat(patternBytesMax + 1),
      nested(patternDepthMax + 1),
      '('.repeat(60_000),
    ]) {
      expect(refusal(() => parsePattern(pattern))?.code).toBe('PATTERN_UNSUPPORTED');
    }
  });

  it.each([
    '[:',
    '[.[=[:',
    '[[:^',
    '(?#',
    '\\Q',
    '(?x)#',
    'a{1',
    '|',
    '[',
    '\\1',
    '(?:a|',
    '{',
    '(?<n',
    '[a-z]?',
  ])('comes to an end on a pattern full of %j', (unit) => {
    const pattern = unit.repeat(LANGUAGE_LIMITS.patternBytesMax / unit.length);
    const error = refusal(() => classifyPattern(pattern));
    expect([undefined, 'PATTERN_SYNTAX', 'PATTERN_UNSUPPORTED']).toContain(error?.code);
  });
});
