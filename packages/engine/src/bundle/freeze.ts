/** Programs that come from elsewhere are frozen as those just compiled are, down to their rules. */
import type { RuleProgram } from '../rule-set/program.ts';

/** Deeper would cost more than reading the program does, and nothing relies on it. */
export function freezeProgram(program: RuleProgram): RuleProgram {
  for (const item of program.items) Object.freeze(item);
  Object.freeze(program.items);
  return Object.freeze(program);
}
