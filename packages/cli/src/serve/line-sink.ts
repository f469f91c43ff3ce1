/**
 * Lines to a file descriptor of somebody else's: a pipe whose reader is slow or gone must not hold up a verdict, nor the
 * end of the process. What does not fit is dropped and counted.
 */
import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** Time that the last lines have to be written when the process ends. */
const FLUSH_MILLIS_MAX = 2_000;

export class LineSink {
  readonly #stream: Writable;
  readonly #waitingBytesMax: number;
  readonly #onDrop: (dropped: number, reason: string) => void;
  #failure: string | null = null;
  #dropped = 0;

  /**
   * @param waitingBytesMax bytes kept for a slow reader
   * @param onDrop called for each line that is dropped
   */
  constructor(
    fileDescriptor: number,
    waitingBytesMax: number,
    onDrop: (dropped: number, reason: string) => void = () => undefined,
  ) {
    this.#waitingBytesMax = waitingBytesMax;
    this.#onDrop = onDrop;
    this.#stream = openStream(fileDescriptor);
    this.#stream.on('error', (error) => {
      this.#failure = error.message;
    });
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** @param line with its line end */
  write(line: string): void {
    const reason =
      this.#failure ??
      (this.#stream.writableLength > this.#waitingBytesMax ? 'the reader is too slow' : null);
    if (reason === null) {
      this.#stream.write(line);
      return;
    }
    this.#dropped += 1;
    this.#onDrop(this.#dropped, reason);
  }

  /** Resolves when all is written, or when that takes too long. Nothing is written afterwards. */
  async end(): Promise<void> {
    if (this.#failure !== null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FLUSH_MILLIS_MAX);
      this.#stream.end(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#stream.destroy();
  }
}

/**
 * process.stdout writes to pipes synchronously, and a file stream's write to a full pipe blocks a thread that the end of
 * the process waits for; a socket on the same descriptor does neither.
 */
function openStream(fileDescriptor: number): Writable {
  const status = fstatSync(fileDescriptor);
  if (status.isFIFO() || status.isSocket()) return new Socket({ fd: fileDescriptor, readable: false });
  return createWriteStream('', { fd: fileDescriptor, autoClose: false });
}
