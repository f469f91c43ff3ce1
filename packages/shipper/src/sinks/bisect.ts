/** Finds what a receiver takes of a batch that it refused as a whole. */
import type { Outcome } from '../sink.ts';
import { reasonOf } from './reason.ts';

/** What a receiver says of a whole request. */
export type WholeAnswer =
  | { readonly kind: 'each'; readonly outcomes: readonly Outcome[] }
  /** Something in it is not taken, or all of it is too much: the halves may fare better. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Sends all; where that is refused, its halves, one after the other. One item that is refused by itself is dead.
 * One bad item of n costs about 2 log2(n) requests.
 */
export async function sendInHalves<T>(
  items: readonly T[],
  send: (items: readonly T[]) => Promise<WholeAnswer>,
): Promise<readonly Outcome[]> {
  const answer = await send(items);
  if (answer.kind === 'each') return answer.outcomes;
  if (items.length === 1) return [{ kind: 'dead', reason: answer.reason, code: 'refused' }];
  const middle = items.length >> 1;
  const halves = [items.slice(0, middle), items.slice(middle)];
  return sendInTurn(halves, (half) => sendInHalves(half, send));
}

/**
 * One group after the other. Once something is known of one, an error says nothing of it: the rest is to come again.
 * Rejects where the first fails.
 */
export async function sendInTurn<T>(
  groups: readonly (readonly T[])[],
  send: (group: readonly T[]) => Promise<readonly Outcome[]>,
): Promise<readonly Outcome[]> {
  const known: Outcome[] = [];
  for (const [index, group] of groups.entries()) {
    try {
      known.push(...(await send(group)));
    } catch (error) {
      if (index === 0) throw error;
      const again: Outcome = { kind: 'again', reason: reasonOf(error) };
      return [...known, ...groups.slice(index).flatMap((each) => each.map(() => again))];
    }
  }
  return known;
}

/** The same outcome for each. */
export const forAll = (items: readonly unknown[], outcome: Outcome): WholeAnswer => ({
  kind: 'each',
  outcomes: items.map(() => outcome),
});

/** In their order, in groups of at most so many bytes; an item that is larger makes a group alone. */
export function groupsByBytes<T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  bytesMax: number,
): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const size = bytesOf(item);
    if (bytes + size > bytesMax) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(item);
    bytes += size;
  }
  return groups;
}
