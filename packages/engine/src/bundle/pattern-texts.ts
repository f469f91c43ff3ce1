/** The patterns of a program as linking asks for them. */
import { paranoiaOf } from '../prefilter/prefilter.ts';
import type { CompiledAction, CompiledLink, CompiledTarget, RuleProgram } from '../rule-set/program.ts';

/** Operators whose argument is a pattern. */
const PATTERN_OPERATORS: ReadonlySet<string> = new Set(['rx', 'rxGlobal']);

/**
 * Of operators, which are large, only those of rules up to a paranoia level; of selectors and ctl actions, which are
 * compiled for every rule, all.
 */
export function patternTexts(program: RuleProgram, paranoiaMax: number): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const item of program.items) {
    if (item.kind === 'marker') continue;
    const isRun = (paranoiaOf(item) ?? 0) <= paranoiaMax;
    for (const link of item.links) {
      if (isRun) for (const text of ofOperator(link)) texts.add(text);
      for (const text of [...link.targets, ...link.exclusions].flatMap(ofTarget)) texts.add(text);
      for (const text of link.actions.flatMap(ofAction)) texts.add(text);
    }
  }
  return texts;
}

function ofOperator({ operator }: CompiledLink): readonly string[] {
  if (operator === null || operator.hasMacros || !PATTERN_OPERATORS.has(operator.name)) return [];
  return [operator.text];
}

/** As keys are matched: see link/targets.ts. */
const ofTarget = ({ selector }: Pick<CompiledTarget, 'selector'>): readonly string[] =>
  selector?.kind === 'regex' ? [`(?i)${selector.pattern}`] : [];

function ofAction(action: CompiledAction): readonly string[] {
  if (action.kind !== 'ctl') return [];
  const { option, value, target } = action.ctl;
  const texts = target === null ? [] : ofTarget(target);
  return /By(?:Tag|Msg)$/.test(option) ? [value, ...texts] : texts;
}
