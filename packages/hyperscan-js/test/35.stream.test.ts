import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compile,
  deserialize,
  Flags,
  fromShared,
  openStream,
  type Report,
  Scanner,
  START_UNKNOWN,
  Stream,
} from '../src/index.ts';
import { codeOf, patternsOf, recordsIn, recordsOf } from './fixtures/helpers.ts';

const EXPRESSIONS = ['ab+c', '^a', 'c$', 'c\\z', 'b.{2,4}a', '[ab]c[ab]', 'a.*b.*c', '\\bab\\b', '^$'];
const PATTERNS = patternsOf(EXPRESSIONS, Flags.DOTALL | Flags.ALLOWEMPTY);
const database = compile(PATTERNS, { mode: 'stream' });
const out = new Uint32Array(8192);

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const chunk = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 12 });
const chunks = fc.array(chunk, { maxLength: 8 });

const sorted = (records: readonly (readonly number[])[]): string[] =>
  [...new Set(records.map((record) => record.join()))].sort();

/** All records of a value in chunks, by way of an array of `room` records. */
function streamed(stream: Stream, pieces: readonly string[], room: number): number[][] {
  const words = stream.recordWords;
  const small = new Uint32Array(room * words);
  const records: number[][] = [];
  const take = (first: number): void => {
    for (let total = first; ; total = stream.drain(small)) {
      records.push(...recordsIn(small, Math.min(total, room), words));
      expect(stream.pending).toBe(Math.max(0, total - room));
      if (total <= room) return;
    }
  };
  for (const piece of pieces) take(stream.scan(bytes(piece), small));
  take(stream.end(small));
  return records;
}

