/**
 * The frame of every streaming parser. A parser that cannot decide yet leaves a short tail unread; the tail is given
 * to it again in front of the next chunk. So no parser knows of chunk borders, and any chunking gives the same calls.
 */
import { fromBytes } from '../bytes.ts';
import type { GuardedSink } from './guarded-sink.ts';
import type { BodyProcessor, UnfinishedSink } from './processor.ts';

export abstract class StreamingProcessor implements BodyProcessor {
  protected readonly sink: GuardedSink;
  readonly #bytesMax: number;
  #tail = '';
  #received = 0;
  #ended = false;

  /** `bytesMax`: a longer body is an error of kind `size` at that byte, after all before it was read. */
  constructor(sink: GuardedSink, bytesMax: number) {
    this.sink = sink;
    this.#bytesMax = bytesMax;
  }

  /**
   * Reads on. `base` is the byte offset of `text[0]`; `final` says that nothing follows. Returns how much of `text`
   * was read. The tail left over must be bounded by a constant (a terminator, an escape), or cost is not linear; with
   * `final` all is read or an error is raised.
   */
  protected abstract read(text: string, base: number, final: boolean): number;

  /** The body, which had at least one byte, was read to its end without an error; `length` is its size in bytes. */
  protected abstract finish(length: number): void;

  /** Overridden where a processor knows of values that have not ended. */
  tellUnfinished(_sink: UnfinishedSink): void {}

  /** Whether what was read since the last call holds something that rules look at. */
  protected takeNews(): boolean {
    return true;
  }

  /** The tail that was left unread. */
  protected get unread(): string {
    return this.#tail;
  }

  push(chunk: Uint8Array): boolean {
    if (this.sink.failed || this.#ended || chunk.length === 0) return false;
    const room = this.#bytesMax - this.#received;
    const taken = chunk.length > room ? chunk.subarray(0, room) : chunk;
    if (taken.length > 0) this.#feed(taken);
    if (taken.length < chunk.length) {
      this.sink.error('size', `more than ${this.#bytesMax} bytes outside of files`, this.#bytesMax);
    }
    return this.takeNews() || this.sink.failed;
  }

  end(): void {
    if (this.sink.failed || this.#ended) return;
    this.#ended = true;
    // A request without a body is not a malformed one, whatever its Content-Type says.
    if (this.#received === 0) return;
    if (this.#tail !== '') this.read(this.#tail, this.#received - this.#tail.length, true);
    if (!this.sink.failed) this.finish(this.#received);
    this.#tail = '';
  }

  #feed(bytes: Uint8Array): void {
    const text = this.#tail + fromBytes(bytes);
    this.#received += bytes.length;
    const read = this.read(text, this.#received - text.length, false);
    this.#tail = this.sink.failed ? '' : text.slice(read);
  }
}
