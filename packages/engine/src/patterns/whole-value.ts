/**
 * The pattern `^.*$`, by which rules keep each value (CRS 920450 takes the names of all headers so). With `.` for newlines
 * too, and `$` at the very end only, it matches every value as a whole, and no engine need be asked.
 */
import type { CompiledPattern, Found } from './regex.ts';

export const WHOLE_VALUE = '^.*$';

export const wholeValue: CompiledPattern = Object.freeze({
  test: () => true,
  exec: (value: string) => [value],
  // `^` is at the beginning of the value, wherever the search begins.
  search: (value: string, from: number): Found | null =>
    from === 0 ? { start: 0, end: value.length, captures: [value] } : null,
});
