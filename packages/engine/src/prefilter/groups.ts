/**
 * Which slots are scanned for together. A value is scanned for a group only where it holds what one of its slots needs, so
 * that slots with the same rare need stand together: most values hold no parenthesis, and nothing that needs one is
 * looked for in them. What is read from responses is never looked for in requests.
 */

import type { Clause } from '../patterns/needs.ts';
import type { Family } from './families.ts';

/** Below this number of slots a scan for all costs no more than a choice. */
export const GROUPED_SLOTS_MIN = 32;

/**
 * How many of a hundred values of ordinary requests hold a byte of each category, and are as long as each length, roughly:
 * only the order counts.
 */
const SHARE_OF_VALUES: readonly number[] = [
  95, 60, 70, 30, 45, 40, 35, 1, 40, 1, 15, 20, 10, 10, 3, 5, 1, 1, 1, 12, 15, 5, 5, 8, 2, 5, 8, 1, 4, 99, 97,
  80,
];

export interface Grouped {
  readonly needs: readonly Clause[];
  readonly family: Family;
}

/** The name of a slot's group. */
export function groupOf({ needs, family }: Grouped, slotCount: number): string {
  const side = family === 'response' ? 'response' : 'request';
  if (slotCount < GROUPED_SLOTS_MIN) return side;
  const rarest = needs.reduce<Clause | null>(
    (best, clause) => (best === null || shareOf(clause) < shareOf(best) ? clause : best),
    null,
  );
  return rarest === null ? side : `${side} ${commonest(rarest)}`;
}

/** The share of values that satisfy a clause, where each category came alone. */
function shareOf(clause: Clause): number {
  let share = 0;
  for (const [bit, part] of SHARE_OF_VALUES.entries()) if ((clause >>> bit) & 1) share += part;
  return share;
}

/** The category of a clause that most values have. */
function commonest(clause: Clause): number {
  let best = 0;
  for (const [bit, share] of SHARE_OF_VALUES.entries()) {
    if ((clause >>> bit) & 1 && (((clause >>> best) & 1) === 0 || share > (SHARE_OF_VALUES[best] ?? 0))) {
      best = bit;
    }
  }
  return best;
}
