/** Seeds of an operator, whatever it is: patterns, word lists, comparisons. */
import { parseWords } from '../../packages/engine/src/operators/pm.ts';
import { parsePattern } from '../../packages/engine/src/patterns/parse.ts';
import type {
  CompiledLink,
  CompiledOperator,
  CompiledRule,
} from '../../packages/engine/src/rule-set/program.ts';
import { patternSeeds } from './near-misses.ts';
import { sampleOf } from './samples.ts';
import { repeating, type Seed } from './seed.ts';

const WORDS_BYTES_MAX = 8_000;

export function operatorSeeds(operator: CompiledOperator): readonly Seed[] {
  switch (operator.name) {
    case 'rx':
      return patternSeeds(parsePattern(operator.text).root);
    case 'pm':
    case 'pmFromFile':
      return wordSeeds(wordsOf(operator));
    case 'validateByteRange':
      return [
        repeating('every byte', Buffer.from(Array.from({ length: 256 }, (_, at) => at)).toString('latin1')),
      ];
    case 'lt':
    case 'le':
    case 'eq':
    case 'ge':
    case 'gt':
      return [repeating('digits', '9876543210')];
    default: {
      const argument = operator.hasMacros ? 'www.example.com' : operator.text;
      if (argument === '') return [];
      return [
        repeating('the argument', argument),
        repeating('the argument without its last byte', argument.slice(0, -1) || argument),
      ];
    }
  }
}

const wordsOf = ({ lines, text }: CompiledOperator): readonly string[] => lines ?? parseWords(text);

function wordSeeds(words: readonly string[]): readonly Seed[] {
  const longest = words.reduce((a, b) => (b.length > a.length ? b : a), '');
  const seeds = [
    repeating('words', words.join(' ').slice(0, WORDS_BYTES_MAX)),
    repeating(
      'words without their last byte',
      words
        .map((word) => word.slice(0, -1))
        .join(' ')
        .slice(0, WORDS_BYTES_MAX),
    ),
    repeating('the longest word without its last byte', longest.slice(0, -1)),
    repeating('one word', words[0] ?? ''),
  ];
  return seeds.filter(({ pump }) => pump !== '');
}

/** The shortest text that an operator takes, or what comes nearest. */
function matchOf(operator: CompiledOperator): string {
  if (operator.name === 'rx') return sampleOf(parsePattern(operator.text).root);
  if (operator.name.startsWith('pm')) return wordsOf(operator)[0] ?? '';
  return operator.hasMacros ? '' : operator.text;
}

const operatorsOf = (links: readonly CompiledLink[]): readonly CompiledOperator[] =>
  links.flatMap(({ operator }) => (operator === null ? [] : [operator]));

/** What the whole rule takes: a text of each of its links. */
export const matchOfRule = ({ links }: CompiledRule): string =>
  operatorsOf(links)
    .filter(({ negated }) => !negated)
    .map(matchOf)
    .join(' ');

/** Seeds of a rule: those of its head, those of each later link beside a match of the head, and all of them at once. */
export function ruleSeeds(rule: CompiledRule): readonly Seed[] {
  const [head, ...later] = operatorsOf(rule.links);
  if (head === undefined) return [];
  const before = matchOf(head);
  const chained = later.flatMap((operator, at) =>
    operatorSeeds(operator).map((seed) => ({
      ...seed,
      name: `link ${at + 1}: ${seed.name}`,
      pump: `${before} ${seed.pump}`.slice(0, WORDS_BYTES_MAX),
    })),
  );
  const whole = matchOfRule(rule);
  const all = later.length === 0 || whole === '' ? [] : [repeating('the whole chain', `${whole} `)];
  return [...operatorSeeds(head), ...chained, ...all];
}
