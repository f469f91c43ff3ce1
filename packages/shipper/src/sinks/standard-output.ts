/** Lines to standard output. A reader that is slow holds the sink, and nobody else. */
import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { ShipperError } from '../errors.ts';
import { reasonOf } from './reason.ts';

export class StandardOutput {
  readonly #sink: string;
  readonly #stream: Writable;

  /** @param sink its name, for errors */
  constructor(sink: string, fileDescriptor = 1) {
    this.#sink = sink;
    this.#stream = openStream(fileDescriptor);
    // Each write is told by itself.
    this.#stream.on('error', () => undefined);
  }

  /** @throws ShipperError SINK_AWAY */
  write(text: Buffer, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        signal.removeEventListener('abort', abandon);
        reject(new ShipperError('SINK_AWAY', { sink: this.#sink, reason }));
      };
      const abandon = (): void => fail('the reader takes nothing');
      if (signal.aborted) return abandon();
      signal.addEventListener('abort', abandon, { once: true });
      this.#stream.write(text, (error) => {
        if (error) return fail(reasonOf(error));
        signal.removeEventListener('abort', abandon);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    this.#stream.destroy();
    return Promise.resolve();
  }
}

/** process.stdout writes to pipes synchronously: a reader that stands still would stop the process. */
function openStream(fileDescriptor: number): Writable {
  const status = fstatSync(fileDescriptor);
  if (status.isFIFO() || status.isSocket()) return new Socket({ fd: fileDescriptor, readable: false });
  return createWriteStream('', { fd: fileDescriptor, autoClose: false });
}
