import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compile, Database, deserialize, libraryVersion, Scanner } from '../src/index.ts';
import { batchOf, codeOf, pairsOf, patternsOf } from './fixtures/helpers.ts';

const database = compile(patternsOf(['foo+', '[<>]', 'a.{3,9}z']));
const bytes = database.serialize();

/** What a scan answers on values that show each pattern. */
function behaviour(of: Database): string[] {
  const scanner = new Scanner(of);
  const { arena, offsets, count } = batchOf(['fooo', '', 'a1234z', '<']);
  const out = new Uint32Array(64);
  const found = pairsOf(out, scanner.scanBatch(arena, offsets, count, out));
  scanner.close();
  return found;
}

/** The bytes with one changed, and a checksum that fits. */
function forged(place: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[place] = value;
  const end = changed.length - 4;
  new DataView(changed.buffer).setUint32(end, crc32(changed.subarray(0, end)), true);
  return changed;
}

describe('serialize and deserialize', () => {
  it('come back to a database that scans the same', () => {
    const again = deserialize(bytes);
    expect(behaviour(again)).toEqual(behaviour(database));
    expect(behaviour(again)).toEqual(['0:0', '2:2', '3:1']);
    expect(again.info()).toEqual(database.info());
    expect(Buffer.compare(again.serialize(), bytes)).toBe(0);
  });

  it('say what a database is made for', () => {
    const { version, mode } = database.info();
    expect(libraryVersion().startsWith(`${version} `)).toBe(true);
    expect(mode).toBe('BLOCK');
    expect(compile(patternsOf(['a']), { platform: 'generic' }).info().features).toBe('');
    expect(compile(patternsOf(['a']), { platform: 'avx2' }).info().features).toBe('AVX2');
  });

  it('take bytes at any address, and of shared memory', () => {
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    expect(behaviour(deserialize(shifted))).toEqual(behaviour(database));
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    expect(behaviour(deserialize(shared))).toEqual(behaviour(database));
  });

  it('refuse every truncation', () => {
    const lengths = [0, 1, 23, 31, 32, 33, 255, 256, bytes.length - 1, bytes.length + 1];
    for (const length of lengths) {
      const cut = new Uint8Array(length);
      cut.set(bytes.subarray(0, length));
      expect(codeOf(() => deserialize(cut))).toBe('HS_SERIALIZED_CORRUPT');
    }
  });

  it('refuse a flipped bit anywhere', () => {
    for (let place = 0; place < bytes.length; place++) {
      const flipped = Uint8Array.from(bytes);
      flipped[place] = (flipped[place] ?? 0) ^ (1 << (place % 8));
      expect(
        codeOf(() => deserialize(flipped)),
        `byte ${place}`,
      ).toMatch(/^HS_(SERIALIZED_CORRUPT|VERSION_MISMATCH|MODE_MISMATCH)$/);
    }
  });

  it('tell another version and another CPU from damage', () => {
    expect(codeOf(() => deserialize(forged(7, 4)))).toBe('HS_VERSION_MISMATCH');
    expect(codeOf(() => deserialize(forged(17, 0xff)))).toBe('HS_PLATFORM_MISMATCH');
  });

  it("refuse what only Hyperscan's own checks find", () => {
    expect(codeOf(() => deserialize(forged(0, 1)))).toBe('HS_SERIALIZED_CORRUPT');
    expect(codeOf(() => deserialize(forged(8, 1)))).toBe('HS_SERIALIZED_CORRUPT');
    expect(codeOf(() => deserialize(forged(200, 0x55)))).toBe('HS_SERIALIZED_CORRUPT');
  });

  it('leave the checksum out where the bytes are verified, and nothing else', () => {
    const changed = Uint8Array.from(bytes);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(codeOf(() => deserialize(changed))).toBe('HS_SERIALIZED_CORRUPT');
    expect(behaviour(deserialize(changed, { verified: true }))).toEqual(behaviour(database));
    for (const wrong of [forged(7, 4), forged(17, 0xff), forged(bytes.length - 5, 3), bytes.subarray(1)]) {
      expect(codeOf(() => deserialize(wrong, { verified: true }))).toMatch(/^HS_.*(?:CORRUPT|MISMATCH)$/);
    }
    expect(codeOf(() => deserialize(bytes, { trusted: true } as object))).toBe('HS_BAD_ARGUMENT');
  });

  it('keep no hold on the bytes', () => {
    const copy = Uint8Array.from(bytes);
    const again = deserialize(copy);
    copy.fill(0);
    expect(behaviour(again)).toEqual(behaviour(database));
  });

  it('refuse what is no bytes', () => {
    for (const wrong of [undefined, null, 'text', 7, [1, 2], new ArrayBuffer(9), new Uint16Array(9), {}]) {
      expect(codeOf(() => deserialize(wrong as Uint8Array))).toBe('HS_BAD_ARGUMENT');
    }
  });

  it('refuse bytes whose buffer is detached', () => {
    const gone = Uint8Array.from(bytes);
    structuredClone(gone, { transfer: [gone.buffer] });
    expect(codeOf(() => deserialize(gone))).toBe('HS_DETACHED');
  });
});

describe('Database', () => {
  it('answers nothing once closed, and closes twice without complaint', () => {
    const closed = compile(patternsOf(['a']));
    closed.close();
    closed.close();
    expect(codeOf(() => closed.serialize())).toBe('HS_CLOSED');
    expect(codeOf(() => closed.info())).toBe('HS_CLOSED');
    expect(codeOf(() => closed.sizeBytes)).toBe('HS_CLOSED');
    expect(codeOf(() => closed.share())).toBe('HS_CLOSED');
    expect(codeOf(() => new Scanner(closed))).toBe('HS_CLOSED');
  });

  it('cannot be made by hand', () => {
    const Constructor = Database as unknown as new (...args: unknown[]) => Database;
    expect(codeOf(() => new Constructor())).toBe('HS_BAD_ARGUMENT');
    expect(codeOf(() => new Constructor(Symbol('hyperscan-js internal'), {}))).toBe('HS_BAD_ARGUMENT');
  });
});
