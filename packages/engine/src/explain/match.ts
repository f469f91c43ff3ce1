/** One matched value, told from the start: as the request has it, after each transformation, and what was found in it. */
import { assert } from '../assert.ts';
import type { MatchedTarget, RuleMatch } from '../evaluate/state.ts';
import type { MacroPart } from '../language/ast.ts';
import type { LinkedTarget } from '../link/targets.ts';
import type { TransactionResult } from '../transaction/transaction.ts';
import { findTransformation } from '../transformations/registry.ts';
import { labelOf } from '../variables/pair.ts';
import { locateMatch, type Span } from './locate.ts';

export interface ExplainedStep {
  readonly transformation: string;
  readonly value: string;
}

export interface ExplainedTarget {
  /** `ARGS:foo`. */
  readonly label: string;
  /** The variable without its selector, `ARGS`, and the key, `foo`; null where it has none or counts (`&ARGS`). */
  readonly variable: string;
  readonly key: string | null;
  /** Position in the chain, 0 for its head. */
  readonly link: number;
  /** As the request has it; null where the variable has changed since, such as TX. */
  readonly sent: string | null;
  /** Each transformation with what came out of it, up to the value that matched. Empty where `sent` is null. */
  readonly steps: readonly ExplainedStep[];
  /** What the operator was asked about. */
  readonly value: string;
  readonly operator: {
    readonly name: string;
    readonly negated: boolean;
    /** As written. */
    readonly argument: string;
    /** With its macros expanded; null where it has none, or captures, which are others by now. */
    readonly expanded: string | null;
  };
  readonly matched: Span | null;
  /** What libinjection calls the value's shape; null for other operators. */
  readonly fingerprint: string | null;
  /** What the match added to an anomaly score. */
  readonly score: number;
}

/** Tells how a rule came to match a value. Values are latin1, one byte a character. */
export function explainTarget(
  result: TransactionResult,
  match: RuleMatch,
  target: MatchedTarget,
): ExplainedTarget {
  const { state } = result;
  const linked = match.rule.links[target.link];
  const compiled = match.rule.data.links[target.link];
  assert(linked !== undefined && compiled !== undefined, 'a matched link is a link of its rule');
  assert(
    linked.operator !== null && compiled.operator !== null,
    'a link with a matched value has an operator',
  );
  const { operator } = compiled;
  const argument = linked.operator.expand(state);
  const told = tell(result, linked.targets, compiled.transformations, target);
  const [variable = '', ...key] = target.label.split(':');
  return {
    label: target.label,
    variable,
    key: key.length === 0 ? null : key.join(':'),
    link: target.link,
    ...told,
    value: target.value,
    operator: {
      name: operator.name,
      negated: operator.negated,
      argument: operator.text,
      expanded: operator.hasMacros && !operator.argument.some(isCapture) ? argument : null,
    },
    matched: locateMatch(operator, argument, target.value, state.ruleSet.settings.limits),
    fingerprint:
      operator.name === 'detectSQLi' && !operator.negated
        ? (linked.operator.instance.match(target.value, argument)?.[0] ?? null)
        : null,
    score: target.score,
  };
}

/** `%{tx.1}`: the next match has captured something else. */
const isCapture = (part: MacroPart): boolean =>
  typeof part !== 'string' && part.variable === 'TX' && /^\d$/.test(part.key ?? '');

/** The first value of that label which the transformations turn into the one that matched. */
function tell(
  { state }: TransactionResult,
  targets: readonly LinkedTarget[],
  transformations: readonly string[],
  matched: MatchedTarget,
): Pick<ExplainedTarget, 'sent' | 'steps'> {
  for (const target of targets) {
    for (const pair of target.read(state)) {
      if (labelOf(target.variable, pair) !== matched.label) continue;
      const steps = stepsTo(pair.value, transformations, matched.value);
      if (steps !== null) return { sent: pair.value, steps };
    }
  }
  return { sent: null, steps: [] };
}

/** The steps to a value, multiMatch included: that stops at each value on the way. Null where they do not lead there. */
function stepsTo(sent: string, names: readonly string[], wanted: string): readonly ExplainedStep[] | null {
  const steps: ExplainedStep[] = [];
  let value = sent;
  for (const name of names) {
    const transformation = findTransformation(name);
    assert(transformation !== undefined, `transformation ${name} was checked when compiled`);
    value = transformation.apply(value);
    steps.push({ transformation: name, value });
  }
  const last = steps.findLastIndex((step) => step.value === wanted);
  if (last >= 0) return steps.slice(0, last + 1);
  return sent === wanted ? [] : null;
}
