import { describe, expect, it } from 'vitest';
import { findOperator, operatorNames } from '../../src/operators/registry.ts';
import { fakeEnvironment, macroArgument, staticArgument } from './fake-environment.ts';
import { VECTORS } from './vectors.ts';

/** Operators that capture, or read files, have tests of their own. */
const ELSEWHERE = [
  ...['ipMatchFromDataset', 'pmFromDataset', 'restpath', 'validateNid'],
  ...['detectSQLi', 'detectXSS', 'ipMatchF', 'ipMatchFromFile', 'pm', 'pmFromFile', 'pmf'],
  ...['geoLookup', 'rx', 'rxGlobal', 'validateSchema', 'verifyCC', 'verifyCPF', 'verifySSN', 'verifySVNR'],
];

describe('operator vectors', () => {
  it('has vectors for every operator that captures nothing', () => {
    expect([...Object.keys(VECTORS), ...ELSEWHERE].sort()).toEqual(operatorNames());
  });

  for (const [name, vectors] of Object.entries(VECTORS)) {
    it.each(vectors)(`@${name} %j on %j: %j`, (argument, value, matches) => {
      const instance = findOperator(name)?.create(staticArgument(argument), fakeEnvironment());
      expect(instance?.match(value, argument)).toEqual(matches ? [] : null);
    });

    it.each(vectors)(`@${name} with %j from a macro on %j: %j`, (argument, value, matches) => {
      const instance = findOperator(name)?.create(macroArgument('%{tx.a}'), fakeEnvironment());
      expect(instance?.match(value, argument)).toEqual(matches ? [] : null);
    });
  }
});

describe('bad arguments', () => {
  it.each([
    ['validateByteRange', ''],
    ['validateByteRange', '1-256'],
    ['validateByteRange', '5-1'],
    ['validateByteRange', '1-2-3'],
    ['validateByteRange', 'a'],
    ['validateByteRange', '1,,2'],
    ['ipMatch', ''],
    ['ipMatch', '10.0.0.1,'],
    ['ipMatch', '10.0.0.0/33'],
    ['ipMatch', '10.0.0.0/'],
    ['ipMatch', '10.0.0.0/8/8'],
    ['ipMatch', '10.0.0.0/255.0.0.0'],
    ['ipMatch', '::/129'],
    ['ipMatch', 'localhost'],
    ['ipMatch', 'fe80::1%eth0'],
    ['pm', ''],
    ['pm', ' \t'],
  ])('@%s refuses %j when it is made, or when a macro gives it', (name, argument) => {
    const refused = expect.objectContaining({ code: 'SECLANG_BAD_ARGUMENT' });
    const definition = findOperator(name);
    expect(() => definition?.create(staticArgument(argument), fakeEnvironment())).toThrow(refused);
    const instance = definition?.create(macroArgument('%{tx.a}'), fakeEnvironment());
    expect(() => instance?.match('10.0.0.1', argument)).toThrow(refused);
  });
});
