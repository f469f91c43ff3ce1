/** Which rules a directive or a ctl speaks of, for those who explain it. */
import { selector } from '../compile/amendments.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { createEnvironment } from '../link/environment.ts';
import type { OperatorEnvironment } from '../operators/operator.ts';
import type { CompiledRule, Selection } from '../rule-set/program.ts';

let environment: OperatorEnvironment | null = null;

/** A predicate over rules. Throws PATTERN_SYNTAX for a pattern that is none. */
export function ruleSelector(by: Selection): (rule: CompiledRule) => boolean {
  return selector(by, (pattern) => {
    environment ??= createEnvironment(DEFAULT_LIMITS);
    return environment.compileRegex(pattern);
  });
}
