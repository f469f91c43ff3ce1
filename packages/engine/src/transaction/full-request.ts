/** Whether rules read FULL_REQUEST or a whole REQUEST_BODY: only then is a body kept that is taken apart as it comes. */
import type { LinkedRule } from '../link/linked.ts';

const known = new WeakMap<readonly LinkedRule[], boolean>();

/** Asked once a rule set. Also true for rules that only have the name in a text, which costs memory and nothing else. */
export function readsFullRequest(rules: readonly LinkedRule[]): boolean {
  const answer = known.get(rules);
  if (answer !== undefined) return answer;
  const reads = rules.some(({ data }) => /"FULL_REQUEST"|"whole":true/.test(JSON.stringify(data)));
  known.set(rules, reads);
  return reads;
}
