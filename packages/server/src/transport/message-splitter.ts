/** Cuts the bytes of a call into its messages, however the network has cut them into chunks. */
import { MessageCollector, PREFIX_BYTES, readPrefix } from './frame.ts';
import { GrpcStatus, type Refusal } from './status.ts';

const NOTHING = Buffer.alloc(0);

/**
 * A message that lies in one chunk is a view of it; one that comes in several is put together, once. Give a chunk to
 * `push`, then ask `next` until it has nothing more. After a refusal there is nothing more to be had.
 */
export class MessageSplitter {
  readonly #messageBytesMax: number;
  #chunk: Buffer = NOTHING;
  #offset = 0;
  /** The message that has begun and is not whole. */
  #partial: MessageCollector | null = null;

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** Bytes of memory held: what `next` has not given yet, and the beginning of a message. */
  get heldBytes(): number {
    return this.#chunk.byteLength - this.#offset + (this.#partial?.heldBytes ?? 0);
  }

  /** Takes the next bytes; they must not change until `next` has given them all. */
  push(chunk: Buffer): void {
    if (this.#offset < this.#chunk.byteLength) {
      this.#chunk = Buffer.concat([this.#chunk.subarray(this.#offset), chunk]);
    } else {
      this.#chunk = chunk;
    }
    this.#offset = 0;
  }

  /** The next message; null where more bytes are needed first; or why there can be none. */
  next(): Uint8Array | Refusal | null {
    if (this.#partial !== null) return this.#goOn(this.#partial);
    const left = this.#chunk.byteLength - this.#offset;
    if (left >= PREFIX_BYTES) {
      const size = readPrefix(this.#chunk, this.#offset, this.#messageBytesMax);
      if (typeof size !== 'number') return size;
      const start = this.#offset + PREFIX_BYTES;
      if (size <= left - PREFIX_BYTES) {
        this.#offset = start + size;
        return this.#chunk.subarray(start, this.#offset);
      }
    }
    if (left > 0) {
      this.#partial = new MessageCollector(this.#messageBytesMax);
      // All of it belongs to the message, which is longer: a view until more comes.
      this.#partial.push(this.#chunk.subarray(this.#offset));
    }
    this.#dropChunk();
    return null;
  }

  /** Why the bytes may not end here; null where they may. */
  finish(): Refusal | null {
    if (this.heldBytes === 0) return null;
    return { status: GrpcStatus.INTERNAL, message: 'the stream ended in the middle of a message' };
  }

  /** Forgets what is held. */
  release(): void {
    this.#dropChunk();
    this.#partial = null;
  }

  #dropChunk(): void {
    this.#chunk = NOTHING;
    this.#offset = 0;
  }

  /** Gives a message no byte that is not its own: first what its prefix lacks, then what it lacks itself. */
  #goOn(partial: MessageCollector): Uint8Array | Refusal | null {
    while (partial.missingBytes > 0) {
      const end = Math.min(this.#offset + partial.missingBytes, this.#chunk.byteLength);
      if (end === this.#offset) {
        this.#dropChunk();
        return null;
      }
      const refusal = partial.push(this.#chunk.subarray(this.#offset, end));
      if (refusal !== null) return refusal;
      this.#offset = end;
    }
    this.#partial = null;
    return partial.finish();
  }
}
