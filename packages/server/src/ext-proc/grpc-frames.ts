/** Where messages of gRPC end in a body: five bytes of prefix (a flag, a length), then as many bytes. */

const PREFIX_BYTES = 5;

export class GrpcFrames {
  #prefixBytes = 0;
  #length = 0;
  #rest = 0;
  #compressed = false;

  /** A message is compressed, or its flag is one that gRPC does not know. */
  get compressed(): boolean {
    return this.#compressed;
  }

  /** The bytes so far end with a message. */
  get atBoundary(): boolean {
    return this.#prefixBytes === 0 && this.#rest === 0;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.byteLength) {
      if (this.#rest > 0) {
        const taken = Math.min(this.#rest, bytes.byteLength - at);
        this.#rest -= taken;
        at += taken;
        continue;
      }
      this.#prefixByte(bytes[at++] ?? 0);
    }
  }

  #prefixByte(byte: number): void {
    if (this.#prefixBytes === 0) {
      this.#length = 0;
      if (byte !== 0) this.#compressed = true;
    } else {
      this.#length = this.#length * 256 + byte;
    }
    this.#prefixBytes++;
    if (this.#prefixBytes < PREFIX_BYTES) return;
    this.#prefixBytes = 0;
    this.#rest = this.#length;
  }
}
