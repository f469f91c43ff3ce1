/**
 * rx: the pattern is found in the value. Captures the groups 0 to 9.
 *
 * Source: reference manual, "rx". The pattern's dialect is that of `OperatorEnvironment.compileRegex`.
 */
import type { OperatorDefinition, OperatorInstance } from './operator.ts';
import { prepared } from './prepared.ts';

/** Patterns that take each value as it is: rules that want the value in TX.0 write them so. `.` takes line ends too. */
const TAKES_ALL: ReadonlySet<string> = new Set(['.*', '^.*', '^.*$']);

const WHOLE: OperatorInstance = { match: (value) => [value], test: () => true };

export const rx: OperatorDefinition = {
  name: 'rx',
  create(argument, environment) {
    if (TAKES_ALL.has(argument.text)) return WHOLE;
    const regex = prepared(argument, (pattern) => environment.compileRegex(pattern));
    return {
      match: (value, expanded) => regex(expanded).exec(value),
      test: (value, expanded) => regex(expanded).test(value),
    };
  },
};
