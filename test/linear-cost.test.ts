/**
 * The cost of inspection is linear in the message, in what it counts: bytes scanned, transformed and confirmed, and native
 * calls. One hostile message of every rule of the CRS at level 4, and a few of every kind; linear-cost.long.test.ts has all.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Case, decoderCases, oneCaseARule, placeCases } from '../bench/linear/cases.ts';
import { WORST_TO_HARMLESS_MAX } from '../bench/linear/cost.ts';
import { type Inspector, openInspector } from '../bench/linear/inspect.ts';
import { harmlessCosts, judgeCase } from '../bench/linear/judge.ts';

const RUN_MILLIS = 600_000;

let inspector: Inspector;
let harmless: readonly number[];

beforeAll(() => {
  inspector = openInspector(4);
  harmless = harmlessCosts(inspector);
}, RUN_MILLIS);

function expectLinear(cases: readonly Case[]): void {
  const judged = cases.map((item) => judgeCase(inspector, item, harmless));
  expect(judged.filter(({ steep }) => steep.length > 0)).toEqual([]);
  expect(judged.filter(({ cost }) => cost > WORST_TO_HARMLESS_MAX * (harmless.at(-1) ?? 0))).toEqual([]);
}

/** Every so many of a list, from another one on. */
const every = (step: number, from: number, cases: readonly Case[]): readonly Case[] =>
  cases.filter((_, at) => at % step === from);

describe('ten times the input costs at most twelve times as much, and the worst 100 KB twenty times what prose does', () => {
  it(
    'of every rule',
    () => {
      const cases = oneCaseARule(inspector.program);
      expect(cases.length).toBeGreaterThan(300);
      expectLinear(cases);
    },
    RUN_MILLIS,
  );

  it('of every decoder', () => expectLinear(every(9, 4, decoderCases)), RUN_MILLIS);

  it(
    'in every place, of what wakes every rule, and of random bytes',
    () => {
      expectLinear(every(9, 0, placeCases(inspector.program)));
    },
    RUN_MILLIS,
  );
});
