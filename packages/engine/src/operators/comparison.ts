/** The numeric operators: eq, ge, gt, le and lt differ in the comparison only. */
import { leadingInteger } from './leading-integer.ts';
import { NO_CAPTURES, type OperatorDefinition } from './operator.ts';

/** @param holds whether the operator matches, from the value's and the argument's leading integer */
export function comparison(
  name: string,
  holds: (value: number, limit: number) => boolean,
): OperatorDefinition {
  return {
    name,
    create(argument) {
      const fixed = argument.hasMacros ? null : leadingInteger(argument.text);
      return {
        match: (value, expanded) =>
          holds(leadingInteger(value), fixed ?? leadingInteger(expanded)) ? NO_CAPTURES : null,
      };
    },
  };
}
