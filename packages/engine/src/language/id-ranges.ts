/** Rule ids and ranges of them: `942100`, `1-999999`, `1,5-7`. */
import { badArgument, type Locate, shown } from './place.ts';
import { isBlank } from './quoting.ts';

export type IdRange = readonly [first: number, last: number];

const RANGE = /^(\d{1,15})(?:-(\d{1,15}))?$/;

/**
 * Parses ids and ranges, separated by commas or blanks, at least one.
 *
 * @param what the directive or option that the error names
 * @throws EngineError SECLANG_BAD_ARGUMENT
 */
export function parseIdRanges(text: string, what: string, locate: Locate): readonly IdRange[] {
  const ranges: IdRange[] = [];
  let index = 0;
  while (index < text.length) {
    const start = index;
    while (index < text.length && !isSeparator(text[index])) index++;
    if (index > start) ranges.push(parseRange(text.slice(start, index), what, () => locate(start)));
    index++;
  }
  if (ranges.length === 0) throw badArgument(locate(0), what, 'expected a rule id or a range of ids');
  return ranges;
}

const isSeparator = (character: string | undefined): boolean => character === ',' || isBlank(character);

function parseRange(text: string, what: string, locate: Locate): IdRange {
  const match = RANGE.exec(text);
  if (match === null) {
    throw badArgument(locate(0), what, `expected a rule id or a range of ids, not ${shown(text)}`);
  }
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (last < first) throw badArgument(locate(0), what, `the range ${text} ends before it begins`);
  return [first, last];
}

/** `1,5-7`, as `parseIdRanges` reads it. */
export const printIdRanges = (ranges: readonly IdRange[]): string =>
  ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
