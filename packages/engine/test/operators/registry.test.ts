import { describe, expect, it } from 'vitest';
import {
  findOperator,
  findUnsupportedOperator,
  operatorNames,
  operatorsByName,
  UNSUPPORTED_OPERATORS,
} from '../../src/operators/registry.ts';

describe('findOperator', () => {
  it('finds a name in any case', () => {
    expect(findOperator('RX')?.name).toBe('rx');
    expect(findOperator('validatebyterange')?.name).toBe('validateByteRange');
  });

  it.each([
    ['pmf', 'pmFromFile'],
    ['ipMatchF', 'ipMatchFromFile'],
  ])('finds %s as %s', (alias, name) => {
    expect(findOperator(alias)?.name).toBe(name);
  });

  it.each(['', '@rx', 'rxx', 'constructor', '__proto__', 'fuzzyHash'])('knows no %j', (name) => {
    expect(findOperator(name)).toBeUndefined();
  });

  it('says which operators read a file', () => {
    const readers = operatorNames().filter((name) => findOperator(name)?.readsFile !== undefined);
    expect(readers).toEqual([
      'ipMatchF',
      'ipMatchFromDataset',
      'ipMatchFromFile',
      'pmFromDataset',
      'pmFromFile',
      'pmf',
      'validateSchema',
    ]);
  });
});

describe('operatorsByName', () => {
  const make = (name: string, aliases: readonly string[]) => ({
    name,
    aliases,
    create: () => ({ match: () => null }),
  });

  it('refuses a name that is used twice, in whatever case', () => {
    expect(() => operatorsByName([make('same', []), make('other', ['SAME'])])).toThrow(
      expect.objectContaining({ code: 'SECLANG_BAD_ARGUMENT' }),
    );
  });

  it('takes different names', () => {
    expect([...operatorsByName([make('one', ['two'])]).keys()]).toEqual(['one', 'two']);
  });
});

describe('findUnsupportedOperator', () => {
  it('gives the manual spelling and an alternative', () => {
    expect(findUnsupportedOperator('FUZZYHASH')).toEqual({
      name: 'fuzzyHash',
      alternative: UNSUPPORTED_OPERATORS.fuzzyHash,
    });
  });

  it('knows nothing that is implemented, nor what nobody has', () => {
    for (const name of operatorNames()) expect(findUnsupportedOperator(name)).toBeUndefined();
    expect(findUnsupportedOperator('nonsense')).toBeUndefined();
    expect(findUnsupportedOperator('toString')).toBeUndefined();
  });

  it('ends every alternative as a sentence', () => {
    for (const alternative of Object.values(UNSUPPORTED_OPERATORS))
      expect(alternative).toMatch(/^[A-Z].*\.$/);
  });
});
