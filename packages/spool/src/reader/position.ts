/** How far a reader is: kept in `readers/NAME.json`, replaced whole by a rename. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, reasonOf, SpoolError } from '../errors.ts';
import { namesIn } from '../segments.ts';

/** Behind a record: what is read next begins here. */
export interface SpoolPosition {
  /** Sequence number of the segment; 0 before the first. */
  readonly segment: number;
  /** Bytes from the segment's beginning; 0 before its header. */
  readonly offset: number;
  /** Records of the spool that lie before, from its beginning; those that were lost count. */
  readonly record: number;
}

export const BEGINNING: SpoolPosition = Object.freeze({ segment: 0, offset: 0, record: 0 });

/** Three numbers of 16 digits and their names, with room. */
const POSITION_BYTES = 128;

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const FILE = /^([a-z0-9][a-z0-9._-]{0,63})\.json$/;

export const readersDirectory = (directory: string): string => join(directory, 'readers');

/** @throws SpoolError SPOOL_READER_NAME */
export function positionPath(directory: string, name: string): string {
  if (!NAME.test(name)) throw new SpoolError('SPOOL_READER_NAME', { name: JSON.stringify(name) });
  return join(readersDirectory(directory), `${name}.json`);
}

/**
 * Null where there is none.
 * @throws SpoolError SPOOL_POSITION
 */
export async function loadPosition(directory: string, name: string): Promise<SpoolPosition | null> {
  const path = positionPath(directory, name);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw new SpoolError('SPOOL_POSITION', { path, reason: reasonOf(error) }, error);
  }
  const position = parsePosition(text);
  if (position === null) throw new SpoolError('SPOOL_POSITION', { path, reason: 'it is damaged' });
  return position;
}

function parsePosition(text: string): SpoolPosition | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Told by the caller, with the file's name.
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { segment, offset, record } = value as Record<string, unknown>;
  return isCount(segment) && isCount(offset) && isCount(record) ? { segment, offset, record } : null;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

export interface SavePositionOptions {
  /** Whether it is to survive the loss of power, too. A position that is lost makes records come again, never go. */
  readonly sync: boolean;
}

/**
 * Replaces what is there whole. On a full disk it is written in its place, where it has room: whoever reads the spool empties it, and
 * must not be kept from that because it is full.
 *
 * @throws SpoolError SPOOL_COMMIT
 */
export async function savePosition(
  directory: string,
  name: string,
  { segment, offset, record }: SpoolPosition,
  { sync }: SavePositionOptions,
): Promise<void> {
  const path = positionPath(directory, name);
  // Always of one length, so that what is written in place leaves nothing behind it.
  const text = `${JSON.stringify({ segment, offset, record }).padEnd(POSITION_BYTES - 1)}\n`;
  const temporary = `${path}.new`;
  try {
    await mkdir(readersDirectory(directory), { recursive: true, mode: 0o700 });
    await writeWhole(temporary, 'w', text, sync);
    await rename(temporary, path);
  } catch (error) {
    if (!hasCode(error, 'ENOSPC') && !hasCode(error, 'EDQUOT')) throw notSaved(path, error);
    await inPlace(path, text, sync);
  }
}

async function inPlace(path: string, text: string, sync: boolean): Promise<void> {
  try {
    await writeWhole(path, 'r+', text, sync);
  } catch (error) {
    throw notSaved(path, error);
  }
}

const notSaved = (path: string, cause: unknown): SpoolError =>
  new SpoolError('SPOOL_COMMIT', { path, reason: reasonOf(cause) }, cause);

async function writeWhole(path: string, flags: string, text: string, sync: boolean): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    // One write of less than a sector: whoever is killed has written all of it, or nothing.
    const { bytesWritten } = await file.write(text, 0);
    if (bytesWritten !== text.length) throw new SpoolError('SPOOL_COMMIT', { path, reason: 'a short write' });
    if (sync) await file.datasync();
  } finally {
    await file.close();
  }
}

export const removePosition = (directory: string, name: string): Promise<void> =>
  rm(positionPath(directory, name), { force: true });

/** Names of the readers that a spool has. */
export async function readerNames(directory: string): Promise<string[]> {
  const names = await namesIn(readersDirectory(directory));
  return names.flatMap((file) => FILE.exec(file)?.[1] ?? []).sort();
}

/**
 * The positions of all readers, by name. One that cannot be read counts as at the beginning: what its reader has not read
 * must not go.
 */
export async function loadPositions(directory: string): Promise<ReadonlyMap<string, SpoolPosition>> {
  const positions = new Map<string, SpoolPosition>();
  for (const name of await readerNames(directory)) {
    try {
      const position = await loadPosition(directory, name);
      if (position !== null) positions.set(name, position);
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error;
      positions.set(name, BEGINNING);
    }
  }
  return positions;
}
