import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { createEnvironment } from '../../src/link/environment.ts';
import type { Captures, OperatorArgument } from '../../src/operators/operator.ts';
import { findOperator, operatorNames } from '../../src/operators/registry.ts';
import { readVectorFiles, shown } from '../vector-files.ts';
import { fileArgument, macroArgument, staticArgument } from './fake-environment.ts';
import type { OperatorVectors, VectorArgument } from './vector.ts';

const CASES_MIN = 8;
const SOURCE_CHARACTERS_MIN = 20;

const environment = createEnvironment(DEFAULT_LIMITS);
const files = await readVectorFiles<OperatorVectors>(join(import.meta.dirname, 'vectors'));
/** Every name once: an alias is what its operator is. */
const names = [...new Set(operatorNames().map((name) => findOperator(name)?.name))].sort();

function make(name: string, argument: OperatorArgument) {
  return findOperator(name)?.create(argument, environment) ?? expect.fail(`no @${name}`);
}

const argumentOf = (argument: VectorArgument): OperatorArgument =>
  typeof argument === 'string' ? staticArgument(argument) : fileArgument(argument);

/** Short, so that a difference in a long capture is still readable. */
const plain = (captures: Captures | null) =>
  captures?.map((capture) => (capture === undefined ? undefined : shown(capture))) ?? null;

const expectedOf = (expected: boolean | Captures): Captures | null =>
  typeof expected === 'boolean' ? (expected ? [] : null) : expected;

describe('operator vectors', () => {
  it('have a file for every operator, and none for anything else', () => {
    expect([...files.keys()].sort()).toEqual(names);
  });

  it.each([...files])('of @%s are enough, each once, and say where they come from', (_, { groups }) => {
    const cases = groups.flatMap(({ cases }) =>
      cases.map(([argument, value]) => JSON.stringify([argument, value])),
    );
    expect(cases.length).toBeGreaterThanOrEqual(CASES_MIN);
    expect(new Set(cases).size).toBe(cases.length);
    for (const { source } of groups) expect(source.length).toBeGreaterThan(SOURCE_CHARACTERS_MIN);
  });

  it.each([...files])('of @%s have an empty value, and a byte above 0x7f or a NUL', (_, { groups }) => {
    const values = groups.flatMap(({ cases }) => cases.map(([, value]) => value));
    expect(values).toContain('');
    expect(values.some((value) => /[\x00\x80-\xff]/.test(value))).toBe(true);
  });
});

for (const [name, { groups, refused = [], refusedLines = [] }] of files) {
  const rows = groups.flatMap(({ source, cases }) =>
    cases.map(([argument, value, expected]) => ({
      argument,
      value,
      source,
      expected: plain(expectedOf(expected)),
      title: `${shown(JSON.stringify(argument))} on ${shown(value)}`,
    })),
  );
  describe(`@${name}`, () => {
    it.each(rows)('$title', ({ argument, value, expected, source }) => {
      const text = typeof argument === 'string' ? argument : '';
      expect(plain(make(name, argumentOf(argument)).match(value, text)), source).toEqual(expected);
    });

    const texts = rows.flatMap((row) =>
      typeof row.argument === 'string' ? [{ ...row, argument: row.argument }] : [],
    );
    if (texts.length > 0)
      it('answers the same where a macro gives the argument', () => {
        const instance = make(name, macroArgument('%{tx.a}'));
        for (const { argument, value, expected, title } of texts) {
          expect(plain(instance.match(value, argument)), title).toEqual(expected);
        }
      });

    if (refused.length > 0)
      it('refuses what is no argument, when it is made or when a macro gives it', () => {
        for (const argument of refused) {
          expect(() => make(name, staticArgument(argument)), shown(argument)).toThrow(EngineError);
        }
        const instance = name === 'rbl' ? null : make(name, macroArgument('%{tx.a}'));
        for (const argument of refused) {
          if (instance !== null)
            expect(() => instance.match('10.0.0.1', argument), shown(argument)).toThrow(EngineError);
        }
      });

    if (refusedLines.length > 0)
      it('refuses lines that are none', () => {
        for (const lines of refusedLines) {
          expect(() => make(name, fileArgument(lines)), lines.join()).toThrow(EngineError);
        }
      });
  });
}