describe('a stream', () => {
  it('finds across chunks what a scan of the whole finds', () => {
    const property = fc.property(chunks, (pieces) => {
      const stream = openStream(database, { report: 'ends' });
      const whole = recordsOf(compile(PATTERNS), pieces.join(''), 'ends');
      expect(sorted(streamed(stream, pieces, 1000))).toEqual(sorted(whole));
      stream.close();
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('loses no match however small the array is, and keeps their order', () => {
    const property = fc.property(
      chunks,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom<Report>('ids', 'ends', 'spans'),
      (pieces, room, report) => {
        const small = openStream(database, { report });
        const large = openStream(database, { report });
        expect(streamed(small, pieces, room)).toEqual(streamed(large, pieces, 1000));
        small.close();
        large.close();
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('keeps matches of earlier chunks before those of later ones when nobody drains', () => {
    const stream = openStream(compile(patternsOf(['a', 'b'], 0), { mode: 'stream' }), { report: 'ends' });
    const none = new Uint32Array(0);
    expect(stream.scan(bytes('aab'), none)).toBe(3);
    expect(stream.scan(bytes('xb'), none)).toBe(4);
    expect(stream.end(none)).toBe(4);
    const two = new Uint32Array(6);
    expect(stream.drain(two)).toBe(4);
    expect(recordsIn(two, 2, 3)).toEqual([
      [0, 0, 1],
      [0, 0, 2],
    ]);
    expect(stream.drain(two)).toBe(2);
    expect(recordsIn(two, 2, 3)).toEqual([
      [0, 1, 3],
      [0, 1, 5],
    ]);
    expect(stream.drain(two)).toBe(0);
  });

  it('reports a SINGLEMATCH pattern once in all chunks, and again after a reset', () => {
    const stream = openStream(compile(patternsOf(['a']), { mode: 'stream' }));
    expect(['xa', 'a', '', 'aa'].map((text) => stream.scan(bytes(text), out))).toEqual([1, 0, 0, 0]);
    expect(stream.end(out)).toBe(0);
    stream.reset();
    expect(stream.scan(bytes('a'), out)).toBe(1);
  });

  it('reports what matches at the end only when it ends', () => {
    const stream = openStream(compile(patternsOf(['b\\z', '^$']), { mode: 'stream' }));
    expect(stream.scan(bytes('ab'), out)).toBe(0);
    expect(stream.end(out)).toBe(1);
    expect(recordsIn(out, 1, 2)).toEqual([[0, 0]]);
    stream.reset();
    expect(stream.end(out)).toBe(1);
    expect(recordsIn(out, 1, 2)).toEqual([[0, 1]]);
  });

  it('takes nothing after its end before a reset', () => {
    const stream = openStream(database);
    stream.end(out);
    expect(codeOf(() => stream.scan(bytes('a'), out))).toBe('HS_STREAM_ENDED');
    expect(codeOf(() => stream.end(out))).toBe('HS_STREAM_ENDED');
    stream.reset();
    expect(stream.scan(bytes('abc'), out)).toBeGreaterThan(0);
    expect(stream.bytesScanned).toBe(3);
  });

  it('does not lose matches that wait to a reset, a copy or a compression', () => {
    const stream = openStream(compile(patternsOf(['a'], 0), { mode: 'stream' }));
    stream.scan(bytes('aaa'), new Uint32Array(2));
    expect(stream.pending).toBe(2);
    expect(codeOf(() => stream.reset())).toBe('HS_UNDRAINED');
    expect(codeOf(() => stream.copy())).toBe('HS_UNDRAINED');
    expect(codeOf(() => stream.compress())).toBe('HS_UNDRAINED');
    expect(stream.drain(out)).toBe(2);
    stream.reset();
    expect(stream.bytesScanned).toBe(0);
  });

  it('stops where more matches wait than may, and goes on after a reset', () => {
    const stream = openStream(compile(patternsOf(['a'], 0), { mode: 'stream' }), { pendingMax: 3 });
    const two = new Uint32Array(4);
    expect(stream.scan(bytes('aaaaa'), two)).toBe(5);
    expect(stream.drain(two)).toBe(3);
    expect(codeOf(() => stream.scan(bytes('aaaaaaaa'), two))).toBe('HS_TOO_MANY_MATCHES');
    expect(codeOf(() => stream.scan(bytes(''), two))).toBe('HS_TOO_MANY_MATCHES');
    expect(codeOf(() => stream.end(two))).toBe('HS_TOO_MANY_MATCHES');
    stream.reset();
    expect(stream.scan(bytes('a'), two)).toBe(1);
  });

  it('refuses too many matches at the end as well', () => {
    const stream = openStream(compile(patternsOf(['a\\z', 'a$', '[ab]\\z']), { mode: 'stream' }), {
      pendingMax: 1,
    });
    stream.scan(bytes('a'), out);
    expect(codeOf(() => stream.end(new Uint32Array(0)))).toBe('HS_TOO_MANY_MATCHES');
    stream.reset();
    expect(stream.scan(bytes('b'), out)).toBe(0);
    expect(stream.end(out)).toBe(1);
  });

  it('goes on after what a copy has seen, independently of it', () => {
    const stream = openStream(database, { report: 'ends' });
    stream.scan(bytes('ab'), out);
    const copy = stream.copy();
    expect(copy.bytesScanned).toBe(2);
    expect(copy.recordWords).toBe(3);
    const rest = recordsIn(out, stream.scan(bytes('bc'), out), 3);
    expect(recordsIn(out, copy.scan(bytes('bc'), out), 3)).toEqual(rest);
    stream.close();
    expect(copy.end(out)).toBeGreaterThan(0);
  });

  it('goes on from its compressed state, any number of times', () => {
    const property = fc.property(chunks, chunks, (before, after) => {
      const stream = openStream(database, { report: 'ends' });
      for (const piece of before) stream.scan(bytes(piece), out);
      const compressed = stream.compress();
      const expected = streamed(stream, after, 1000);
      stream.close();
      for (let round = 0; round < 2; round++) {
        const again = compressed.expand();
        expect(streamed(again, after, 1000)).toEqual(expected);
        again.close();
      }
      compressed.close();
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('says how large its state is, compressed or not', () => {
    const { streamBytes = 0, mode } = database.info();
    expect(mode).toBe('STREAM');
    expect(streamBytes).toBeGreaterThan(0);
    const compressed = openStream(database).compress();
    expect(compressed.sizeBytes).toBeGreaterThan(0);
    expect(compressed.sizeBytes).toBeLessThanOrEqual(streamBytes);
  });

  it('outlives its database, and one that was serialised or shared serves as well', () => {
    const own = compile(patternsOf(['abc']), { mode: 'stream' });
    const bytesOfIt = own.serialize();
    const stream = openStream(fromShared(own.share()));
    const compressed = stream.compress();
    own.close();
    stream.scan(bytes('ab'), out);
    expect(stream.scan(bytes('c'), out)).toBe(1);
    expect(compressed.expand().scan(bytes('abc'), out)).toBe(1);
    expect(openStream(deserialize(bytesOfIt)).scan(bytes('abc'), out)).toBe(1);
  });

  it('runs beside others of its thread, and beside scanners', () => {
    const scanner = new Scanner(compile(patternsOf(['z+', 'abc'])));
    const streams = Array.from({ length: 50 }, () => openStream(database, { report: 'ends' }));
    const alone = openStream(database, { report: 'ends' });
    for (const text of ['xxab', 'bc', 'a', 'bcc']) {
      const expected = recordsIn(out, alone.scan(bytes(text), out), 3);
      for (const stream of streams) {
        expect(recordsIn(out, stream.scan(bytes(text), out), 3)).toEqual(expected);
        expect(scanner.scanString('zabc', out)).toBe(2);
      }
    }
  });
});

describe('the starts of matches in a stream', () => {
  const som = [{ expression: 'a[^b]*b', id: 1, flags: Flags.SOM_LEFTMOST | Flags.DOTALL }];

  it('need a horizon', () => {
    expect(codeOf(() => compile(som, { mode: 'stream' }))).toBe('HS_COMPILE');
  });

  it.each(['small', 'medium', 'large'] as const)('lie in earlier chunks: horizon %s', (somHorizon) => {
    const stream = openStream(compile(som, { mode: 'stream', somHorizon }), { report: 'spans' });
    stream.scan(bytes('xxa'), out);
    stream.scan(new Uint8Array(1000), out);
    expect(stream.scan(bytes('b'), out)).toBe(1);
    expect(recordsIn(out, 1, 4)).toEqual([[0, 1, 2, 1004]]);
  });

  it('are unknown beyond the horizon', () => {
    const stream = openStream(compile(som, { mode: 'stream', somHorizon: 'small' }), { report: 'spans' });
    stream.scan(bytes('a'), out);
    stream.scan(new Uint8Array(100_000), out);
    expect(stream.scan(bytes('b'), out)).toBe(1);
    expect(recordsIn(out, 1, 4)).toEqual([[0, 1, START_UNKNOWN, 100_002]]);
  });

  it('and ends are refused from 4 GiB on, where ids are not', () => {
    const ids = openStream(compile(patternsOf(['^a', 'ab']), { mode: 'stream' }));
    const ends = openStream(compile(patternsOf(['^a', 'ab']), { mode: 'stream' }), { report: 'ends' });
    const large = new Uint8Array(1 << 28);
    for (let i = 0; i < 15; i++) {
      ends.scan(large, out);
      ids.scan(large, out);
    }
    expect(codeOf(() => ends.scan(large, out))).toBe('HS_TOO_LONG');
    expect(ends.scan(bytes('ab'), out)).toBe(1);
    expect(recordsIn(out, 1, 3)).toEqual([[0, 1, 15 * large.length + 2]]);
    ids.scan(large, out);
    expect(ids.scan(bytes('ab'), out)).toBe(1);
    expect(ids.bytesScanned).toBe(2 ** 32 + 2);
  });
});

describe('misuse of a stream', () => {
  it('is refused: another mode, wrong options, made by hand', () => {
    expect(codeOf(() => openStream(compile(PATTERNS)))).toBe('HS_MODE_MISMATCH');
    expect(codeOf(() => new Scanner(database))).toBe('HS_MODE_MISMATCH');
    for (const options of [
      { report: 'all' },
      { pendingMax: -1 },
      { pendingMax: 1.5 },
      { pending: 1 },
      null,
    ]) {
      expect(codeOf(() => openStream(database, options as object))).toBe('HS_BAD_ARGUMENT');
    }
    const Constructor = Stream as unknown as new (...args: unknown[]) => Stream;
    expect(codeOf(() => new Constructor())).toBe('HS_BAD_ARGUMENT');
  });

  it.each([undefined, null, 'abc', 7, [1], new Uint16Array(2), new ArrayBuffer(2)])(
    'is refused: a chunk of another type, and the stream goes on',
    (wrong) => {
      const stream = openStream(database);
      expect(codeOf(() => stream.scan(wrong as unknown as Uint8Array, out))).toBe('HS_BAD_ARGUMENT');
      expect(codeOf(() => stream.scan(bytes('a'), wrong as unknown as Uint32Array))).toBe('HS_BAD_ARGUMENT');
      expect(codeOf(() => stream.end(wrong as unknown as Uint32Array))).toBe('HS_BAD_ARGUMENT');
      expect(codeOf(() => stream.drain(wrong as unknown as Uint32Array))).toBe('HS_BAD_ARGUMENT');
      expect(stream.bytesScanned).toBe(0);
      expect(stream.scan(bytes('abc'), out)).toBeGreaterThan(0);
    },
  );

  it('is refused: detached chunks and results', () => {
    const stream = openStream(database);
    const gone = new Uint8Array(3);
    const room = new Uint32Array(3);
    structuredClone([gone, room], { transfer: [gone.buffer, room.buffer] });
    expect(codeOf(() => stream.scan(gone, out))).toBe('HS_DETACHED');
    expect(codeOf(() => stream.scan(bytes('a'), room))).toBe('HS_DETACHED');
  });

  it('is refused: anything after close, but a second close', () => {
    const stream = openStream(database);
    const compressed = stream.compress();
    for (const each of [stream, compressed]) {
      each.close();
      each.close();
    }
    const calls = [
      () => stream.scan(bytes('a'), out),
      () => stream.end(out),
      () => stream.drain(out),
      () => stream.reset(),
      () => stream.copy(),
      () => stream.compress(),
      () => stream.pending,
      () => compressed.expand(),
      () => compressed.sizeBytes,
    ];
    expect(calls.map(codeOf)).toEqual(calls.map(() => 'HS_CLOSED'));
  });
});
