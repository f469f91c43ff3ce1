/** The patterns of a program as linking asks for them: of operators, and of selectors as keys are matched. */
import { paranoiaOf } from '../prefilter/prefilter.ts';
import type { CompiledLink, RuleProgram } from '../rule-set/program.ts';

/** Operators whose argument is a pattern. */
const PATTERN_OPERATORS: ReadonlySet<string> = new Set(['rx', 'rxGlobal']);

/** @param paranoiaMax patterns of rules above this level are left out */
export function patternTexts(program: RuleProgram, paranoiaMax: number): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const item of program.items) {
    if (item.kind === 'marker' || (paranoiaOf(item) ?? 0) > paranoiaMax) continue;
    for (const link of item.links) for (const text of ofLink(link)) texts.add(text);
  }
  return texts;
}

function ofLink({ operator, targets, exclusions }: CompiledLink): readonly string[] {
  const selectors = [...targets, ...exclusions].flatMap(({ selector }) =>
    selector?.kind === 'regex' ? [`(?i)${selector.pattern}`] : [],
  );
  if (operator === null || operator.hasMacros || !PATTERN_OPERATORS.has(operator.name)) return selectors;
  return [operator.text, ...selectors];
}
