/** How a rule is decided: what may rule it out before it is asked, and which engine has the last word. */
import { EngineError } from '../errors.ts';
import type { LinkedLink, LinkedRule } from '../link/linked.ts';
import type { RuleSet } from '../link/rule-set.ts';
import { loadNative } from '../native/binding.ts';
import { classifyPattern } from '../patterns/classify.ts';
import { RE2_MEMORY_BYTES_MAX } from '../patterns/regex.ts';
import { compilePrefilter } from '../prefilter/compile.ts';
import { isScannable } from '../prefilter/prefilter.ts';
import type { CompiledLink, CompiledOperator, CompiledRule } from '../rule-set/program.ts';

/** What decides an operator. `own` is code of the engine itself: comparisons, numbers, address sets. */
export type Decider = 'RE2' | 'PCRE2' | 'Aho-Corasick' | 'libinjection' | 'own' | 'none';

export interface ExplainedDecision {
  readonly phase: number;
  /** The slot of the prefilter without which the rule is not asked; null where it is always asked. */
  readonly slot: number | null;
  /** Why it is always asked; null where it is not. */
  readonly ungated: string | null;
  readonly links: readonly ExplainedLink[];
}

export interface ExplainedLink {
  readonly transformations: readonly string[];
  readonly multiMatch: boolean;
  readonly decider: Decider;
  /** Why it is PCRE2; null for all others. */
  readonly reason: string | null;
}

/** Why a pattern costs more than others; null where it does not. */
export interface PatternCost {
  /** Why Hyperscan cannot scan for it. */
  readonly unscanned: string | null;
  /** Why RE2 cannot decide it. */
  readonly backtracking: string | null;
}

/** Explains a rule of a rule set; null where the set has no such rule. */
export function explainDecision(ruleSet: RuleSet, id: number): ExplainedDecision | null {
  const rule = ruleSet.rules.find(({ data }) => data.id === id);
  if (rule === undefined) return null;
  return {
    phase: rule.data.phase,
    slot: rule.gate < 0 ? null : rule.gate,
    ungated: rule.gate < 0 ? ungatedReason(rule) : null,
    links: rule.data.links.map(explainLink),
  };
}

function explainLink(link: CompiledLink): ExplainedLink {
  const { transformations, multiMatch, operator } = link;
  const shared = { transformations, multiMatch, reason: null };
  switch (operator?.name) {
    case undefined:
      return { ...shared, decider: 'none' };
    case 'rx':
    case 'rxGlobal': {
      const reason = operator.hasMacros ? null : backtrackingReason(operator.text);
      return { ...shared, decider: reason === null ? 'RE2' : 'PCRE2', reason };
    }
    case 'pm':
    case 'pmFromFile':
    case 'pmFromDataset':
      return { ...shared, decider: 'Aho-Corasick' };
    case 'detectSQLi':
    case 'detectXSS':
      return { ...shared, decider: 'libinjection' };
    default:
      return { ...shared, decider: 'own' };
  }
}

function ungatedReason({ data, links }: LinkedRule): string {
  const operator = data.links[0]?.operator ?? null;
  const head = links[0];
  if (operator === null || head === undefined) return 'it has no condition';
  const { name } = operator;
  if (operator.hasMacros) return 'its argument has macros, so that it is known only when a request is here';
  if (operator.negated) return 'it is negated: it matches where nothing is found';
  if (!isScannable(operator)) return `@${name} is no pattern and no list of words`;
  return (
    changingReason(head) ?? patternCost(data, operator).unscanned ?? 'its paranoia level is not scanned for'
  );
}

function changingReason(head: LinkedLink): string | null {
  const counted = head.targets.find((target) => target.count);
  if (counted !== undefined) return `&${counted.variable} is a number`;
  const changing = head.targets.find((target) => !target.fixed);
  return changing === undefined ? null : `${changing.variable} changes while rules run`;
}

/** What a rule's first operator costs beyond a scan and RE2. */
export function patternCost(
  rule: CompiledRule,
  operator: CompiledOperator | null = rule.links[0]?.operator ?? null,
): PatternCost {
  if (!isScannable(operator)) return { unscanned: null, backtracking: null };
  const backtracking = operator.name === 'rx' ? backtrackingReason(operator.text) : null;
  const syntax = operator.name === 'rx' ? classifyPattern(operator.text).reasons.hyperscan : null;
  return { unscanned: syntax ?? refusalOf(rule), backtracking };
}

/** What Hyperscan says when it is given the rule's pattern alone. */
function refusalOf(rule: CompiledRule): string | null {
  const program = {
    formatVersion: 1,
    items: [rule],
    settings: { limits: {} },
    amendments: { removals: [], targetUpdates: [], actionUpdates: [] },
    sources: [],
    warnings: [],
  } as const;
  const reason = compilePrefilter(program, { paranoiaMax: 4 }).unscanned[0]?.reason;
  // Hyperscan's own words, without the number of the only pattern and the code.
  return reason === undefined
    ? null
    : `Hyperscan says: ${reason.replace(/^pattern \d+ \(id \d+\): /, '').replace(/\.? \[\w+\]$/, '')}`;
}

function backtrackingReason(pattern: string): string | null {
  const { engines, reasons } = classifyPattern(pattern);
  if (engines.re2 === null) return reasons.re2 ?? 'beyond the syntax of RE2';
  try {
    loadNative().compileRe2(engines.re2, { maxMemoryBytes: RE2_MEMORY_BYTES_MAX });
    return null;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'PATTERN_UNSUPPORTED') return error.rawMessage;
    throw error;
  }
}
