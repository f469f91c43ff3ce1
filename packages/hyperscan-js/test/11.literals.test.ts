import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LITERAL_WAYS } from '../src/database.ts';
import {
  compileLiterals,
  deserialize,
  Flags,
  fromShared,
  type Literal,
  libraryVersion,
} from '../src/index.ts';
import { compileLiteralsBy, soundWay } from '../src/literals.ts';
import { codeOf, errorOf, recordsOf } from './fixtures/helpers.ts';

const literalsOf = (texts: readonly string[], flags: number = Flags.SINGLEMATCH): Literal[] =>
  texts.map((literal, id) => ({ literal, id, flags }));

/** Which literals are in a value, decided by JavaScript. */
const contained = (literals: readonly Literal[], value: string): number[] =>
  literals
    .filter(({ literal, flags }) =>
      flags & Flags.CASELESS ? lower(value).includes(lower(literal)) : value.includes(literal),
    )
    .map(({ id }) => id);

/** As Hyperscan folds bytes: ASCII only. */
const lower = (text: string): string => text.replace(/[A-Z]/g, (char) => char.toLowerCase());

const found = (literals: readonly Literal[], value: string, way: 'literal-api' | 'expressions'): number[] =>
  recordsOf(compileLiteralsBy(way, literals, {}), value)
    .map(([, id]) => id ?? -1)
    .sort((a, b) => a - b);

describe('compileLiterals', () => {
  it('takes bytes as they are, those that mean something in expressions too', () => {
    const texts = ['a.b', '\\d', '(', '\0\0', '\xff\xfe', '[x]{2}', '\n', "' or ", '.*'];
    const literals = literalsOf(texts);
    for (const text of texts) {
      expect(found(literals, `..${text}..`, soundWay(libraryVersion()))).toEqual(
        contained(literals, `..${text}..`),
      );
    }
    expect(found(literals, 'axb 7', soundWay(libraryVersion()))).toEqual([]);
  });

  it.each(['expressions', 'literal-api'] as const)('finds what JavaScript finds, by way of %s', (way) => {
    const byte = fc.constantFrom('a', 'b', 'A', '\0', '.', '\\', '\xe9', '\n');
    const text = fc.string({ unit: byte, minLength: 1, maxLength: 6 });
    const flags = fc.constantFrom(Flags.SINGLEMATCH, Flags.SINGLEMATCH | Flags.CASELESS);
    const property = fc.property(
      fc.array(fc.tuple(text, flags), { minLength: 1, maxLength: 20 }),
      fc.string({ unit: byte, maxLength: 80 }),
      (list, value) => {
        const literals = list.map(([literal, flag], id) => ({ literal, id, flags: flag }));
        expect(found(literals, value, way)).toEqual(contained(literals, value));
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('finds the literals that the interface of 5.4.0 for them fails on', () => {
    // Hyperscan's issue 303: a scan ends with an internal error. Three of them are in the value.
    const zeros = (count: number) => '\0'.repeat(count);
    const missing = 'some non existing string';
    const literals = literalsOf(
      [
        `\xed\xe2${zeros(20)}${missing}`,
        zeros(12),
        zeros(10),
        `\x2a\xed\xe2${zeros(39)}`,
        `${zeros(21)}${missing}`,
      ],
      0,
    );
    const value = `\x2a\xed\xe2${zeros(40)}`;
    const ids = new Set(found(literals, value, soundWay(libraryVersion())));
    expect([...ids]).toEqual([1, 2, 3]);
    if (libraryVersion().startsWith('5.4.0 ')) {
      expect(errorOf(() => found(literals, value, 'literal-api')).code).toBe('HS_NATIVE');
    }
  });

  it('takes the interface for literals from 5.4.1 on', () => {
    expect(['5.4.0 2021-01-26', '5.3.9', '4.9.9', ''].map(soundWay)).toEqual(Array(4).fill('expressions'));
    expect(['5.4.1 2023-02-22', '5.4.2', '5.5.0', '6.0.0'].map(soundWay)).toEqual(
      Array(4).fill('literal-api'),
    );
  });

  it('says which way was taken, through serialising and sharing too', () => {
    for (const way of LITERAL_WAYS) {
      if (way === undefined) continue;
      const database = compileLiteralsBy(way, literalsOf(['abc']), {});
      expect(database.info().literals).toBe(way);
      expect(deserialize(database.serialize()).info()).toEqual(database.info());
      expect(fromShared(database.share()).info().literals).toBe(way);
    }
    expect(compileLiterals(literalsOf(['abc'])).info().literals).toBe(soundWay(libraryVersion()));
  });

  it('takes the modes and reports of patterns', () => {
    const database = compileLiterals(literalsOf(['bc'], Flags.SOM_LEFTMOST));
    expect(recordsOf(database, 'abcbc', 'spans')).toEqual([
      [0, 0, 1, 3],
      [0, 0, 3, 5],
    ]);
    const stream = compileLiterals(literalsOf(['bc'], Flags.SOM_LEFTMOST), {
      mode: 'stream',
      somHorizon: 'small',
    });
    expect(stream.info().mode).toBe('STREAM');
  });

  it.each([
    ['no list', undefined],
    ['an empty list', []],
    ['a literal of no bytes', [{ literal: '', id: 1, flags: 0 }]],
    ['a literal that is no string', [{ literal: 7, id: 1, flags: 0 }]],
    ['a flag of expressions', [{ literal: 'a', id: 1, flags: Flags.DOTALL }]],
    ['a misspelt key', [{ expression: 'a', id: 1, flags: 0 }]],
    ['no id', [{ literal: 'a', flags: 0 }]],
  ])('refuses %s', (_, literals) => {
    expect(codeOf(() => compileLiterals(literals as Literal[]))).toBe('HS_BAD_ARGUMENT');
  });

  it('refuses characters that are no bytes, and literals that are too long', () => {
    expect(codeOf(() => compileLiterals(literalsOf(['\u0100'])))).toBe('HS_NOT_LATIN1');
    const error = errorOf(() => compileLiterals(literalsOf(['a', 'x'.repeat(20_000)])));
    expect(error.code).toBe('HS_COMPILE');
    expect(error.expressionId).toBe(1);
  });
});
