/**
 * What an operator makes of its argument before it can match: a compiled pattern, a set of addresses. A static argument
 * is prepared once, when the rule set is linked; one with macros when a request gives it its text, and the last few
 * texts are kept.
 */
import type { OperatorArgument } from './operator.ts';

/** Enough for a macro that takes few values; a client that varies it cannot make the engine grow. */
const KEPT_MAX = 32;

/** Gives the prepared form of an expanded argument. What `prepare` throws passes through and is not kept. */
export type Prepared<T> = (expanded: string) => T;

/** A static argument is prepared at once, so that a bad one is refused before the first request. */
export function prepared<T>(argument: OperatorArgument, prepare: (text: string) => T): Prepared<T> {
  if (!argument.hasMacros) {
    const only = prepare(argument.text);
    return () => only;
  }
  // The order of insertion is the order of use: the first key is the one that was not used for longest.
  const kept = new Map<string, T>();
  return (expanded) => {
    const known = kept.get(expanded);
    if (known !== undefined) {
      kept.delete(expanded);
      kept.set(expanded, known);
      return known;
    }
    const made = prepare(expanded);
    if (kept.size >= KEPT_MAX) {
      const [oldest] = kept.keys();
      if (oldest !== undefined) kept.delete(oldest);
    }
    kept.set(expanded, made);
    return made;
  };
}
