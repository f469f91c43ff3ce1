import { describe, expect, it } from 'vitest';
import { compile, type Database, Scanner } from '../src/index.ts';
import { codeOf, errorOf, patternsOf } from './fixtures/helpers.ts';

const database = compile(patternsOf(['a', '^$']));
const scanner = new Scanner(database);
const arena = Buffer.from('abcabc');
const offsets = Uint32Array.of(0, 3, 6);
const out = new Uint32Array(16);

/** A call that works, to show that a refused one leaves the scanner usable. */
const stillWorks = () => scanner.scanBatch(arena, offsets, 2, out) === 2;

const detach = (view: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>) =>
  structuredClone(view, { transfer: [view.buffer] });

describe('new Scanner', () => {
  it.each([undefined, null, {}, 7, 'db', Object.create(null)])('refuses %s', (wrong) => {
    expect(codeOf(() => new Scanner(wrong as Database))).toBe('HS_BAD_ARGUMENT');
  });
});

describe('scanBatch', () => {
  it.each([
    ['no arena', [undefined, offsets, 2, out]],
    ['a string as arena', ['abc', offsets, 2, out]],
    ['an ArrayBuffer as arena', [new ArrayBuffer(6), offsets, 2, out]],
    ['a DataView as arena', [new DataView(new ArrayBuffer(6)), offsets, 2, out]],
    ['signed bytes', [new Int8Array(6), offsets, 2, out]],
    ['plain numbers as offsets', [arena, [0, 3, 6], 2, out]],
    ['signed offsets', [arena, Int32Array.of(0, 3, 6), 2, out]],
    ['null as offsets', [arena, null, 2, out]],
    ['bytes as out', [arena, offsets, 2, new Uint8Array(16)]],
    ['no out', [arena, offsets, 2, undefined]],
    ['a proxy as arena', [new Proxy(arena, {}), offsets, 2, out]],
    ['an impostor', [Object.create(Uint8Array.prototype), offsets, 2, out]],
    ['a negative count', [arena, offsets, -1, out]],
    ['a fractional count', [arena, offsets, 1.5, out]],
    ['NaN as count', [arena, offsets, Number.NaN, out]],
    ['a count of 2^32', [arena, offsets, 2 ** 32, out]],
    ['a string as count', [arena, offsets, '2', out]],
    ['no count', [arena, offsets, undefined, out]],
  ])('refuses %s', (_, args) => {
    expect(codeOf(() => scanner.scanBatch(...(args as Parameters<Scanner['scanBatch']>)))).toBe(
      'HS_BAD_ARGUMENT',
    );
    expect(stillWorks()).toBe(true);
  });

  it.each([
    ['descend', [3, 0], 1, /value 0 is from 3 to 0/],
    ['descend later', [0, 3, 2, 6], 3, /value 1 is from 3 to 2/],
    ['leave the arena', [0, 7], 1, /value 0 is from 0 to 7 in an arena of 6 bytes/],
    ['begin outside', [7, 7], 1, /value 0 is from 7 to 7/],
    ['wrap around', [0, 0xffffffff], 1, /4294967295/],
    ['are too few', [0, 3], 2, /2 values need 3, not 2/],
    ['are none', [], 1, /1 values need 2, not 0/],
  ])('refuses offsets that %s', (_, list, count, message) => {
    const error = errorOf(() => scanner.scanBatch(arena, Uint32Array.from(list), count, out));
    expect(error.code).toBe('HS_OFFSETS');
    expect(error.message).toMatch(message);
    expect(stillWorks()).toBe(true);
  });

  it('refuses the largest counts without reading beyond', () => {
    expect(codeOf(() => scanner.scanBatch(arena, offsets, 3, out))).toBe('HS_OFFSETS');
    expect(codeOf(() => scanner.scanBatch(arena, offsets, 0xffffffff, out))).toBe('HS_OFFSETS');
  });

  it('refuses arrays detached before a call, and between calls', () => {
    const bytes = Uint8Array.from(arena);
    const words = Uint32Array.from(offsets);
    const room = new Uint32Array(16);
    expect(scanner.scanBatch(bytes, words, 2, room)).toBe(2);
    detach(room);
    expect(codeOf(() => scanner.scanBatch(bytes, words, 2, room))).toBe('HS_DETACHED');
    detach(words);
    expect(codeOf(() => scanner.scanBatch(bytes, words, 2, out))).toBe('HS_DETACHED');
    detach(bytes);
    expect(codeOf(() => scanner.scanBatch(bytes, offsets, 2, out))).toBe('HS_DETACHED');
    expect(stillWorks()).toBe(true);
  });

  it('follows a resizable buffer', () => {
    const buffer = new ArrayBuffer(6, { maxByteLength: 1 << 20 });
    const tracking = new Uint8Array(buffer);
    const fixed = new Uint8Array(buffer, 0, 6);
    tracking.set(arena);
    expect(scanner.scanBatch(tracking, offsets, 2, out)).toBe(2);
    buffer.resize(3);
    expect(codeOf(() => scanner.scanBatch(tracking, offsets, 2, out))).toBe('HS_OFFSETS');
    expect(codeOf(() => scanner.scanBatch(fixed, offsets, 2, out))).toBe('HS_OFFSETS');
    buffer.resize(1 << 20);
    tracking[(1 << 20) - 1] = 97;
    expect(scanner.scanBatch(tracking, Uint32Array.of(6, 1 << 20), 1, out)).toBe(1);
  });

  it('follows the memory of WebAssembly that grows', () => {
    const memory = new (Reflect.get(globalThis, 'WebAssembly').Memory)({ initial: 1 });
    const view = new Uint8Array(memory.buffer);
    expect(scanner.scanBatch(view, offsets, 2, out)).toBe(0);
    memory.grow(1);
    expect(codeOf(() => scanner.scanBatch(view, offsets, 2, out))).toBe('HS_DETACHED');
  });

  it('is not deceived by a view that hides its length', () => {
    const liar = Uint8Array.from(arena);
    Object.defineProperty(liar, 'length', { value: 6 });
    expect(scanner.scanBatch(liar, offsets, 2, out)).toBe(2);
    detach(liar);
    expect(codeOf(() => scanner.scanBatch(liar, offsets, 2, out))).toBe('HS_DETACHED');
  });

  it('survives results written over its own input', () => {
    const memory = new ArrayBuffer(64);
    const words = new Uint32Array(memory);
    const bytes = new Uint8Array(memory);
    words.set([0, 16, 32, 48, 64]);
    bytes.fill(97, 20);
    const total = (() => {
      try {
        return scanner.scanBatch(bytes, words, 4, words);
      } catch (error) {
        return error;
      }
    })();
    expect(total).toBeDefined();
    expect(stillWorks()).toBe(true);
  });
});

describe('scanString', () => {
  it.each([undefined, null, 7, {}, Buffer.from('a'), Symbol('a')])(
    'refuses a value of another type',
    (wrong) => {
      expect(codeOf(() => scanner.scanString(wrong as string, out))).toBe('HS_BAD_ARGUMENT');
    },
  );

  it('refuses characters that are no bytes instead of cutting them', () => {
    // U+0161 cut to a byte is "a".
    const error = errorOf(() => scanner.scanString('xx\u0161', out));
    expect(error.code).toBe('HS_NOT_LATIN1');
    expect(error.message).toContain('index 2');
  });

  it('refuses an out of another type', () => {
    expect(codeOf(() => scanner.scanString('a', [] as unknown as Uint32Array))).toBe('HS_BAD_ARGUMENT');
  });
});

describe('a closed scanner', () => {
  it('refuses everything but a second close', () => {
    const closed = new Scanner(database);
    closed.scanBatch(arena, offsets, 2, out);
    closed.close();
    closed.close();
    expect(codeOf(() => closed.scanBatch(arena, offsets, 2, out))).toBe('HS_CLOSED');
    expect(codeOf(() => closed.scanString('a', out))).toBe('HS_CLOSED');
    expect(stillWorks()).toBe(true);
  });
});
