/** The story as data for programs. Values are text: bytes that are not UTF-8 appear as U+FFFD. */
import type { ExplainedTarget } from '@sluice/engine';
import type { Story, StoryRule } from './story.ts';
import { toText } from './visible.ts';

export const storyToJson = (story: Story): object => ({
  request: {
    method: toText(story.request.attributes.method),
    uri: toText(story.request.attributes.uri),
    headers: story.request.attributes.headers.map(([name, value]) => [toText(name), toText(value)]),
    bodyBytes: story.request.body.length,
    notes: story.request.notes,
  },
  policy: story.policy,
  mode: story.mode,
  verdict:
    story.verdict.kind === 'uninspectable'
      ? { ...story.verdict, detail: toText(story.verdict.detail) }
      : story.verdict,
  blocks: story.blocks,
  score: story.score,
  threshold: story.threshold,
  rules: story.rules.map(ruleToJson),
  failures: story.failures,
  exclusions:
    story.proposals === null
      ? null
      : {
          leftOut: story.proposals.leftOut,
          rules: story.proposals.exclusions.map(({ ruleId, target }) => ({
            ruleId,
            target:
              target === null
                ? null
                : toText(target.key === null ? target.variable : `${target.variable}:${target.key}`),
          })),
          proposals: story.proposals.proposals.map((proposal) => ({
            ...proposal,
            text: toText(proposal.text),
          })),
        },
});

const ruleToJson = ({ targets, message, ...rule }: StoryRule): object => ({
  ...rule,
  message: toText(message),
  targets: targets.map(targetToJson),
});

function targetToJson(target: ExplainedTarget): object {
  const { label, link, sent, steps, value, matched, operator, fingerprint, score } = target;
  return {
    target: toText(label),
    link,
    sent: sent === null ? null : toText(sent),
    steps: steps.map((step) => ({ transformation: step.transformation, value: toText(step.value) })),
    value: toText(value),
    matched:
      matched === null
        ? null
        : {
            start: matched.start,
            end: matched.end,
            before: toText(value.slice(0, matched.start)),
            text: toText(value.slice(matched.start, matched.end)),
            after: toText(value.slice(matched.end)),
          },
    operator: {
      ...operator,
      argument: toText(operator.argument),
      expanded: operator.expanded === null ? null : toText(operator.expanded),
    },
    fingerprint,
    score,
  };
}
