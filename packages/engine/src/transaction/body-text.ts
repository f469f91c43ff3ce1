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
  #unjudgedBytes = 0;
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

  add(chunk: Uint8Array): void {
    if (this.#window === null) {
      this.#value += fromBytes(chunk);
      return;
    }
    for (let at = 0; at < chunk.length; ) {
      const room = this.#bytesMax(this.#window) - this.#value.length;
      if (room <= 0) {
        this.#slide(this.#window);
        continue;
      }
      const piece = chunk.subarray(at, at + room);
      this.#value += fromBytes(piece);
      this.#unjudgedBytes += piece.length;
      at += piece.length;
    }
  }

  /** All that is in the window was judged. */
  judged(): void {
    this.#unjudgedBytes = 0;
  }

  #bytesMax({ firstBytes }: WindowOptions): number {
    const { windowBytes } = WINDOW_LIMITS;
    return this.#hasSlid ? windowBytes : Math.max(firstBytes, windowBytes);
  }

  #slide({ onSlide }: WindowOptions): void {
    if (this.#unjudgedBytes > 0) onSlide();
    this.#hasSlid = true;
    this.#unjudgedBytes = 0;
    // A copy: a slice would keep the whole text that it is from in memory.
    this.#value = fromBytes(toBytes(this.#value.slice(-WINDOW_LIMITS.overlapBytes)));
  }
}
