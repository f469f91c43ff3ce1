/** One file of a capture, written behind the answers. */
import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, readdirSync, statSync, type WriteStream } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CaptureSeal } from './format.ts';

export const CAPTURE_ENDING = '.slcap';
const OWNERS_FOLDER = 0o700;
const OWNERS_FILE = 0o600;
/** Of a policy's name in that of its file: the same letters that a policy may have, but for slashes. */
const STRANGE = /[^A-Za-z0-9._-]/g;

export class CaptureFile {
  readonly #seal: CaptureSeal;
  readonly #stream: WriteStream;
  readonly #closed: Promise<number>;
  #isThere = false;
  /** That are written. */
  #records = 0;
  bytes: number;

  /**
   * @param onError it takes nothing more then
   * @throws errors of the file system where the folder is not there and cannot be made
   */
  constructor(directory: string, policy: string, publicKey: string, onError: (error: Error) => void) {
    mkdirSync(directory, { recursive: true, mode: OWNERS_FOLDER });
    const name = `${policy.replace(STRANGE, '-')}-${Date.now()}-${randomUUID().slice(0, 8)}${CAPTURE_ENDING}`;
    const path = join(directory, name);
    this.#seal = new CaptureSeal(publicKey);
    this.#stream = createWriteStream(path, { mode: OWNERS_FILE, flags: 'wx' });
    this.#stream.once('open', () => {
      this.#isThere = true;
    });
    this.#closed = new Promise<void>((resolve) => this.#stream.once('close', resolve)).then(() =>
      this.#keptBytes(path),
    );
    this.#stream.on('error', onError);
    this.#stream.write(this.#seal.head);
    this.bytes = this.#seal.head.byteLength;
  }

  get waiting(): number {
    return this.#stream.writableLength;
  }

  /**
   * @param onEnd told whether it is written, once that is known
   * @returns bytes of the file that it took
   */
  add(record: Buffer, onEnd: (isWritten: boolean) => void): number {
    const sealed = this.#seal.seal(record);
    this.#stream.write(sealed, (error) => {
      const isWritten = error === null || error === undefined;
      if (isWritten) this.#records++;
      onEnd(isWritten);
    });
    this.bytes += sealed.byteLength;
    return sealed.byteLength;
  }

  /** Resolves when all of it is written, or cannot be: to the bytes that are on the disk. */
  end(): Promise<number> {
    if (!this.#stream.destroyed) this.#stream.end(this.#seal.end());
    return this.#closed;
  }

  /** A file without a record is what a disk that refuses leaves: nobody can replay it. */
  async #keptBytes(path: string): Promise<number> {
    const { bytesWritten } = this.#stream;
    if (!this.#isThere || this.#records > 0) return bytesWritten;
    try {
      await unlink(path);
      return 0;
    } catch {
      // It stays: a replay says that its end is missing.
      return bytesWritten;
    }
  }
}

/** A folder that is not there yet; whether it can be made is seen when it is. */
const ABSENT = ['ENOENT', 'ENOTDIR'];

/** Bytes of the captures of a folder; 0 where it is not there. */
export function capturedBytes(directory: string): number {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(CAPTURE_ENDING))
      .reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && ABSENT.includes(String(error.code))) return 0;
    throw error;
  }
}
