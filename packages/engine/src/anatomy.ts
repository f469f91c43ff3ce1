/**
 * What rules are made of, for those who look at other people's rules before they let them in: every name of the language, the
 * parts of what actions say, and the rules of a program.
 */
import { selector } from './compile/amendments.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { createEnvironment } from './link/environment.ts';
import type { RuleSet, RuleUnit } from './link/rule-set.ts';
import type { Regex } from './operators/operator.ts';
import { noPrefilter } from './prefilter/prefilter.ts';
import type { CompiledRule, RuleProgram, Selection } from './rule-set/program.ts';

export { ACTIONS, REFUSED_ACTION_NAMES } from './language/actions.ts';
export type {
  ActionNode,
  CtlArgument,
  DirectiveNode,
  Macro,
  RuleSelection,
  SetvarArgument,
  TargetNode,
} from './language/ast.ts';
export { CTL_OPTIONS, parseCtl, REFUSED_CTL_OPTIONS } from './language/ctl.ts';
export { directiveNames } from './language/directives.ts';
export type { FileReader } from './language/file-reader.ts';
export { parseIdRanges } from './language/id-ranges.ts';
export { parseMacro } from './language/macro.ts';
export { OPERATOR_NAMES } from './language/operators.ts';
export { locateAll } from './language/place.ts';
export { makeRuleFiles } from './language/rule-files.ts';
export { REFUSED_DIRECTIVES } from './language/settings.ts';
export { parseSetvar } from './language/setvar.ts';
export type {
  CompiledLink,
  CompiledMarker,
  CompiledRule,
  CompiledTarget,
  Disruption,
  Selection,
} from './rule-set/program.ts';

/** A program without databases: it judges alike and more slowly. */
export const unscanned = (program: RuleProgram): RuleUnit => ({ program, prefilter: noPrefilter() });

/** A rule set's rules in their order, each as all its units' directives have left it. */
export const rulesOf = (ruleSet: RuleSet): readonly CompiledRule[] => ruleSet.rules.map(({ data }) => data);

/** Tells which rules directives and actions speak of. Patterns are compiled once. */
export class Selector {
  readonly #compileRegex: (pattern: string) => Regex;

  constructor() {
    const environment = createEnvironment(DEFAULT_LIMITS);
    this.#compileRegex = (pattern) => environment.compileRegex(pattern);
  }

  /** @throws EngineError PATTERN_…, MATCH_LIMIT */
  select(by: Selection, rules: readonly CompiledRule[]): readonly CompiledRule[] {
    return rules.filter(selector(by, this.#compileRegex));
  }

  /** Whether a pattern is found in a text of bytes. */
  finds(pattern: string, text: string): boolean {
    return this.#compileRegex(pattern).test(text);
  }
}
