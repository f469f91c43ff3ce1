/** A protobuf writer for the small messages that the server sends. Defaults are not left out: what is said is said. */

const START_BYTES = 512;

/** Up to here a loop is faster than a call into native code; the length is one byte in any case. */
const SHORT_CHARACTERS_MAX = 64;

export class WireWriter {
  #buffer: Buffer = Buffer.allocUnsafe(START_BYTES);
  #length = 0;

  /** The message written so far: a view, valid until the next write. */
  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  uint32(field: number, value: number): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  bool(field: number, value: boolean): this {
    return this.uint32(field, value ? 1 : 0);
  }

  double(field: number, value: number): this {
    this.#varint(field * 8 + 1);
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
    return this;
  }

  /** UTF-8, as protobuf asks of strings; a lone surrogate becomes U+FFFD. */
  string(field: number, value: string): this {
    this.#varint(field * 8 + 2);
    if (value.length <= SHORT_CHARACTERS_MAX && this.#shortAscii(value)) return this;
    const size = Buffer.byteLength(value, 'utf8');
    this.#varint(size);
    this.#reserve(size);
    this.#length += this.#buffer.write(value, this.#length, 'utf8');
    return this;
  }

  /** Writes length and characters; false, and nothing is written, where one of them is no ASCII. */
  #shortAscii(value: string): boolean {
    const { length } = value;
    this.#reserve(length + 1);
    const start = this.#length + 1;
    for (let at = 0; at < length; at++) {
      const code = value.charCodeAt(at);
      if (code > 0x7f) return false;
      this.#buffer[start + at] = code;
    }
    this.#buffer[this.#length] = length;
    this.#length = start + length;
    return true;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint(field * 8 + 2);
    this.#varint(value.byteLength);
    this.#reserve(value.byteLength);
    this.#buffer.set(value, this.#length);
    this.#length += value.byteLength;
    return this;
  }

  /** A message in a field. */
  message(field: number, write: (writer: this) => void): this {
    const at = this.open(field);
    write(this);
    return this.close(at);
  }

  /**
   * Begins a message in a field: what is written until `close` is in it. Its length is known only then: a byte is kept for it,
   * and more are made room for.
   *
   * @returns for `close`
   */
  open(field: number): number {
    this.#varint(field * 8 + 2);
    this.#reserve(1);
    return this.#length++;
  }

  /** Ends the message that was begun last. */
  close(at: number): this {
    const size = this.#length - at - 1;
    const more = varintSize(size) - 1;
    if (more > 0) {
      this.#reserve(more);
      this.#buffer.copyWithin(at + 1 + more, at + 1, this.#length);
    }
    const end = this.#length + more;
    this.#length = at;
    this.#varint(size);
    this.#length = end;
    return this;
  }

  #varint(value: number): void {
    this.#reserve(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#buffer[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#length++] = rest;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size++;
  return size;
}
