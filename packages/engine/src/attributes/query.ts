/** Arguments of the form `a=1&b=2`: the query string, and each segment of an urlencoded body. */
import type { Limits } from '../limits.ts';
import { urlDecode } from './url-decode.ts';

export interface DecodedPair {
  readonly name: string;
  readonly value: string;
  /** Whether a `%` in the name or the value was not an escape. */
  readonly invalid: boolean;
}

/**
 * One segment between two separators. The first `=` ends the name; without one the value is empty. An empty name is
 * kept (`=v`), an empty segment is none: null.
 */
export function decodePair(segment: string): DecodedPair | null {
  if (segment === '') return null;
  const equals = segment.indexOf('=');
  const rawName = equals < 0 ? segment : segment.slice(0, equals);
  const rawValue = equals < 0 ? '' : segment.slice(equals + 1);
  if (!segment.includes('%') && !segment.includes('+')) {
    return { name: rawName, value: rawValue, invalid: false };
  }
  const name = urlDecode(rawName, true);
  const value = urlDecode(rawValue, true);
  return { name: name.value, value: value.value, invalid: name.invalid || value.invalid };
}

/** `arguments`: the query has more arguments than the limit; those up to the limit were emitted. */
export type QueryOutcome = 'complete' | 'arguments';

/**
 * Takes a raw query string apart, in wire order, duplicates kept. `onInvalid` is called once, before the argument with
 * the first bad escape; parsing goes on. Stops at `limits.argumentsMax` arguments and says so.
 */
export function parseQuery(
  queryString: string,
  limits: Pick<Limits, 'argumentsMax'>,
  emit: (name: string, value: string) => void,
  onInvalid: () => void,
  separator = '&',
): QueryOutcome {
  let count = 0;
  let invalid = false;
  for (let start = 0; start <= queryString.length; ) {
    const found = queryString.indexOf(separator, start);
    const end = found < 0 ? queryString.length : found;
    const pair = decodePair(queryString.slice(start, end));
    start = end + 1;
    if (pair === null) continue;
    if (count === limits.argumentsMax) return 'arguments';
    count += 1;
    if (pair.invalid && !invalid) {
      invalid = true;
      onInvalid();
    }
    emit(pair.name, pair.value);
  }
  return 'complete';
}
