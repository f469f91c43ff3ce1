/** The patterns of the Core Rule Set, over the strings of its own tests: one meaning in all engines. */
import { compile, Flags, HyperscanError, Scanner } from '@sluice/hyperscan-js';
import { describe, expect, it } from 'vitest';
import { classifyPattern } from '../src/patterns/classify.ts';
import { crsPatterns, crsPayloads, oracle, outcome, printedPcre2, printedRe2 } from './patterns-helpers.ts';

/** Every n-th payload is taken; the others are for longer runs. */
const PAYLOAD_STEP = Number(process.env.SLUICE_PATTERN_PAYLOAD_STEP ?? '4');
/** Hyperscan takes seconds for the long ones. */
const HYPERSCAN_PATTERN_BYTES_MAX = 200;
const BYTES_PUT_IN = ['\0', '\n', '\r', '\x0b', '\x85', '\xa0', '\xe9', '\xff', ' ', '\\', "'", '('];

const patterns = crsPatterns();

/** Payloads, and after each a variant: a byte changed, put in, or the end cut off. Always the same ones. */
function sample(): readonly string[] {
  const values: string[] = ['', '\n', '\xff\xfe\0'];
  let random = 0x2545f491;
  const below = (bound: number): number => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((random / 2 ** 32) * bound);
  };
  for (const [i, payload] of crsPayloads().entries()) {
    if (i % PAYLOAD_STEP !== 0) continue;
    const at = below(payload.length + 1);
    const put = BYTES_PUT_IN[below(BYTES_PUT_IN.length)] ?? '';
    const kept = [at, at + 1, payload.length][below(3)] ?? at;
    values.push(payload, payload.slice(0, at) + put + payload.slice(kept));
  }
  return values;
}

// The rule set is not on every machine; without it there is nothing to compare.
describe.skipIf(patterns.length === 0)('the patterns of the CRS', () => {
  const values = sample();

  it('are all there', () => {
    expect(patterns.length).toBeGreaterThan(290);
    expect(values.length).toBeGreaterThan(800);
  });

  it('parse, go to RE2, and are placed alike', () => {
    for (const pattern of patterns) {
      const { reasons, re2PlacesAlike } = classifyPattern(pattern);
      expect([pattern, reasons.re2, reasons.hyperscan, re2PlacesAlike]).toEqual([pattern, null, null, true]);
    }
  });

  it('mean in RE2 what they mean in PCRE2 as they are written, to the group', () => {
    let matches = 0;
    const reached: string[] = [];
    for (const pattern of patterns) {
      const { engines } = classifyPattern(pattern);
      const [written, printed] = [oracle(pattern), printedPcre2(engines.pcre2)];
      const re2 = printedRe2(engines.re2 ?? '');
      for (const value of values) {
        const expected = outcome(written, value);
        const found = outcome(re2, value);
        if (expected === null) reached.push(pattern);
        else if (expected !== found) expect([pattern, value, found]).toEqual([pattern, value, expected]);
        const again = outcome(printed, value);
        if (again !== null && again !== found)
          expect([pattern, value, found]).toEqual([pattern, value, again]);
        if (found !== 'none') matches++;
      }
    }
    expect(matches).toBeGreaterThan(5_000);
    // 941's `(?:[^:=]+:.+;)*?` is one that PCRE2 gives up on.
    expect(reached.length).toBeLessThanOrEqual(2);
  });

  it('match in Hyperscan where they match in RE2', () => {
    const out = new Uint32Array(2);
    const flags = Flags.DOTALL | Flags.SINGLEMATCH | Flags.ALLOWEMPTY;
    const refused: string[] = [];
    for (const pattern of patterns) {
      if (pattern.length > HYPERSCAN_PATTERN_BYTES_MAX) continue;
      const { engines } = classifyPattern(pattern);
      const re2 = printedRe2(engines.re2 ?? '');
      try {
        const scanner = new Scanner(compile([{ expression: engines.hyperscan ?? '', id: 1, flags }]));
        for (const value of values) {
          const found = scanner.scanString(value, out) > 0;
          if (found !== re2.test(value)) expect([pattern, value, found]).toEqual([pattern, value, !found]);
        }
      } catch (error) {
        if (!(error instanceof HyperscanError && error.code === 'HS_COMPILE')) throw error;
        refused.push(pattern);
      }
    }
    // 920510's second: an end anchor within a repeat.
    expect(refused.length).toBeLessThanOrEqual(1);
  });
});
