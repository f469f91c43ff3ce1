import { HyperscanError } from './errors.ts';
import type { Native } from './native.ts';
import { type Pattern, packPatterns } from './options.ts';
import type { ScanFunction } from './self-test.ts';
import { checked, checkedNumber, isRefusal } from './status.ts';

/** This CPU, block mode, expressions. */
const BLOCK_ON_HOST = Float64Array.of(-1, 1, 0);

/** Compiles, scans and closes with the bare addon, as the self-test wants it. */
export const libraryScan =
  (native: Native): ScanFunction =>
  (patterns, values) => {
    const { expressions, numbers } = packPatterns(patterns);
    const database = checked(native.compile(expressions, numbers, BLOCK_ON_HOST), 'self-test');
    if (isRefusal(database)) {
      throw new HyperscanError('HS_COMPILE', { what: 'self-test', reason: database.message });
    }
    const scanner = checked(native.createScanner(database, 2, 1), 'self-test');
    try {
      const offsets = new Uint32Array(values.length + 1);
      for (const [index, value] of values.entries())
        offsets[index + 1] = (offsets[index] ?? 0) + value.length;
      const arena = Buffer.from(values.join(''), 'latin1');
      checkedNumber(native.bindInput(scanner, arena, offsets), 'self-test');
      return pairs(native, scanner, values.length, roomFor(patterns, arena.length));
    } finally {
      checkedNumber(native.closeScanner(scanner), 'self-test');
      checkedNumber(native.closeDatabase(database), 'self-test');
    }
  };

/** Every pattern at every byte: more than any scan of literals reports. */
const roomFor = (patterns: readonly Pattern[], bytes: number): number =>
  Math.min(patterns.length * (bytes + 1), 1 << 16);

function pairs(
  native: Native,
  scanner: Parameters<Native['scanBatch']>[0],
  count: number,
  room: number,
): readonly (readonly [number, number])[] {
  let out = new Uint32Array(2 * room);
  checkedNumber(native.bindOutput(scanner, out), 'self-test');
  let total = checkedNumber(native.scanBatch(scanner, count), 'self-test');
  if (2 * total > out.length) {
    out = new Uint32Array(2 * total);
    checkedNumber(native.bindOutput(scanner, out), 'self-test');
    total = checkedNumber(native.scanBatch(scanner, count), 'self-test');
  }
  const found: (readonly [number, number])[] = [];
  for (let i = 0; i < total; i++) found.push([out[2 * i] ?? 0, out[2 * i + 1] ?? 0]);
  return found;
}
