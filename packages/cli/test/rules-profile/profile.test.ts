import type { CostOfRule } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { styleFor } from '../../src/inspect/render-value.ts';
import type { Measured } from '../../src/rules-profile/measure.ts';
import { profileOf } from '../../src/rules-profile/profile.ts';
import { renderProfile } from '../../src/rules-profile/render.ts';

const rule = (id: number, figures: Partial<CostOfRule>): CostOfRule =>
  ({
    rule: {
      data: { id, phase: 2, msg: null, position: { file: '/rules/own.conf', line: id, column: 1 } },
      paranoia: null,
    },
    candidates: 0,
    confirmations: 0,
    matches: 0,
    micros: 0,
    ...figures,
  }) as CostOfRule;

/** Ten requests, twice each; a look at the clock takes a tenth of a microsecond. */
const MEASURED: Measured = {
  requests: 10,
  denied: 1,
  inspections: 10,
  micros: 900,
  timedMicros: 1_000,
  phases: { phases: 700, scans: 300, transformations: 100 },
  clockMicros: 0.1,
  costs: [
    rule(1, { candidates: 20, confirmations: 40, matches: 2, micros: 101 }),
    rule(2, { candidates: 200, micros: 210 }),
    rule(3, {}),
  ],
  failures: new Map(),
};

const POLICY = { name: 'shop', mode: 'Block', paranoia: 1, threshold: 5 } as const;

describe('a profile', () => {
  it('takes the time of the clock off, which rules that are asked often would have for their own', () => {
    const { rules, parts, partsMicros, micros } = profileOf(POLICY, MEASURED);
    expect(micros).toBe(90);
    expect(rules.map(({ id }) => id)).toEqual([2, 1]);
    // 100 looks of 0.1 µs are in 210 µs; ten in 101.
    expect(rules[0]).toMatchObject({ micros: 20, candidates: 10, microsAsked: 2 });
    expect(rules[1]).toMatchObject({ micros: 10, candidates: 1, confirmations: 2, matches: 0.1 });
    expect(parts).toMatchObject({ parse: 30, transform: 10, scan: 20, rules: 30 });
    // Of 700 µs, 300 were scans, 300 rules and 22 clocks.
    expect(parts.walk).toBeCloseTo(7.8, 9);
    expect(partsMicros).toBeCloseTo(97.8, 9);
    expect(rules[0]?.share).toBeCloseTo(20 / 97.8, 9);
  });

  it('is a table with the dearest first', () => {
    const text = renderProfile(profileOf(POLICY, MEASURED), 20, styleFor({}, {}));
    expect(text).toMatchInlineSnapshot(`
      "10 requests, 1 denied; policy shop, mode Block, paranoia level 1
      90.0 µs a request (10 inspections; 97.8 µs while they are timed part by part)

                                                           µs   share
      parse: head, arguments, body, and all else         30.0  30.7 %
      transform: values before the scan                  10.0  10.2 %
      scan: collect, classify, Hyperscan                 20.0  20.4 %
      walk: between rules, and rules decided beforehand  7.80   8.0 %
      rules: those that were asked                       30.0  30.7 %

      2 of 3 rules were asked; all figures a request
      rule  phase    µs   share  asked  µs asked  confirmed  matched
      2         2  20.0  20.4 %     10      2.00          0        0  own.conf:2
      1         2  10.0  10.2 %      1      10.0          2     0.10  own.conf:1
      "
    `);
  });
});
