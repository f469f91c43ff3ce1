/**
 * rxGlobal: the pattern is found in the value. Captures the groups of one match after another, ten in all.
 *
 * Source: ModSecurity 3, "rxGlobal". The next search begins after the text of the last match, so `^` and `\b` see the
 * start of the rest of the value there; whether the operator matches at all does not depend on it.
 */
import { firstOccurrence } from './occurrences.ts';
import type { OperatorDefinition, Regex } from './operator.ts';
import { prepared } from './prepared.ts';

/** TX.0 to TX.9. Also bounds the searches, so that the cost stays linear in the value. */
const CAPTURES_MAX = 10;

function captureAll(regex: Regex, value: string): (string | undefined)[] {
  const captures: (string | undefined)[] = [];
  let rest = value;
  while (captures.length < CAPTURES_MAX) {
    const match = regex.exec(rest);
    if (match === null) break;
    captures.push(...match);
    const text = match[0] ?? '';
    const end = firstOccurrence(rest, text) + Math.max(text.length, 1);
    if (end > rest.length) break;
    rest = rest.slice(end);
  }
  return captures.slice(0, CAPTURES_MAX);
}

export const rxGlobal: OperatorDefinition = {
  name: 'rxGlobal',
  create(argument, environment) {
    const regex = prepared(argument, (pattern) => environment.compileRegex(pattern));
    return {
      match(value, expanded) {
        const captures = captureAll(regex(expanded), value);
        return captures.length === 0 ? null : captures;
      },
    };
  },
};
