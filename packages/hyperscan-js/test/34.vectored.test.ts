import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, Flags, Scanner, VectorScanner } from '../src/index.ts';
import { codeOf, patternsOf, recordsIn, recordsOf } from './fixtures/helpers.ts';

const EXPRESSIONS = ['ab+c', '^a', 'c$', 'b.{2,4}a', '[ab]c[ab]', '^$'];
const PATTERNS = patternsOf(EXPRESSIONS, Flags.DOTALL | Flags.ALLOWEMPTY);
const out = new Uint32Array(8192);

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Ends that a scan found, each once, in one order. */
const sorted = (records: readonly (readonly number[])[]): string[] =>
  [...new Set(records.map((record) => record.join()))].sort();

describe('scanVector', () => {
  const vectored = compile(PATTERNS, { mode: 'vectored' });

  it('finds across pieces what a scan of the whole finds', () => {
    const scanner = new VectorScanner(vectored, { report: 'ends' });
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 12 });
    const property = fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const total = scanner.scanVector(pieces.map(bytes), out);
      const whole = recordsOf(compile(PATTERNS), pieces.join(''), 'ends');
      expect(sorted(recordsIn(out, total, 3))).toEqual(sorted(whole));
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('reports a SINGLEMATCH pattern once in all pieces, and starts in earlier ones', () => {
    const single = new VectorScanner(compile(patternsOf(['a']), { mode: 'vectored' }));
    expect(single.scanVector(['a', 'xa', 'a'].map(bytes), out)).toBe(1);
    const patterns = [{ expression: 'ab', id: 5, flags: Flags.SOM_LEFTMOST }];
    const spans = new VectorScanner(compile(patterns, { mode: 'vectored' }), { report: 'spans' });
    expect(spans.scanVector(['xxa', 'b'].map(bytes), out)).toBe(1);
    expect([...out.subarray(0, 4)]).toEqual([0, 5, 2, 4]);
  });

  it('takes no pieces, empty ones, and the same one many times', () => {
    const scanner = new VectorScanner(vectored);
    expect(scanner.scanVector([], out)).toBe(scanner.scanVector([bytes(''), bytes('')], out));
    const piece = bytes('abc');
    expect(scanner.scanVector(Array(1000).fill(piece), out)).toBeGreaterThan(1000);
  });

  it('counts what does not fit, and writes nothing beyond', () => {
    const scanner = new VectorScanner(compile(patternsOf(['a'], 0), { mode: 'vectored' }));
    const small = new Uint32Array(6).fill(77);
    expect(scanner.scanVector([bytes('aa'), bytes('aa')], small.subarray(0, 5))).toBe(4);
    expect([...small]).toEqual([0, 0, 0, 0, 77, 77]);
  });

  it.each([
    ['no list', undefined],
    ['bytes alone', bytes('abc')],
    ['strings', ['abc']],
    ['a hole', new Array(2)],
    ['other views', [new Uint16Array(2)]],
    ['one wrong piece of many', [bytes('a'), null]],
  ])('refuses %s as pieces', (_, pieces) => {
    const scanner = new VectorScanner(vectored);
    expect(codeOf(() => scanner.scanVector(pieces as Uint8Array[], out))).toBe('HS_BAD_ARGUMENT');
    expect(scanner.scanVector([bytes('abc')], out)).toBeGreaterThan(0);
  });

  it('is not deceived by a list that answers differently each time', () => {
    const scanner = new VectorScanner(vectored);
    let calls = 0;
    const pieces = new Proxy([bytes('abc')], {
      get: (target, key) => (key === '0' && calls++ > 0 ? 'not bytes' : Reflect.get(target, key)),
    });
    expect(scanner.scanVector(pieces, out)).toBeGreaterThan(0);
  });

  it('refuses detached pieces, a wrong out, and use after close', () => {
    const scanner = new VectorScanner(vectored);
    const gone = new Uint8Array(3);
    structuredClone(gone, { transfer: [gone.buffer] });
    expect(codeOf(() => scanner.scanVector([gone], out))).toBe('HS_DETACHED');
    expect(codeOf(() => scanner.scanVector([], [] as unknown as Uint32Array))).toBe('HS_BAD_ARGUMENT');
    scanner.close();
    scanner.close();
    expect(codeOf(() => scanner.scanVector([], out))).toBe('HS_CLOSED');
  });

  it('refuses 4 GiB', () => {
    const scanner = new VectorScanner(vectored);
    const piece = new Uint8Array(1 << 28);
    expect(codeOf(() => scanner.scanVector(Array(16).fill(piece), out))).toBe('HS_TOO_LONG');
  });
});

describe('a database of another mode', () => {
  it('is refused by name', () => {
    const block = compile(PATTERNS);
    const vectored = compile(PATTERNS, { mode: 'vectored' });
    expect(codeOf(() => new VectorScanner(block))).toBe('HS_MODE_MISMATCH');
    expect(codeOf(() => new Scanner(vectored))).toBe('HS_MODE_MISMATCH');
    expect(vectored.info().mode).toBe('VECTORED');
    expect(vectored.info()).not.toHaveProperty('streamBytes');
  });
});
