/** gRPC's framing: a compression flag, a length of four bytes, the message. A unary call carries exactly one; message-splitter.ts reads many. */
import { GrpcStatus, type Refusal } from './status.ts';

export const PREFIX_BYTES = 5;

/** Room that a second chunk makes at least. */
const GROWTH_BYTES_MIN = 16_384;

export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.byteLength);
  framed[0] = 0;
  framed.writeUInt32BE(message.byteLength, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** The length of the message behind the prefix at `offset` of `bytes`, or why it is not taken. */
export function readPrefix(bytes: Buffer, offset: number, messageBytesMax: number): number | Refusal {
  const flag = bytes[offset];
  if (flag === 1) return { status: GrpcStatus.UNIMPLEMENTED, message: 'compressed messages are not taken' };
  if (flag !== 0) return { status: GrpcStatus.INTERNAL, message: 'a bad compression flag' };
  const size = bytes.readUInt32BE(offset + 1);
  if (size <= messageBytesMax) return size;
  const message = `a message of ${size} bytes, over the limit of ${messageBytesMax}`;
  return { status: GrpcStatus.RESOURCE_EXHAUSTED, message };
}

/**
 * Collects one message from chunks. A message that comes in one chunk is not copied. Memory held is at most twice the
 * bytes received (or GROWTH_BYTES_MIN) and never more than the message needs, whatever length was announced and however small the chunks are.
 */
export class MessageCollector {
  readonly #messageBytesMax: number;
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Bytes of the whole frame, once its prefix is here. */
  #frameBytes = -1;

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** Bytes of memory held. */
  get heldBytes(): number {
    return this.#buffer.byteLength;
  }

  /** Bytes that the frame lacks; of a frame whose length is not known, those of its prefix. */
  get missingBytes(): number {
    return (this.#frameBytes < 0 ? PREFIX_BYTES : this.#frameBytes) - this.#length;
  }

  /** Takes the next bytes. Returns why they cannot be part of a good call, or null. */
  push(chunk: Buffer): Refusal | null {
    if (this.#length === 0) this.#buffer = chunk;
    else this.#append(chunk);
    this.#length += chunk.byteLength;
    if (this.#frameBytes < 0 && this.#length >= PREFIX_BYTES) {
      const refusal = this.#readPrefix();
      if (refusal !== null) return refusal;
    }
    if (this.#frameBytes >= 0 && this.#length > this.#frameBytes) {
      return { status: GrpcStatus.UNIMPLEMENTED, message: 'more than one message in a unary call' };
    }
    return null;
  }

  /** The message, or why there is none. */
  finish(): Uint8Array | Refusal {
    if (this.#length === 0)
      return { status: GrpcStatus.UNIMPLEMENTED, message: 'no message in a unary call' };
    if (this.#length !== this.#frameBytes) {
      return { status: GrpcStatus.INTERNAL, message: 'the stream ended in the middle of a message' };
    }
    return this.#buffer.subarray(PREFIX_BYTES, this.#length);
  }

  /** Forgets what was collected. */
  release(): void {
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
  }

  #readPrefix(): Refusal | null {
    const size = readPrefix(this.#buffer, 0, this.#messageBytesMax);
    if (typeof size !== 'number') return size;
    this.#frameBytes = PREFIX_BYTES + size;
    return null;
  }

  /** Doubles, so that many small chunks cost no more than linear time and no memory of their own. */
  #append(chunk: Buffer): void {
    const needed = this.#length + chunk.byteLength;
    if (needed > this.#buffer.byteLength) {
      const wanted = Math.max(this.#length * 2, GROWTH_BYTES_MIN);
      const useful = this.#frameBytes < 0 ? needed : Math.min(wanted, this.#frameBytes);
      const larger = Buffer.allocUnsafe(Math.max(needed, useful));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    chunk.copy(this.#buffer, this.#length);
  }
}
