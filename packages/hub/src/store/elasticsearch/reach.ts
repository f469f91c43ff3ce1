/** How far who follows has come, as a text that is given back. */
import { type CursorKey, decodeCursor, encodeCursor } from '../cursor.ts';

export interface Reach {
  /** The backing index; null where there was none yet. */
  readonly index: string | null;
  /** All that have this sequence number or a lower one are told. */
  readonly floor: number;
  /** None that has a higher one is told. */
  readonly reached: number;
  /** Those between the two that are told, or were there before. */
  readonly told: readonly number[];
  /** Milliseconds since the epoch since which `floor` has been where it is; 0: not known. */
  readonly since: number;
}

export const encodeReach = ({ index, floor, reached, told, since }: Reach): string =>
  encodeCursor([index, floor, reached, since, ...told]);

/** @throws HubError QUERY_CURSOR */
export function decodeReach(place: string): Reach {
  const [index, ...rest] = decodeCursor(place, fits);
  const [floor = -1, reached = -1, since = 0, ...told] = rest.map(Number);
  return { index: typeof index === 'string' ? index : null, floor, reached, told, since };
}

const fits = ([index = false, ...rest]: readonly CursorKey[]): boolean =>
  (index === null || typeof index === 'string') &&
  rest.length >= 3 &&
  rest.every((number) => Number.isSafeInteger(number));
