/** The facts as data for programs. */
import { toText } from '../inspect/visible.ts';
import { macroText, type RuleFacts } from './facts.ts';

export function factsToJson(facts: RuleFacts): object {
  const { rule, paranoia, source, scores, decision, skippedBy, changedBy, tests } = facts;
  const { id, phase, links, disruption, skipAfter, log, severity, tags, msg, position } = rule;
  return {
    id,
    message: msg === null ? null : toText(macroText(msg)),
    phase,
    paranoia,
    severity,
    tags,
    position,
    source: toText(source),
    links: links.map(({ targets, exclusions, operator, transformations, multiMatch, position: at }) => ({
      targets,
      exclusions,
      operator:
        operator === null
          ? null
          : {
              name: operator.name,
              negated: operator.negated,
              argument: toText(operator.text),
              lines: operator.lines?.length ?? null,
            },
      transformations,
      multiMatch,
      position: at,
    })),
    disruption: disruption.kind,
    skipAfter,
    log,
    scores,
    decision,
    skippedBy: skippedBy.map(({ rule: skipper, marker }) => ({
      id: skipper.id,
      marker,
      position: skipper.position,
    })),
    changedBy: changedBy.map(({ what, effect, always, position: at, rule: by }) => ({
      what,
      effect,
      always,
      position: at,
      rule: by?.id ?? null,
    })),
    tests,
  };
}
