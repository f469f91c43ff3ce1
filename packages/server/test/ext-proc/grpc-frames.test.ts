import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GrpcFrames } from '../../src/ext-proc/grpc-frames.ts';

const message = (length: number, flag = 0): Buffer => {
  const bytes = Buffer.alloc(5 + length, 0xff);
  bytes[0] = flag;
  bytes.writeUInt32BE(length, 1);
  return bytes;
};

it('knows where messages end, however they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 700 })), fc.array(fc.nat(2_000)), (lengths, cuts) => {
      const bytes = Buffer.concat(lengths.map((length) => message(length)));
      const ends = new Set([0]);
      for (const [index] of lengths.entries()) {
        ends.add(lengths.slice(0, index + 1).reduce((sum, length) => sum + 5 + length, 0));
      }
      const frames = new GrpcFrames();
      const places = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].toSorted(
        (a, b) => a - b,
      );
      for (let at = 1; at < places.length; at++) {
        frames.push(bytes.subarray(places[at - 1], places[at]));
        expect(frames.atBoundary).toBe(ends.has(places[at] ?? 0));
      }
      expect(frames.compressed).toBe(false);
    }),
  );
});
it('sees a compressed message, also one behind others', () => {
  const frames = new GrpcFrames();
  frames.push(message(3));
  frames.push(message(300, 1).subarray(0, 1));
  expect(frames.compressed).toBe(true);
});
it('reads a length of four bytes', () => {
  const frames = new GrpcFrames();
  frames.push(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
  expect(frames.atBoundary).toBe(false);
});
