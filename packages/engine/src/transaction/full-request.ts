/** What rules read of a body that is not kept otherwise: it is taken apart as it comes. */
import type { LinkedRule } from '../link/linked.ts';

/**
 * Asked once a rule set. Also true for rules that only have the name in a text, which costs memory and nothing else.
 */
function asked(pattern: RegExp): (rules: readonly LinkedRule[]) => boolean {
  const known = new WeakMap<readonly LinkedRule[], boolean>();
  return (rules) => {
    const answer = known.get(rules);
    if (answer !== undefined) return answer;
    const reads = rules.some(({ data }) => pattern.test(JSON.stringify(data)));
    known.set(rules, reads);
    return reads;
  };
}

/** Whether rules read FULL_REQUEST or a whole REQUEST_BODY. */
export const readsFullRequest = asked(/"FULL_REQUEST"|"whole":true/);

/** Whether rules read FILES_TMP_CONTENT. */
export const readsFileContents = asked(/"FILES_TMP_CONTENT"/);
