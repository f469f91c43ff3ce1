/**
 * rxGlobal: the pattern is found in the value. Captures the groups of one match after another, ten in all.
 *
 * Source: ModSecurity 3, "rxGlobal". The next search begins where the last match ended, one byte further where that was
 * empty; `^`, `\b` and look-behind see what stands before.
 */
import type { OperatorDefinition, Regex } from './operator.ts';
import { prepared } from './prepared.ts';

/** TX.0 to TX.9. Also bounds the searches, so that the cost stays linear in the value. */
const CAPTURES_MAX = 10;

function captureAll(regex: Regex, value: string): (string | undefined)[] {
  const captures: (string | undefined)[] = [];
  let from = 0;
  while (captures.length < CAPTURES_MAX && from <= value.length) {
    const found = regex.search(value, from);
    if (found === null) break;
    captures.push(...found.captures);
    from = found.end > found.start ? found.end : found.end + 1;
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
