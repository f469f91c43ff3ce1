/**
 * A protobuf reader over bytes from outside. It copies nothing, reads each byte at most once, and ends every bad
 * input in a ServerError (WIRE_MALFORMED) that names the byte. Depth is bounded by construction: a decoder descends
 * into fields that it knows only, everything else is stepped over, and groups are refused.
 */
import { ServerError } from '../errors.ts';

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_LENGTH = 2;
const WIRE_FIXED32 = 5;

const VARINT_BYTES_MAX = 10;
/** A tag is 32 bits: five bytes, the last of which has four bits to give. */
const TAG_BYTES_MAX = 5;
const TAG_LAST_BYTE_MAX = 0x0f;

/** The tag of a field with a length: string, bytes, message. Decoders switch over tags, so a wrong type is unknown. */
export const lengthTag = (field: number): number => field * 8 + WIRE_LENGTH;

/** The tag of a field of eight bytes: double. */
export const fixed64Tag = (field: number): number => field * 8 + WIRE_FIXED64;

/** The tag of a varint field: integers, enums, bool. */
export const varintTag = (field: number): number => field * 8 + WIRE_VARINT;

/**
 * Fields with many strings are decoded once, and the strings are parts of that. Longer fields are not: whoever keeps a part keeps the
 * whole.
 */
const TEXT_BYTES_MAX = 4_096;

export class WireReader {
  readonly #bytes: Buffer;
  /** The bytes from `#textStart` to `#textEnd`, one a character. */
  #text = '';
  #textStart = 0;
  #textEnd = 0;
  #position = 0;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.byteLength;
  }

  /** Byte offset in the whole message. */
  get position(): number {
    return this.#position;
  }

  /** True while the current message has more fields. */
  more(): boolean {
    return this.#position < this.#end;
  }

  /** The next field's tag: its number times 8 plus its wire type. */
  tag(): number {
    const start = this.#position;
    const tag = this.uint32();
    const size = this.#position - start;
    const last = this.#bytes[this.#position - 1] ?? 0;
    if (size > TAG_BYTES_MAX || (size === TAG_BYTES_MAX && last > TAG_LAST_BYTE_MAX)) {
      throw malformed('a tag of more than 32 bits', start);
    }
    if (tag >>> 3 === 0) throw malformed('field number 0', start);
    return tag;
  }

  /** A varint's low 32 bits, as protobuf reads a uint32. */
  uint32(): number {
    const start = this.#position;
    let value = 0;
    for (let index = 0; index < VARINT_BYTES_MAX; index++) {
      if (this.#position >= this.#end) throw malformed('a number ends too early', start);
      const byte = this.#bytes[this.#position++] ?? 0;
      if (index < 5) value |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed('a number of more than ten bytes', start);
  }

  /** True where any bit of a varint is set, those beyond its low 32 included. */
  bool(): boolean {
    const start = this.#position;
    let bits = this.uint32();
    for (let at = start; at < this.#position; at++) bits |= (this.#bytes[at] ?? 0) & 0x7f;
    return bits !== 0;
  }

  double(): number {
    const start = this.#position;
    this.#advance(8);
    return this.#bytes.readDoubleLE(start);
  }

  /** A view of the field's bytes, not a copy. */
  bytes(): Uint8Array {
    const start = this.#takeLength();
    return this.#bytes.subarray(start, this.#position);
  }

  /** One byte a character: how values are kept. */
  latin1(): string {
    const start = this.#takeLength();
    const end = this.#position;
    if (start >= this.#textStart && end <= this.#textEnd) {
      return this.#text.substring(start - this.#textStart, end - this.#textStart);
    }
    return this.#bytes.toString('latin1', start, end);
  }

  /** Text of our own making, such as names of policies. */
  utf8(): string {
    const start = this.#takeLength();
    return this.#bytes.toString('utf8', start, this.#position);
  }

  /** Narrows the reader to the message in this field; give what it returns to `leave`. */
  enter(): number {
    const outer = this.#end;
    const start = this.#takeLength();
    this.#end = this.#position;
    this.#position = start;
    return outer;
  }

  /** As `enter`, for a field of many strings. */
  enterText(): number {
    const outer = this.enter();
    if (this.#end - this.#position > TEXT_BYTES_MAX) return outer;
    this.#textStart = this.#position;
    this.#textEnd = this.#end;
    this.#text = this.#bytes.toString('latin1', this.#position, this.#end);
    return outer;
  }

  leave(outer: number): void {
    this.#end = outer;
  }

  /** Steps over a field of any type but a group. */
  skip(tag: number): void {
    const start = this.#position;
    switch (tag & 7) {
      case WIRE_VARINT:
        this.uint32();
        return;
      case WIRE_FIXED64:
        this.#advance(8);
        return;
      case WIRE_LENGTH:
        this.#takeLength();
        return;
      case WIRE_FIXED32:
        this.#advance(4);
        return;
      default:
        throw malformed(`wire type ${tag & 7}`, start);
    }
  }

  /** Reads a length and steps over as many bytes. Returns where they start. */
  #takeLength(): number {
    const length = this.uint32();
    const start = this.#position;
    this.#advance(length);
    return start;
  }

  #advance(count: number): void {
    if (count > this.#end - this.#position) {
      throw malformed(
        `a field of ${count} bytes where ${this.#end - this.#position} are left`,
        this.#position,
      );
    }
    this.#position += count;
  }
}

const malformed = (reason: string, offset: number): ServerError =>
  new ServerError('WIRE_MALFORMED', { reason, offset });
