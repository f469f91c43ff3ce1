/** Operators that answer yes or no, prepare nothing and capture nothing. */
import { NO_CAPTURES, type OperatorDefinition } from './operator.ts';

/** @param holds whether the operator matches, from the value and the expanded argument */
export function predicate(
  name: string,
  holds: (value: string, argument: string) => boolean,
): OperatorDefinition {
  const instance = {
    match: (value: string, argument: string) => (holds(value, argument) ? NO_CAPTURES : null),
  };
  return { name, create: () => instance };
}
