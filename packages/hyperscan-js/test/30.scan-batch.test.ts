import { describe, expect, it } from 'vitest';
import { compile, Flags, Scanner } from '../src/index.ts';
import { batchOf, literal, pairsOf, patternsOf, scanAll } from './fixtures/helpers.ts';

const scannerOf = (...expressions: string[]) => new Scanner(compile(patternsOf(expressions)));

describe('scanBatch', () => {
  it('reports which patterns match which values', () => {
    const found = scanAll(patternsOf(['foo', 'ba[rz]', '^x']), ['foobar', 'nothing', 'xbaz', 'foo']);
    expect(found).toEqual(['0:0', '0:1', '2:1', '2:2', '3:0']);
  });

  it('keeps values apart', () => {
    expect(scanAll(patternsOf(['ab', '^b', 'a$']), ['a', 'b'])).toEqual(['0:2', '1:1']);
  });

  it('orders matches by value', () => {
    const scanner = scannerOf('a', 'b', 'c');
    const { arena, offsets, count } = batchOf(['cba', 'x', 'bca', 'a']);
    const out = new Uint32Array(64);
    const total = scanner.scanBatch(arena, offsets, count, out);
    const order = Array.from({ length: total }, (_, i) => out[2 * i]);
    expect(order).toEqual([0, 0, 0, 2, 2, 2, 3]);
  });

  it('scans empty values, alone and between others', () => {
    expect(scanAll(patternsOf(['^$', 'a']), ['', 'a', '', ''])).toEqual(['0:0', '1:1', '2:0', '3:0']);
    expect(scanAll(patternsOf(['^$']), [''])).toEqual(['0:0']);
    expect(scanAll(patternsOf(['a']), ['', '', ''])).toEqual([]);
  });

  it('scans nothing where there are no values', () => {
    const scanner = scannerOf('^$');
    const out = new Uint32Array(2);
    expect(scanner.scanBatch(new Uint8Array(0), new Uint32Array(0), 0, out)).toBe(0);
    expect(scanner.scanBatch(new Uint8Array(0), Uint32Array.of(0), 0, out)).toBe(0);
    expect(scanner.scanBatch(new Uint8Array(0), Uint32Array.of(0, 0), 1, out)).toBe(1);
  });

  it('takes NUL and every other byte as a byte', () => {
    const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i));
    // In small databases: 256 patterns of one byte take Hyperscan 18 seconds to compile.
    for (let first = 0; first < 256; first += 16) {
      const bytes = all.slice(first, first + 16);
      const expected = bytes.map((_, id) => `${first + id}:${id}`).sort();
      expect(scanAll(patternsOf(bytes.map(literal)), all)).toEqual(expected);
    }
    expect(scanAll(patternsOf(['a\\x00b', '\\xff\\xfe']), ['a\0b', 'x\xff\xfe', 'ab'])).toEqual([
      '0:0',
      '1:1',
    ]);
  });

  it('folds ASCII letters only', () => {
    const patterns = patternsOf(['\\xe9', 'K'], Flags.CASELESS | Flags.SINGLEMATCH);
    expect(scanAll(patterns, ['\xc9', '\xe9', 'k'])).toEqual(['1:0', '2:1']);
  });

  it('begins at any offset and leaves the rest of the arena alone', () => {
    const scanner = scannerOf('a');
    const out = new Uint32Array(8);
    const arena = Buffer.from('aaaxaaaa');
    expect(scanner.scanBatch(arena, Uint32Array.of(3, 4), 1, out)).toBe(0);
    expect(scanner.scanBatch(arena, Uint32Array.of(3, 5, 8), 1, out)).toBe(1);
    expect(scanner.scanBatch(arena, Uint32Array.of(8, 8), 1, out)).toBe(0);
  });

  it('counts what does not fit and writes what does', () => {
    const scanner = scannerOf('a', 'b', 'c');
    const { arena, offsets, count } = batchOf(['abc', 'abc', 'abc']);
    for (let length = 0; length <= 20; length++) {
      const out = new Uint32Array(22).fill(99);
      expect(scanner.scanBatch(arena, offsets, count, out.subarray(0, length))).toBe(9);
      const written = Math.min(length >> 1, 9) * 2;
      expect(out.subarray(0, written).includes(99)).toBe(false);
      expect(out.subarray(written).every((word) => word === 99)).toBe(true);
    }
  });

  it('reports every end without SINGLEMATCH', () => {
    const scanner = new Scanner(compile(patternsOf(['a+'], 0)));
    const out = new Uint32Array(8);
    expect(scanner.scanString('aaaa', out)).toBe(4);
  });

  it('works on views of shared memory', () => {
    const scanner = scannerOf('needle');
    const memory = new SharedArrayBuffer(4096);
    const arena = new Uint8Array(memory, 1, 100);
    const offsets = new Uint32Array(memory, 1024, 4);
    const out = new Uint32Array(memory, 2048, 8);
    arena.set(Buffer.from('hay needle hay'));
    offsets.set([0, 4, 10, 14]);
    expect(scanner.scanBatch(arena, offsets, 3, out)).toBe(1);
    expect([...out.subarray(0, 2)]).toEqual([1, 0]);
  });

  it('sees new content in the same arrays', () => {
    const scanner = scannerOf('a', 'b');
    const arena = new Uint8Array(4);
    const offsets = new Uint32Array(3);
    const out = new Uint32Array(8);
    for (const [text, expected] of [
      ['ab', ['0:0', '1:1']],
      ['ba', ['0:1', '1:0']],
      ['xx', []],
    ] as const) {
      arena.set(Buffer.from(text));
      offsets.set([0, 1, 2]);
      expect(pairsOf(out, scanner.scanBatch(arena, offsets, 2, out))).toEqual(expected);
    }
  });

  it('follows arrays that change from call to call', () => {
    const scanner = scannerOf('a');
    for (let i = 0; i < 200; i++) {
      const { arena, offsets, count } = batchOf(['x'.repeat(i), i % 2 === 0 ? 'a' : 'b', 'y']);
      const out = new Uint32Array(2 + (i % 3));
      expect(scanner.scanBatch(arena, offsets, count, out)).toBe(i % 2 === 0 ? 1 : 0);
      if (i % 2 === 0) expect(out[0]).toBe(1);
    }
  });

  it('lets scanners of several databases share one thread', () => {
    const small = scannerOf('a');
    const large = new Scanner(
      compile(patternsOf(Array.from({ length: 200 }, (_, i) => `(x${i}y|z{${i + 1},}).*w[0-9]+`))),
    );
    const out = new Uint32Array(1024);
    expect(small.scanString('a', out)).toBe(1);
    expect(large.scanString('x7y w1', out)).toBe(1);
    small.close();
    expect(large.scanString('x7y w1', out)).toBe(1);
    const third = scannerOf('b');
    large.close();
    expect(third.scanString('b', out)).toBe(1);
    third.close();
    expect(scannerOf('c').scanString('c', out)).toBe(1);
  });

  it('outlives its database', () => {
    const database = compile(patternsOf(['needle']));
    const scanner = new Scanner(database);
    database.close();
    expect(scanner.scanString('needle', new Uint32Array(2))).toBe(1);
  });
});

