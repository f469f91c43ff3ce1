/** Forms that arguments of directives and actions take. */
import { asciiLower } from '../bytes.ts';

export interface ValueForm {
  /** Completes "expected …". */
  readonly expected: string;
  /** The value as the reference manual spells it, or null where it does not have this form. */
  canonical(value: string): string | null;
}

/** One of these words, in any case; the value comes in the spelling given here. */
export function choice(...words: readonly string[]): ValueForm {
  const byLower = new Map(words.map((word) => [asciiLower(word), word]));
  return { expected: words.join(' or '), canonical: (value) => byLower.get(asciiLower(value)) ?? null };
}

export const ON_OFF: ValueForm = choice('On', 'Off');

/** A whole decimal number within bounds, both included. */
export function integer(min: number, max: number): ValueForm {
  return {
    expected:
      max === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${min}`
        : `a whole number from ${min} to ${max}`,
    canonical: (value) => {
      if (!/^\d{1,16}$/.test(value)) return null;
      return Number(value) >= min && Number(value) <= max ? value : null;
    },
  };
}

export const nonEmpty: ValueForm = {
  expected: 'some text',
  canonical: (value) => (value === '' ? null : value),
};

export const anyText: ValueForm = { expected: 'some text', canonical: (value) => value };

/** A file mode in octal, or `default`. */
export const fileMode: ValueForm = {
  expected: 'an octal file mode or default',
  canonical: (value) => (/^0?[0-7]{3,4}$/.test(value) || asciiLower(value) === 'default' ? value : null),
};

/** What the form makes of a value; `expected …, not …` where it has another form. */
export const pattern = (expression: RegExp, expected: string): ValueForm => ({
  expected,
  canonical: (value) => (expression.test(value) ? value : null),
});
