/**
 * A file that grows to a size and is then renamed: `events.log` to `events.log.1`, that to `events.log.2`, up to a count. A
 * program that renames it by itself (logrotate) is noticed, and a new file begun.
 */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { ShipperError } from '../errors.ts';
import { reasonOf } from './reason.ts';

export interface RotatingFileOptions {
  readonly path: string;
  readonly fileBytesMax: number;
  /** With the one that is written to. */
  readonly filesMax: number;
  readonly fsync: boolean;
}

interface Opened {
  readonly handle: FileHandle;
  readonly inode: number;
  /** Up to here there are whole lines. */
  bytes: number;
}

const BLOCK_BYTES = 65_536;
const LINE_END = 0x0a;

export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #file: Opened | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /**
   * One after the other, whole or not at all: what was written of a text whose end did not find room is cut off again.
   * @throws ShipperError SINK_FILE
   */
  write(text: Buffer): Promise<void> {
    const written = this.#last.then(() => this.#write(text));
    // Whoever asked is told; the next begins in any case.
    this.#last = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file?.handle.close();
    this.#file = null;
  }

  async #write(text: Buffer): Promise<void> {
    const { path, fsync } = this.#options;
    try {
      const file = await this.#fileFor(text.length);
      try {
        await writeAll(file.handle, text);
        if (fsync) await file.handle.datasync();
        file.bytes += text.length;
      } catch (error) {
        await file.handle.truncate(file.bytes);
        throw error;
      }
    } catch (cause) {
      await this.#forget();
      if (cause instanceof ShipperError) throw cause;
      throw new ShipperError('SINK_FILE', { path, reason: reasonOf(cause) }, cause);
    }
  }

  async #fileFor(bytes: number): Promise<Opened> {
    const { path, fileBytesMax } = this.#options;
    if (this.#file !== null && (await inodeOf(path)) !== this.#file.inode) await this.#forget();
    this.#file ??= await openAtLineEnd(path);
    if (this.#file.bytes > 0 && this.#file.bytes + bytes > fileBytesMax) {
      await this.#forget();
      await this.#rotate();
      this.#file = await openAtLineEnd(path);
    }
    return this.#file;
  }

  async #rotate(): Promise<void> {
    const { path, filesMax } = this.#options;
    const nameOf = (index: number): string => (index === 0 ? path : `${path}.${index}`);
    await rm(nameOf(filesMax - 1), { force: true });
    for (let index = filesMax - 2; index >= 0; index--) {
      try {
        await rename(nameOf(index), nameOf(index + 1));
      } catch (error) {
        // There are fewer files yet than there may be.
        if (!isMissing(error)) throw error;
      }
    }
  }

  async #forget(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.handle.close();
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

async function inodeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).ino;
  } catch (error) {
    if (isMissing(error)) return -1;
    throw error;
  }
}

/** A process that was killed may have left a part of a line, of a record that comes again: it is cut off. */
async function openAtLineEnd(path: string): Promise<Opened> {
  const handle = await open(path, 'a+', 0o640);
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new ShipperError('SINK_FILE', { path, reason: 'it is no file' });
    const { ino, size } = status;
    const bytes = await endOfLastLine(handle, size);
    if (bytes < size) await handle.truncate(bytes);
    return { handle, inode: ino, bytes };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const { bytesRead } = await handle.read(block, 0, end - start, start);
    const at = block.subarray(0, bytesRead).lastIndexOf(LINE_END);
    if (at !== -1) return start + at + 1;
    end = start;
  }
  return 0;
}

async function writeAll(handle: FileHandle, text: Buffer): Promise<void> {
  for (let at = 0; at < text.length; ) {
    const { bytesWritten } = await handle.write(text, at, text.length - at);
    at += bytesWritten;
  }
}
