/**
 * rx: the pattern is found in the value. Captures the groups 0 to 9.
 *
 * Source: reference manual, "rx". The pattern's dialect is that of `OperatorEnvironment.compileRegex`.
 */
import type { OperatorDefinition } from './operator.ts';
import { prepared } from './prepared.ts';

export const rx: OperatorDefinition = {
  name: 'rx',
  create(argument, environment) {
    const regex = prepared(argument, (pattern) => environment.compileRegex(pattern));
    return {
      match: (value, expanded) => regex(expanded).exec(value),
      test: (value, expanded) => regex(expanded).test(value),
    };
  },
};
