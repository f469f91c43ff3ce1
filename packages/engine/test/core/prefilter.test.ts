/** The prefilter may report too much, never too little: whatever an operator matches in a value, the scan reports. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleUnit } from '../../src/index.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { createEnvironment } from '../../src/link/environment.ts';
import { findOperator } from '../../src/operators/registry.ts';
import { scannableOperators } from '../../src/prefilter/prefilter.ts';
import { engine } from './support.ts';

const environment = createEnvironment(DEFAULT_LIMITS);

const PATTERNS = [
  'a',
  '^a',
  'a$',
  '^a$',
  '^$',
  '.',
  '^',
  '$',
  '(?i)k',
  '\\s',
  '[^a-z]',
  'a|b|',
  '(?:ab)+c?',
  '\\x{e9}',
  '\\xff',
  '\\bfoo\\b',
  'a.c',
  '\\d{2,4}',
  '(?i)\\xe9',
  '[\\x80-\\xff]',
  '\\x00',
  'a*',
  '\\w+@\\w+',
  '(?i)UNION.{1,9}select',
  '\\Aa',
  'a\\z',
  '[[:alpha:]]{3}',
  '(a)\\1',
  '(?=a)a',
  'a{0}',
];
const WORDS = ['evil', 'a b', '../', 'k', '\\xff', 'union,select', '%00', '|41|'];

function unitOf(rules: readonly string[]): RuleUnit {
  return engine.loadRules([
    {
      path: 'p.conf',
      text: rules
        .map((operator, index) => `SecRule ARGS "${operator}" "id:${index + 1},phase:1,pass"`)
        .join('\n'),
    },
  ]);
}

/** For each value: the operators that match it and were not reported. */
function missed(unit: RuleUnit, values: readonly string[]): readonly string[] {
  const reported = new Set<string>();
  unit.prefilter.scan(values, (value, slot) => reported.add(`${value} ${slot}`));
  const found: string[] = [];
  for (const [key, { name, text, lines, hasMacros }] of scannableOperators(unit.program, 4)) {
    const slot = unit.prefilter.slots.get(key);
    const instance = findOperator(name)?.create({ text, lines, hasMacros }, environment);
    if (slot === undefined || instance === undefined) continue;
    for (const [index, value] of values.entries()) {
      if (instance.match(value, text) !== null && !reported.has(`${index} ${slot}`)) {
        found.push(`${key} in ${JSON.stringify(value)}`);
      }
    }
  }
  return found;
}

const byte = fc.oneof(
  fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  fc.constantFrom(...'abcABCkK019 \n\r\0.,/\xe9\xc9\xff'),
);
const value = fc.oneof(
  fc.string({ unit: byte, maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        'evil',
        'EVIL',
        'a',
        'b',
        'foo',
        'UNION',
        'select',
        '../',
        ' ',
        '\n',
        '@x',
        '\xe9',
        '\xc9',
        'A\n',
        '12',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(fc.integer({ min: 0, max: 200 }), fc.constantFrom('evil', 'foo', 'a', '\xff'))
    .map(([length, tail]) => '_'.repeat(length) + tail),
);

describe('the prefilter', () => {
  const unit = unitOf([...PATTERNS.map((pattern) => `@rx ${pattern}`), `@pm ${WORDS.join(' ')}`, '@pm a']);

  it('has a slot for what Hyperscan takes, and none for the rest', () => {
    const keys = [...unit.prefilter.slots.keys()];
    expect(keys).toContain('rx ^a$');
    expect(keys.some((key) => key.startsWith('pm '))).toBe(true);
    expect(keys).not.toContain('rx (a)\\1');
    expect(keys.length).toBeGreaterThan(PATTERNS.length - 6);
  });

  it('reports whatever an operator matches, the empty value included', () => {
    expect(missed(unit, ['', 'a', 'a\n', '\n', '\0', 'K', '\u00ff'])).toEqual([]);
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
        expect(missed(unit, values)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('reports whatever the number of values and their size', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `${'x'.repeat(index % 97)}evil${index}a`);
    expect(missed(unit, many)).toEqual([]);
    expect(missed(unit, ['x'.repeat(300_000), `${'x'.repeat(300_000)}evil`])).toEqual([]);
  });

  it('knows patterns that can never match values of few different bytes, as no word ends between two letters', () => {
    const few = unitOf(['a\\b-?`?b', '(?:x`|x\\b)y', '\\B`?a\\b[`<]*b'].map((pattern) => `@rx ${pattern}`));
    expect(few.prefilter.slots.size).toBe(3);
    expect(missed(few, ['ab', 'a-b', 'a`b', 'xy', 'x`y', 'ca`b', 'a'])).toEqual([]);
  });

  it('keeps batches apart: nothing of an earlier one is reported in a later', () => {
    const slots: number[] = [];
    unit.prefilter.scan(['evil foo a'], () => undefined);
    unit.prefilter.scan(['_'], (_, slot) => slots.push(slot));
    const fresh = new Set<number>();
    unitOf([
      ...PATTERNS.map((pattern) => `@rx ${pattern}`),
      `@pm ${WORDS.join(' ')}`,
      '@pm a',
    ]).prefilter.scan(['_'], (_, slot) => fresh.add(slot));
    expect(new Set(slots)).toEqual(fresh);
  });
});
