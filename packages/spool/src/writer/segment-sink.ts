/** The one who writes segments: a batch at a time, each where it belongs, again until the disk has taken it. */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { hasCode } from '../errors.ts';
import { segmentPath } from '../segments.ts';
import type { Batch, PlannedSegment } from './write-queue.ts';

/**
 * When what was written is given to the disk itself (fdatasync). Until then it survives the death of the process, not that of the
 * machine.
 * - `never`: when the kernel likes
 * - `interval`: each so many milliseconds
 * - `always`: before it is acknowledged
 */
export type FsyncPolicy =
  | { readonly kind: 'never' }
  | { readonly kind: 'interval'; readonly millis: number }
  | { readonly kind: 'always' };

export class SegmentSink {
  readonly #directory: string;
  readonly #fsync: FsyncPolicy;
  #file: FileHandle | null = null;
  #segment: PlannedSegment | null = null;
  /** Something was written since the last fdatasync. */
  #isDirty = false;
  #syncedAt = performance.now();
  readonly #syncing = new Set<Promise<void>>();

  constructor(directory: string, fsync: FsyncPolicy) {
    this.#directory = directory;
    this.#fsync = fsync;
  }

  /** Milliseconds until what is written should be synchronised; null where nothing waits for that. */
  get syncDueMillis(): number | null {
    if (this.#fsync.kind !== 'interval' || !this.#isDirty) return null;
    return Math.max(0, this.#syncedAt + this.#fsync.millis - performance.now());
  }

  /** Resolves when all is written, as the policy has it. Rejected, it can be called again with the same batch: it begins anew. */
  async write(batch: Batch): Promise<void> {
    const file = await this.#open(batch.segment);
    let buffers = batch.buffers;
    let offset = batch.offset;
    this.#isDirty = true;
    while (buffers.length > 0) {
      const { bytesWritten } = await file.writev(buffers, offset);
      offset += bytesWritten;
      buffers = rest(buffers, bytesWritten);
    }
    if (this.#fsync.kind === 'always') await this.sync();
    if (!batch.isLast) return;
    if (this.#fsync.kind !== 'never') await this.sync();
    await this.#close();
  }

  /** Of what was written before. Writes may go on meanwhile. */
  async sync(): Promise<void> {
    if (!this.#isDirty || this.#file === null) return;
    this.#isDirty = false;
    this.#syncedAt = performance.now();
    const syncing = this.#file.datasync();
    this.#syncing.add(syncing);
    try {
      await syncing;
    } catch (error) {
      this.#isDirty = true;
      throw error;
    } finally {
      this.#syncing.delete(syncing);
    }
  }

  async close(): Promise<void> {
    if (this.#fsync.kind !== 'never') await this.sync();
    await this.#close();
  }

  async #open(segment: PlannedSegment): Promise<FileHandle> {
    if (this.#file !== null && this.#segment === segment) return this.#file;
    await this.#close();
    const path = segmentPath(this.#directory, segment.sequence);
    try {
      this.#file = await open(path, 'wx', 0o600);
    } catch (error) {
      // Somebody has removed the folder: what comes from now on is kept again.
      if (hasCode(error, 'ENOENT')) await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      throw error;
    }
    this.#segment = segment;
    if (this.#fsync.kind !== 'never') await syncDirectory(this.#directory);
    return this.#file;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    this.#segment = null;
    // Whoever began it is told how it went.
    await Promise.allSettled(this.#syncing);
    this.#isDirty = false;
    await file?.close();
  }
}

function rest(buffers: readonly Buffer[], written: number): readonly Buffer[] {
  let left = written;
  for (const [index, buffer] of buffers.entries()) {
    if (left < buffer.length) return [buffer.subarray(left), ...buffers.slice(index + 1)];
    left -= buffer.length;
  }
  return [];
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
