import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageSplitter } from '../src/transport/message-splitter.ts';
import { GrpcStatus } from '../src/transport/status.ts';
import { frameOf } from './support/raw-client.ts';

const MAX = 300_000;

/** Pushes chunks and takes everything after each. */
function split(splitter: MessageSplitter, chunks: readonly Buffer[]): Buffer[] {
  const messages: Buffer[] = [];
  for (const chunk of chunks) {
    splitter.push(chunk);
    for (let next = splitter.next(); next !== null; next = splitter.next()) {
      if (!(next instanceof Uint8Array)) throw new RangeError(next.message);
      messages.push(Buffer.from(next));
    }
  }
  return messages;
}

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((to, index) => bytes.subarray(sorted[index], to));
};

describe('MessageSplitter', () => {
  it('gives the messages that were framed, wherever the bytes are cut', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 500 }), { maxLength: 10 });
    const places = fc.array(fc.nat(6_000), { maxLength: 40 });
    fc.assert(
      fc.property(messages, places, (given, at) => {
        const splitter = new MessageSplitter(MAX);
        const bytes = Buffer.concat(given.map((message) => frameOf(message)));
        expect(split(splitter, cut(bytes, at))).toEqual(given.map((message) => Buffer.from(message)));
        expect(splitter.finish()).toBeNull();
        expect(splitter.heldBytes).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('gives them byte by byte too, and with chunks taken late', () => {
    const given = [Buffer.from('first'), Buffer.alloc(0), Buffer.alloc(70_000, 3)];
    const bytes = Buffer.concat(given.map((message) => frameOf(message)));
    const single = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(split(new MessageSplitter(MAX), single)).toEqual(given);
    const late = new MessageSplitter(MAX);
    late.push(bytes.subarray(0, 12));
    expect(Buffer.from(late.next() as Uint8Array)).toEqual(given[0]);
    late.push(bytes.subarray(12));
    expect(split(late, [Buffer.alloc(0)])).toEqual(given.slice(1));
  });

  it('copies nothing of a message that lies in one chunk', () => {
    const bytes = Buffer.concat([frameOf(Buffer.from('one')), frameOf(Buffer.from('two'))]);
    const splitter = new MessageSplitter(MAX);
    splitter.push(bytes);
    for (const offset of [5, 13]) {
      const message = splitter.next() as Uint8Array;
      expect(message.buffer).toBe(bytes.buffer);
      expect(message.byteOffset - bytes.byteOffset).toBe(offset);
    }
  });

  it.each([1, 4, 5, 6, 1_000])('holds little more than it was given in pieces of %i bytes', (size) => {
    const splitter = new MessageSplitter(MAX);
    const bytes = frameOf(Buffer.alloc(100_000), 0, MAX);
    for (let at = 0; at < bytes.length; at += size) {
      splitter.push(bytes.subarray(at, at + size));
      expect(splitter.next()).toBeNull();
      const given = Math.min(at + size, bytes.length);
      expect(splitter.heldBytes).toBeGreaterThanOrEqual(given);
      expect(splitter.heldBytes).toBeLessThanOrEqual(Math.max(2 * given, 16_384));
    }
    expect(splitter.finish()?.status).toBe(GrpcStatus.INTERNAL);
    splitter.release();
    expect(splitter.heldBytes).toBe(0);
  });

  it.each([
    ['compressed', frameOf(Buffer.from('x'), 1), GrpcStatus.UNIMPLEMENTED],
    ['with a bad flag', frameOf(Buffer.from('x'), 255), GrpcStatus.INTERNAL],
    ['over the limit', frameOf(Buffer.from('x'), 0, MAX + 1), GrpcStatus.RESOURCE_EXHAUSTED],
    ['of 4 GiB', frameOf(Buffer.from('x'), 0, 0xffff_ffff), GrpcStatus.RESOURCE_EXHAUSTED],
  ])(
    'refuses a message that is %s as soon as its prefix is here, in one piece or in five',
    (_, frame, status) => {
      const good = frameOf(Buffer.from('good'));
      for (const chunks of [
        [Buffer.concat([good, frame])],
        [good, ...Array.from(frame, (b) => Buffer.from([b]))],
      ]) {
        const splitter = new MessageSplitter(MAX);
        const results = [];
        for (const chunk of chunks.slice(0, 6)) {
          splitter.push(chunk);
          for (let next = splitter.next(); next !== null; next = splitter.next()) {
            results.push(next);
            if (!(next instanceof Uint8Array)) break;
          }
        }
        expect(results).toHaveLength(2);
        expect(results[1]).toMatchObject({ status });
      }
    },
  );
});
