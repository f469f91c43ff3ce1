/**
 * normalizePath (normalisePath): runs of slashes become one, `.` segments go away, `..` takes the segment before it
 * away; above the root `..` is dropped, at the start of a relative path it stays.
 *
 * Source: reference manual, "normalizePath". The result ends in a slash only where the value does, or
 * where it is the root. (ModSecurity 2 makes `/..` empty and takes a segment that ends in two dots for `..`.)
 */
import { byteOutput, takeBytes } from './byte-output.ts';
import type { Transformation } from './transformation.ts';

/** Two slashes, or a segment of dots only: without one of these a path is normal already. */
const NOT_NORMAL = /\/\/|(?:^|\/)\.\.?(?:\/|$)/;
const SLASH = 0x2f;
const DOT = 0x2e;

/** Normalizes a path whose separator is the slash. Also the second half of normalizePathWin. */
export function normalizeSlashPath(value: string): string {
  if (!NOT_NORMAL.test(value)) return value;
  const output = byteOutput(value.length);
  const absolute = value.charCodeAt(0) === SLASH;
  let count = 0;
  // Where the part begins that `..` must not take away: the root, or the leading `..` of a relative path.
  let floor = 0;
  if (absolute) output[count++] = SLASH;
  floor = count;
  for (let start = 0; start < value.length; ) {
    let end = value.indexOf('/', start);
    if (end < 0) end = value.length;
    const length = end - start;
    const dots = length <= 2 && isDots(value, start, end) ? length : 0;
    if (dots === 2 && count > floor) {
      count = parentEnd(output, count, floor);
    } else if (length > 0 && dots === 0) {
      count = appendSegment(output, count, value, start, end);
    } else if (dots === 2 && !absolute) {
      count = appendSegment(output, count, value, start, end);
      floor = count;
    }
    start = end + 1;
  }
  const trailing = value.charCodeAt(value.length - 1) === SLASH;
  if (trailing && count > 0 && output[count - 1] !== SLASH) output[count++] = SLASH;
  return takeBytes(output, count);
}

function isDots(value: string, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (value.charCodeAt(index) !== DOT) return false;
  return true;
}

/** Where the output ends once its last segment is gone. */
function parentEnd(output: Buffer, count: number, floor: number): number {
  let end = count;
  while (end > floor && output[end - 1] !== SLASH) end--;
  return Math.max(end - 1, floor);
}

function appendSegment(output: Buffer, count: number, value: string, start: number, end: number): number {
  let next = count;
  if (next > 0 && output[next - 1] !== SLASH) output[next++] = SLASH;
  for (let index = start; index < end; index++) output[next++] = value.charCodeAt(index);
  return next;
}

export const normalizePath: Transformation = {
  name: 'normalizePath',
  aliases: ['normalisePath'],
  apply: normalizeSlashPath,
};
