/** Bytes by their place: of a file as it is read piece by piece, or of what is in memory. */
import { readSync } from 'node:fs';

export interface BytesAt {
  readonly length: number;
  /** Fills `into` from a place on. False where the bytes end before. */
  read(into: Uint8Array, position: number): boolean;
}

/** @param length of the file, as it was when its owner was asked */
export const bytesOfFile = (descriptor: number, length: number): BytesAt => ({
  length,
  read(into, position) {
    let filled = 0;
    while (filled < into.length) {
      const count = readSync(descriptor, into, filled, into.length - filled, position + filled);
      if (count === 0) return false;
      filled += count;
    }
    return true;
  },
});

export const bytesOfBuffer = (bytes: Uint8Array): BytesAt => ({
  length: bytes.length,
  read(into, position) {
    const part = bytes.subarray(position, position + into.length);
    into.set(part);
    return part.length === into.length;
  },
});
