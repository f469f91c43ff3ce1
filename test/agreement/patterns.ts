/** Regular expressions of every construct that rules use: what RE2 takes, and what only PCRE2 does. */
import type { Random } from './random.ts';

const LITERALS = [
  'evil',
  'vil',
  'a',
  'x=1',
  'union',
  'select',
  '<script',
  '\\.\\./',
  'etc',
  'or',
  '\\x00',
  '\\xff',
  '\\/\\*',
  '12',
  '%',
  '=',
  "'",
  ';',
  ' ',
  '\\$\\{',
] as const;

const CLASSES = [
  '[a-z]',
  '[^a-z]',
  '[A-Z0-9_]',
  '[\\s\\x0b]',
  '[^\\n]',
  '["\']',
  '[[:alpha:]]',
  '[\\w.-]',
  '[\\x80-\\xff]',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '.',
  '\\v',
  '\\h',
  '\\b',
  '\\B',
] as const;

const QUANTIFIERS = ['*', '+', '?', '{2}', '{1,3}', '{0,2}', '*?', '+?', '??', '{2,}'] as const;

/** Found often: what rules do after a match is compared, too. */
const FOUND = [
  'evil',
  '(?i)evil',
  '(e)(vil)?',
  'a',
  '.',
  '^$',
  '\\d+',
  '(?i)(union|script|etc)',
  '[^a-z]',
  '^a',
  '(\\w+)\\W*(\\w*)',
] as const;

export function anyPattern(random: Random): string {
  if (random.oneIn(3)) return random.pick(FOUND);
  const flags = random.oneIn(4) ? random.pick(['(?i)', '(?s)', '(?i)(?s)', '(?m)', '(?is)']) : '';
  const body = alternation(random, 2);
  // Look-around, back-references and possessive parts leave RE2 for PCRE2.
  const exotic = random.oneIn(12)
    ? random.pick(['(?=[a-z])', '(?!evil)', '(?<!a)', '(?<=e)', '(a|e)[a-z]*\\1', 'e++', '(?>vi|v)'])
    : '';
  const start = random.oneIn(6) ? random.pick(['^', '\\A', '\\b', '^\\s*']) : '';
  const end = random.oneIn(6) ? random.pick(['$', '\\z', '\\b', '\\s*$']) : '';
  return `${flags}${start}${exotic}${body}${end}`;
}

function alternation(random: Random, depth: number): string {
  return random.many(1, random.oneIn(3) ? 3 : 1, () => sequence(random, depth)).join('|');
}

function sequence(random: Random, depth: number): string {
  return random.many(1, 3, () => term(random, depth)).join('');
}

function term(random: Random, depth: number): string {
  const kind = random.below(depth > 0 ? 6 : 4);
  if (kind < 2) return random.pick(LITERALS);
  if (kind < 4) {
    const set = random.pick(CLASSES);
    const quantifiable = set !== '\\b' && set !== '\\B' && random.oneIn(2);
    return quantifiable ? set + random.pick(QUANTIFIERS) : set;
  }
  const open = random.pick(['(', '(?:', '(?i:', '(']);
  return `${open}${alternation(random, depth - 1)})${random.oneIn(2) ? random.pick(QUANTIFIERS) : ''}`;
}
