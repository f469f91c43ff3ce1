/** A pattern made smaller for an alphabet: on values of that alphabet it is found exactly where the whole one is. */
import { compile, Flags, HyperscanError, Scanner } from '@sluice/hyperscan-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { some } from '../src/patterns/analysis.ts';
import { ByteSet } from '../src/patterns/byte-set.ts';
import { bytesOf } from '../src/patterns/categories.ts';
import { classifyPattern } from '../src/patterns/classify.ts';
import { toHyperscan, toPcre2, toRe2 } from '../src/patterns/engines.ts';
import { restrictTree } from '../src/patterns/restrict.ts';
import { ALPHABETS } from '../src/prefilter/alphabets.ts';
import { around, madePatterns } from './needs-patterns.ts';
import {
  crsPatterns,
  crsPayloads,
  oracle,
  outcome,
  printedPcre2,
  printedRe2,
  refusal,
} from './patterns-helpers.ts';

/** 1 in an ordinary run. */
const RUNS = Number(process.env.SLUICE_PATTERN_RUNS ?? '1');
const PAYLOAD_STEP = Number(process.env.SLUICE_PATTERN_PAYLOAD_STEP ?? '4');
const FLAGS = Flags.DOTALL | Flags.SINGLEMATCH | Flags.ALLOWEMPTY;

const alphabets = fc.oneof(
  fc.constantFrom(...ALPHABETS.map(({ bytes }) => bytes)),
  fc.nat(0x1fff_ffff).map(bytesOf),
  fc
    .uniqueArray(fc.constantFrom(...'aAbBkK09_ \n<>\xe9\xc9()'), { minLength: 1 })
    .map((bytes) => ByteSet.of(bytes.join(''))),
);

/** A value without the bytes that an alphabet lacks. */
const within = (value: string, alphabet: ByteSet): string =>
  [...value].filter((char) => alphabet.has(char.charCodeAt(0))).join('');

/** The values in which Hyperscan finds a pattern; null where it refuses it. */
function foundByHyperscan(text: string, values: readonly string[]): ReadonlySet<string> | null {
  const found = new Set<string>();
  try {
    const database = compile([{ expression: text, id: 0, flags: FLAGS }]);
    const scanner = new Scanner(database);
    const out = new Uint32Array(2);
    for (const value of values) {
      const arena = Buffer.from(value, 'latin1');
      if (scanner.scanBatch(arena, Uint32Array.of(0, arena.length), 1, out) > 0) found.add(value);
    }
    scanner.close();
    database.close();
    return found;
  } catch (error) {
    if (error instanceof HyperscanError && error.code === 'HS_COMPILE') return null;
    throw error;
  }
}

const restricted = fc
  .tuple(madePatterns(true), alphabets)
  .chain(([made, alphabet]) =>
    fc.tuple(
      fc.constant({ pattern: made.pattern, alphabet }),
      fc.array(
        fc.oneof(
          around(made.value),
          fc.string({ unit: fc.nat(0xff).map((byte) => String.fromCharCode(byte)) }),
        ),
        { minLength: 4, maxLength: 10 },
      ),
    ),
  );

describe('a pattern restricted to an alphabet', () => {
  it('matches where the whole one does, in all engines, and is null where that matches nowhere', () => {
    let matched = 0;
    let smaller = 0;
    let nulls = 0;
    fc.assert(
      fc.property(restricted, ([{ pattern, alphabet }, given]) => {
        if (refusal(() => oracle(pattern)) !== null || refusal(() => classifyPattern(pattern)) !== null)
          return;
        const written = oracle(pattern);
        const values = ['', ...given.map((value) => within(value, alphabet))];
        const { tree } = classifyPattern(pattern);
        const own = restrictTree(tree, alphabet);
        if (own === null) nulls++;
        else if (own.root !== tree.root) smaller++;
        const [pcre2, re2] = own === null ? [null, null] : [toPcre2(own).text, toRe2(own).text];
        // Hyperscan takes a while to compile.
        const hyperscan = own === null || own.root === tree.root ? null : toHyperscan(own).text;
        const scanned = hyperscan === null ? null : foundByHyperscan(hyperscan, values);
        for (const value of values) {
          const expected = outcome(written, value);
          if (expected === null) continue;
          const isMatch = expected !== 'none';
          if (isMatch) matched++;
          const answers = [
            own === null ? false : null,
            pcre2 === null ? null : outcome(printedPcre2(pcre2), value) !== 'none',
            re2 === null ? null : printedRe2(re2).test(value),
            scanned?.has(value) ?? null,
          ];
          for (const answer of answers) {
            if (answer !== null)
              expect([pattern, value, answers, answer]).toEqual([pattern, value, answers, isMatch]);
          }
        }
      }),
      { numRuns: 3_000 * RUNS },
    );
    expect(matched).toBeGreaterThan(3_000 * RUNS);
    expect(smaller).toBeGreaterThan(250 * RUNS);
    expect(nulls).toBeGreaterThan(150 * RUNS);
  }, 600_000);

  it('holds no byte outside of it, but where something looks around', () => {
    fc.assert(
      fc.property(madePatterns(false), alphabets, ({ pattern }, alphabet) => {
        if (refusal(() => classifyPattern(pattern)) !== null) return;
        const own = restrictTree(classifyPattern(pattern).tree, alphabet);
        const strays =
          own !== null &&
          some(own.root, (node) => {
            if (node.kind === 'set') return !node.set.within(alphabet);
            return node.kind === 'byte' && !alphabet.has(node.byte);
          });
        expect(strays).toBe(false);
      }),
      { numRuns: 1_000 * RUNS },
    );
  });

  const words = ByteSet.of('abcdefghijklmnopqrstuvwxyz ');
  it.each([
    ['<', null],
    ['a<', null],
    ['(?:<)+', null],
    ['(?:<)*', ''],
    ['(?:<|)', ''],
    ['a(?:<b)?c', 'ac'],
    ['<|a', 'a'],
    ['(?i)A', 'a'],
    ['[<a]', 'a'],
    ['^<?$', '^$'],
    ['(<)?(a)\\2', '(<)?(a)\\2'],
  ])('of %s is as if %s had been written', (pattern, expected) => {
    const own = restrictTree(classifyPattern(pattern).tree, words);
    const text = own === null ? null : toPcre2(own).text;
    expect(text).toBe(expected === null ? null : toPcre2(classifyPattern(expected).tree).text);
  });
});

const patterns = crsPatterns();

// The rule set is not on every machine.
describe.skipIf(patterns.length === 0)('the patterns of the CRS, restricted', () => {
  it('match the payloads of their own tests that fit an alphabet as they do whole', () => {
    const payloads = crsPayloads().filter((_, i) => i % PAYLOAD_STEP === 0);
    let matched = 0;
    for (const { bytes } of ALPHABETS) {
      const values = [...new Set(payloads.map((payload) => within(payload, bytes)))];
      for (const pattern of patterns) {
        const { tree, engines } = classifyPattern(pattern);
        const own = restrictTree(tree, bytes);
        const whole = printedRe2(engines.re2 ?? '');
        const printed = own === null ? null : toRe2(own).text;
        const part = printed === null ? null : printedRe2(printed);
        for (const value of values) {
          const expected = whole.test(value);
          if (expected) matched++;
          if (part === null && own !== null) continue;
          const found = part?.test(value) ?? false;
          if (found !== expected) expect([pattern, value, found]).toEqual([pattern, value, expected]);
        }
      }
    }
    expect(matched).toBeGreaterThan(2_000);
  }, 600_000);
});