describe('scanString', () => {
  it('answers as a batch of one', () => {
    const scanner = scannerOf('a\\x00', '\\xff$', '^$');
    const out = new Uint32Array(16);
    for (const value of ['', 'a\0', 'x\xff', 'a\0\xff', 'none', 'é']) {
      const { arena, offsets } = batchOf([value]);
      const batch = pairsOf(out, scanner.scanBatch(arena, offsets, 1, out));
      expect(pairsOf(out, scanner.scanString(value, out))).toEqual(batch);
    }
  });

  it('scans values of any length, and every form that a string has', () => {
    const scanner = scannerOf('needle$');
    const out = new Uint32Array(4);
    for (const length of [0, 4089, 4090, 4096, 70_000, 3_000_000]) {
      expect(scanner.scanString(`${'x'.repeat(length)}needle`, out)).toBe(1);
      expect(scanner.scanString(`${'x'.repeat(length)}needles`, out)).toBe(0);
    }
    const parts = ['hay ', 'nee', 'dle'];
    expect(scanner.scanString(parts.join(''), out)).toBe(1);
    expect(scanner.scanString('\u0100needle'.slice(1), out)).toBe(1);
  });

  it('counts what does not fit', () => {
    const scanner = scannerOf('a', 'b');
    expect(scanner.scanString('ab', new Uint32Array(0))).toBe(2);
    expect(scanner.scanString('ab', new Uint32Array(3))).toBe(2);
  });
});
