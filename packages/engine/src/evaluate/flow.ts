/** Where evaluation goes on behind a rule that matched. */
import { assert } from '../assert.ts';
import type { LinkedPhase, LinkedRule } from '../link/linked.ts';

/**
 * The place that is left over: a marker, the last of the rules that are skipped, or the rule itself. Evaluation goes on
 * behind it.
 */
export function nextAfter(linked: LinkedPhase, rule: LinkedRule, at: number): number {
  const { skipAfter, skip } = rule.data;
  if (skipAfter !== null) {
    const marker = linked.markers.get(skipAfter)?.find((index) => index > at);
    assert(marker !== undefined, 'linking refuses a skipAfter without a marker behind it');
    return marker;
  }
  let next = at;
  for (let left = skip; left > 0 && next + 1 < linked.items.length; ) {
    next++;
    if (linked.items[next]?.kind === 'rule') left--;
  }
  return next;
}
