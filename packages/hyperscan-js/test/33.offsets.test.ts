import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, Flags, type Report, Scanner } from '../src/index.ts';
import { batchOf, codeOf, patternsOf, recordsIn, recordsOf } from './fixtures/helpers.ts';

describe('the reports of a scan', () => {
  it('are [value, id], [value, id, end] or [value, id, start, end]', () => {
    const patterns = [{ expression: 'b+c', id: 9, flags: Flags.SOM_LEFTMOST }];
    const { arena, offsets, count } = batchOf(['xx', 'abbc', 'bcbc']);
    const records = (report: Report) => {
      const scanner = new Scanner(compile(patterns), { report });
      const out = new Uint32Array(64);
      return recordsIn(out, scanner.scanBatch(arena, offsets, count, out), scanner.recordWords);
    };
    expect(records('ids')).toEqual([
      [1, 9],
      [2, 9],
      [2, 9],
    ]);
    expect(records('ends')).toEqual([
      [1, 9, 4],
      [2, 9, 2],
      [2, 9, 4],
    ]);
    expect(records('spans')).toEqual([
      [1, 9, 1, 4],
      [2, 9, 0, 2],
      [2, 9, 2, 4],
    ]);
  });

  it('count from the value, not from the arena', () => {
    const scanner = new Scanner(compile(patternsOf(['b'])), { report: 'ends' });
    const out = new Uint32Array(6);
    expect(scanner.scanBatch(Buffer.from('aaab'), Uint32Array.of(2, 4), 1, out)).toBe(1);
    expect([...out.subarray(0, 3)]).toEqual([0, 0, 2]);
  });

  it('have 0 as the start where the pattern does not track it', () => {
    expect(recordsOf(compile(patternsOf(['b'])), 'aab', 'spans')).toEqual([[0, 0, 0, 3]]);
  });

  it.each([
    ['ids', 2],
    ['ends', 3],
    ['spans', 4],
  ] as const)('write whole records only, as many as fit: %s', (report, words) => {
    const scanner = new Scanner(compile(patternsOf(['a'], 0)), { report });
    expect(scanner.recordWords).toBe(words);
    for (let room = 0; room < 5 * words; room++) {
      const out = new Uint32Array(room + 1).fill(77);
      expect(scanner.scanString('aaa', out.subarray(0, room))).toBe(3);
      const written = Math.min(3, Math.floor(room / words)) * words;
      expect([...out.subarray(written)].every((word) => word === 77)).toBe(true);
      expect(recordsIn(out, written / words, words).every(([value, id]) => value === 0 && id === 0)).toBe(
        true,
      );
    }
  });

  it('find the spans of literals where indexOf finds them', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
    const property = fc.property(
      text,
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 60 }),
      (needle, value) => {
        const expected: number[][] = [];
        for (let at = value.indexOf(needle); at >= 0; at = value.indexOf(needle, at + 1)) {
          expected.push([0, 0, at, at + needle.length]);
        }
        const database = compile([{ expression: needle, id: 0, flags: Flags.SOM_LEFTMOST }]);
        expect(recordsOf(database, value, 'spans')).toEqual(expected);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it('find the leftmost start that RegExp finds', () => {
    const property = fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 40 }),
      (value) => {
        const database = compile([{ expression: 'a[ab]{1,5}c', id: 0, flags: Flags.SOM_LEFTMOST }]);
        for (const [, , start = 0, end = 0] of recordsOf(database, value, 'spans')) {
          const starts = Array.from({ length: end }, (_, from) => from).filter((from) =>
            /^a[ab]{1,5}c$/.test(value.slice(from, end)),
          );
          expect(start).toBe(starts[0]);
        }
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it('refuse other words', () => {
    const database = compile(patternsOf(['a']));
    for (const options of [{ report: 'pairs' }, { report: 2 }, { rapport: 'ids' }, null, 7]) {
      expect(codeOf(() => new Scanner(database, options as object))).toBe('HS_BAD_ARGUMENT');
    }
  });

  it('refuse starts together with SINGLEMATCH, as Hyperscan does', () => {
    expect(codeOf(() => compile(patternsOf(['a'], Flags.SINGLEMATCH | Flags.SOM_LEFTMOST)))).toBe(
      'HS_COMPILE',
    );
  });
});
