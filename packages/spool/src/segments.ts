/** The files of a spool: `NNNNNNNNNN.seg` in its folder, positions of readers in `readers/`. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './errors.ts';

const SEGMENT = /^(\d{10,15})\.seg$/;
const DIGITS = 10;

export const segmentPath = (directory: string, sequence: number): string =>
  join(directory, `${String(sequence).padStart(DIGITS, '0')}.seg`);

/** Sequence numbers of the segments, ascending; none where there is no such folder. */
export async function listSegments(directory: string): Promise<number[]> {
  const names = await namesIn(directory);
  return names
    .flatMap((name) => {
      const digits = SEGMENT.exec(name)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    })
    .sort((a, b) => a - b);
}

export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

const NUMBERED = /^\d{1,4}$/;

/**
 * The spools of a folder: itself, and those of the processes of one `sluice serve --processes`, which have a folder each,
 * `0`, `1`, …. Sorted; the folder itself where there is none below it.
 */
export async function spoolDirectories(root: string): Promise<string[]> {
  const names = await namesIn(root);
  const numbered = names.filter((name) => NUMBERED.test(name)).sort((a, b) => Number(a) - Number(b));
  const own = numbered.length === 0 || names.some((name) => SEGMENT.test(name)) ? [root] : [];
  return [...own, ...numbered.map((name) => join(root, name))];
}
