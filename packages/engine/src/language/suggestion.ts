/** "Did you mean": the known name nearest to one that is not known. */
import { asciiLower } from '../bytes.ts';

/** Longer names are not compared: the cost is the product of the lengths. */
const NAME_BYTES_MAX = 64;

/** ` (did you mean …?)`, or nothing where no name is near. Fills `{suggestion}` of the SECLANG_UNKNOWN_… errors. */
export function suggestion(name: string, known: Iterable<string>): string {
  if (name.length > NAME_BYTES_MAX) return '';
  const lower = asciiLower(name);
  let best = '';
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(lower, asciiLower(candidate), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === '' ? '' : ` (did you mean ${best}?)`;
}

/** Levenshtein distance, two neighbours exchanged counting as one step; `limit` where it is that or more. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let best = Math.min(
        (previous[column - 1] ?? limit) + (same ? 0 : 1),
        (previous[column] ?? limit) + 1,
        (current[column - 1] ?? limit) + 1,
      );
      if (
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1]
      ) {
        best = Math.min(best, (beforePrevious[column - 2] ?? limit) + 1);
      }
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return Math.min(limit, previous[right.length] ?? limit);
}
