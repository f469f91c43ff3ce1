/** The text of a body as REQUEST_BODY has it: all of it, or a window that slides over it. */
import { fromBytes, toBytes } from '../bytes.ts';
import { WINDOW_LIMITS } from '../limits.ts';

export interface WindowOptions {
  /** So many bytes are kept from the beginning on, before the window slides for the first time. */
  readonly firstBytes: number;
  /** Called before bytes leave that were not judged. */
  readonly onSlide: () => void;
}

export class BodyText {
  readonly #window: WindowOptions | null;
  #value = '';
  /** What came since the last judgement, with some of what stands before it. */
  #recent = '';
  #unjudgedBytes = 0;
  /** Of the value when all of it was judged last. */
  #wholeBytes = 0;
  #hasSlid = false;

  /** @param window null keeps all that comes; whoever adds then sees to the bound */
  constructor(window: WindowOptions | null) {
    this.#window = window;
  }

  get value(): string {
    return this.#value;
  }

  /** Whether the beginning has left the window. */
  get hasSlid(): boolean {
    return this.#hasSlid;
  }

  /**
   * What is to be judged now: what came since the last judgement, with an overlap; all of it each time that there is twice as
   * much. However often somebody asks, judging costs as much as there is, and an overlap a question.
   */
  get unjudged(): string {
    return this.#isWholeDue ? this.#value : this.#recent;
  }

  add(chunk: Uint8Array): void {
    if (this.#window === null) {
      this.#append(fromBytes(chunk));
      return;
    }
    for (let at = 0; at < chunk.length; ) {
      const room = this.#bytesMax(this.#window) - this.#value.length;
      if (room <= 0) {
        this.#slide(this.#window);
        continue;
      }
      const piece = chunk.subarray(at, at + room);
      this.#append(fromBytes(piece));
      at += piece.length;
    }
  }

  /** `unjudged` was judged. */
  judged(): void {
    if (this.#unjudgedBytes === 0) return;
    if (this.#isWholeDue) this.#wholeBytes = this.#value.length;
    this.#recent = endOf(this.#recent);
    this.#unjudgedBytes = 0;
  }

  get #isWholeDue(): boolean {
    return this.#value.length >= 2 * this.#wholeBytes;
  }

  #append(text: string): void {
    this.#value += text;
    this.#recent += text;
    this.#unjudgedBytes += text.length;
  }

  #bytesMax({ firstBytes }: WindowOptions): number {
    const { windowBytes } = WINDOW_LIMITS;
    return this.#hasSlid ? windowBytes : Math.max(firstBytes, windowBytes);
  }

  #slide({ onSlide }: WindowOptions): void {
    if (this.#unjudgedBytes > 0) onSlide();
    this.#hasSlid = true;
    this.#unjudgedBytes = 0;
    this.#value = endOf(this.#value);
    this.#recent = this.#value;
    this.#wholeBytes = this.#value.length;
  }
}

/** A copy: a slice would keep the whole text that it is from in memory. */
const endOf = (text: string): string => fromBytes(toBytes(text.slice(-WINDOW_LIMITS.overlapBytes)));
