/** Patterns nobody wrote with values made to match them: each piece brings the text that it takes. */
import fc from 'fast-check';

export interface Made {
  readonly pattern: string;
  /** Matches often, not always: anchors, look-around and the order of branches have their say. */
  readonly value: string;
}

const LETTERS = 'abkzKZ';
/** One byte of each category, and where they end. */
const BYTES = `${LETTERS}09_-. \t\n\r\0\x08\x0e\x1f\x7f\x80\xe9\xc9\xff/\\=:()"'\`<>;,%&|+$[]{}*?!#@~^`;

const escaped = (byte: string): string =>
  /[A-Za-z0-9_ ]/.test(byte) ? byte : `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** Classes, and bytes that are in them. */
const CLASSES: readonly (readonly [pattern: string, bytes: string])[] = [
  ['.', BYTES],
  ['\\s', ' \t\n\r'],
  ['\\S', 'a<\xff'],
  ['\\w', 'aZ_9'],
  ['\\W', ' <\xff\0'],
  ['\\d', '09'],
  ['\\D', 'a<\n'],
  ['[^a-z]', 'A0<\n\xff'],
  ['[<=>]', '<=>'],
  ['[a-f0-9]', 'a0f'],
  ['[\\x80-\\xff]', '\x80\xe9\xff'],
  ['[^\\x00-\\x7f]', '\x80\xff'],
  ['[(-/]', '()+-./'],
  ['[[:punct:]]', '!$_~'],
  ['[A-z]', 'AZaz[_'],
  ['["\'`]', '"\'`'],
];

const byte = fc.constantFrom(...BYTES);
const none = (pattern: string): Made => ({ pattern, value: '' });
const caseFlipped = (text: string): string =>
  text.replace(/[A-Za-z]/g, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

const quantifier = fc.constantFrom<readonly [string, number]>(
  ['*', 0],
  ['*', 3],
  ['+', 1],
  ['+', 4],
  ['?', 0],
  ['?', 1],
  ['*?', 2],
  ['+?', 1],
  ['??', 0],
  ['*+', 2],
  ['++', 1],
  ['?+', 1],
  ['{2}', 2],
  ['{0,2}', 0],
  ['{1,3}?', 2],
  ['{0}', 0],
  ['{4,}', 5],
);

const atoms = [
  byte.map((text) => ({ pattern: escaped(text), value: text })),
  fc
    .constantFrom(...CLASSES)
    .chain(([pattern, bytes]) => fc.constantFrom(...bytes).map((value) => ({ pattern, value }))),
  fc.array(fc.constantFrom(...LETTERS), { minLength: 2, maxLength: 10 }).map((letters) => ({
    pattern: letters.join(''),
    value: letters.join(''),
  })),
];
const marks = fc.constantFrom('', '^', '$', '\\A', '\\z', '\\b', '\\B', '(?m:^)', '(?m:$)').map(none);

/**
 * A quantifier that the engines take: only PCRE2 knows possessive ones, and PCRE2 10.42 itself does not find
 * `(?:x|(?=a)){0}` in the empty value.
 */
function taken(text: string, pattern: string, beyond: boolean): string {
  if (text === '{0}' && /\(\?[=!]/.test(pattern)) return '?';
  return !beyond && text.length === 2 && text.endsWith('+') ? text.slice(0, 1) : text;
}

/** What all three engines take; with `beyond`, also what PCRE2 alone takes. */
export const madePatterns = (beyond: boolean): fc.Arbitrary<Made> =>
  fc.letrec<{ whole: Made; piece: Made }>((tie) => {
    const wrapped = (open: string): fc.Arbitrary<Made> =>
      tie('whole').map(({ pattern, value }) => ({ pattern: `${open}${pattern})`, value }));
    const nested = [
      wrapped('('),
      wrapped('(?:'),
      wrapped('(?i:').map(({ pattern, value }) => ({ pattern, value: caseFlipped(value) })),
      fc.tuple(tie('whole'), quantifier).map(([{ pattern, value }, [text, rounds]]) => ({
        pattern: `(?:${pattern})${taken(text, pattern, beyond)}`,
        value: value.repeat(rounds),
      })),
      ...(beyond
        ? [
            // PCRE2 10.42 goes back into (?>a*|a) and so finds (?>a*|a)a in aaa.
            tie('whole').map(({ pattern, value }) => ({
              pattern: `${pattern.includes('|') ? '(?:' : '(?>'}${pattern})`,
              value,
            })),
            wrapped('(?=').map(({ pattern, value }) => ({ pattern: `${pattern}.*`, value })),
            wrapped('(?!').map(({ pattern }) => none(pattern)),
            byte.map((text) => ({ pattern: `(?<=${escaped(text)})`, value: '' })),
            byte.map((text) => none(`(?<!${escaped(text)})`)),
            fc.constant(none('\\1')),
            fc.constant(none('\\K')),
          ]
        : []),
    ];
    return {
      piece: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        ...atoms.map((arbitrary) => ({ weight: 3, arbitrary })),
        { weight: 2, arbitrary: marks },
        ...nested.map((arbitrary) => ({ weight: 2, arbitrary })),
      ),
      whole: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.array(tie('piece'), { maxLength: 4 }).map((pieces) => ({
          pattern: pieces.map(({ pattern }) => pattern).join(''),
          value: pieces.map(({ value }) => value).join(''),
        })),
        fc.tuple(fc.array(tie('piece'), { minLength: 2, maxLength: 3 }), fc.nat()).map(([branches, at]) => ({
          pattern: branches.map(({ pattern }) => pattern).join('|'),
          value: branches[at % branches.length]?.value ?? '',
        })),
      ),
    };
  }).whole;

/** A value with what may stand around it. */
export const around = (value: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('', '', 'a', ' ', '\n', '<', '_', '\xe9'),
      fc.constantFrom('', '', 'a', ' ', '\n', '>', '0', '\xff'),
      fc.constantFrom('', 'flip', 'cut', 'double'),
    )
    .map(([before, after, change]) => {
      if (change === 'flip') return before + caseFlipped(value) + after;
      if (change === 'cut') return before + value.slice(0, -1) + after;
      return before + value + (change === 'double' ? value : '') + after;
    });
