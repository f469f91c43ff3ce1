/**
 * Records that a sink will never take, in files: `STATE/dead/SINK/TIME-NUMBER-PID.ndjson`, a letter a line. A file is there whole
 * or not at all, and nobody writes to it again, so whoever lists, sends again or drops needs no lock against who writes.
 */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, SYSTEM_CLOCK } from '../clock.ts';
import { reasonOf, ShipperError } from '../errors.ts';
import { DEAD_LETTER_BYTES_MAX, DEAD_LETTER_FILES_MAX, REASON_LENGTH_MAX } from '../limits.ts';
import type { DeadRecord } from '../pipeline/batch.ts';
import type { DeadLetters } from '../pipeline/pipeline.ts';
import { type DeadLetter, formatLetter, parseLetter } from './letter.ts';

const NAME = /^\d{13}-\d{6}-\d+\.ndjson$/;

export interface DeadLetterOptions {
  /** The state's folder. */
  readonly directory: string;
  readonly sink: string;
  readonly clock?: Clock;
  readonly bytesMax?: number;
  readonly filesMax?: number;
  /** Told of files that had to go for newer ones. */
  readonly onDropped?: (files: number) => void;
}

export interface DeadLetterFile {
  readonly path: string;
  readonly bytes: number;
}

export interface ReadLetters {
  readonly letters: readonly DeadLetter[];
  /** Lines that are no letters. */
  readonly damaged: number;
}

export class DeadLetterFiles implements DeadLetters {
  readonly directory: string;
  readonly #options: DeadLetterOptions;
  readonly #clock: Clock;
  #number = 0;

  constructor(options: DeadLetterOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.directory = join(options.directory, 'dead', options.sink);
  }

  async put(dead: readonly DeadRecord[], spool: string): Promise<void> {
    const time = new Date(this.#clock.now()).toISOString();
    const { sink } = this.#options;
    const letters = dead.map(({ record, code, reason }) => ({ time, sink, spool, code, reason, record }));
    await this.write(letters);
  }

  /**
   * One file, whole and on the disk when this resolves.
   * @throws ShipperError SHIPPER_STATE
   */
  async write(letters: readonly DeadLetter[]): Promise<void> {
    const name = `${this.#clock.now()}-${String(this.#number++ % 1_000_000).padStart(6, '0')}-${process.pid}.ndjson`;
    const path = join(this.directory, name);
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      const text = letters
        .map((letter) => formatLetter({ ...letter, reason: shortened(letter.reason) }))
        .join('');
      const file = await open(`${path}.new`, 'wx', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
      await this.#makeRoom();
    } catch (cause) {
      throw new ShipperError('SHIPPER_STATE', { path: this.directory, reason: reasonOf(cause) }, cause);
    }
  }

  /** Oldest first. */
  async files(): Promise<readonly DeadLetterFile[]> {
    const files: DeadLetterFile[] = [];
    for (const name of await namesIn(this.directory)) {
      const path = join(this.directory, name);
      try {
        files.push({ path, bytes: (await stat(path)).size });
      } catch (error) {
        // Another process has sent it again or dropped it since.
        if (!isGone(error)) throw error;
      }
    }
    return files;
  }

  /** @throws ShipperError DEAD_LETTER */
  async read(path: string): Promise<ReadLetters> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (cause) {
      if (isGone(cause)) return { letters: [], damaged: 0 };
      throw new ShipperError('DEAD_LETTER', { path, reason: reasonOf(cause) }, cause);
    }
    const lines = text.split('\n').filter((line) => line !== '');
    const letters = lines.flatMap((line) => parseLetter(line) ?? []);
    return { letters, damaged: lines.length - letters.length };
  }

  remove(path: string): Promise<void> {
    return rm(path, { force: true });
  }

  /** The newest stay: what a sink refuses now is what somebody can still mend. */
  async #makeRoom(): Promise<void> {
    const { bytesMax = DEAD_LETTER_BYTES_MAX, filesMax = DEAD_LETTER_FILES_MAX, onDropped } = this.#options;
    const files = await this.files();
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    let count = files.length;
    let dropped = 0;
    for (const file of files.slice(0, -1)) {
      if (bytes <= bytesMax && count <= filesMax) break;
      await this.remove(file.path);
      bytes -= file.bytes;
      count -= 1;
      dropped += 1;
    }
    if (dropped > 0) onDropped?.(dropped);
  }
}

const shortened = (reason: string): string =>
  reason.length > REASON_LENGTH_MAX ? `${reason.slice(0, REASON_LENGTH_MAX)}…` : reason;

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => NAME.test(name)).sort();
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
