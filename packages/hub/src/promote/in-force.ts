/** What exclusions of a policy take away of stored events. */
import type { Analysis } from './analyse.ts';
import type { BlockedEvent, Hit } from './blocked-event.ts';
import { isInPaths } from './templates.ts';

/** An exclusion as a policy in force has it: single rules or ranges of them; no targets mean all, no paths everywhere. */
export interface InForce {
  readonly rules: readonly (number | readonly [number, number])[];
  readonly targets: readonly string[];
  readonly paths: readonly string[];
}

/** An exclusion as files and objects have it; what is absent names nothing. */
export interface WrittenExclusion {
  readonly rules?: readonly (number | string)[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  readonly paths?: readonly string[] | undefined;
}

/** `942100-942199` is a range. */
export function ruleRange(rule: number | string): InForce['rules'][number] {
  if (typeof rule === 'number') return rule;
  const [first = 0, last = first] = rule.split('-').map(Number);
  return [first, last];
}

export const inForceOf = ({ rules = [], targets = [], paths = [] }: WrittenExclusion): InForce => ({
  ...{ rules: rules.map(ruleRange), targets, paths },
});

/** By rule and target, or by the rule as a whole. An exclusion by tags takes away more than this says. */
export const takesAway = (exclusions: readonly InForce[], event: BlockedEvent, hit: Hit): boolean =>
  exclusions.some(
    ({ rules, targets, paths }) =>
      rules.some((each) => isOf(each, Number(hit.rule))) &&
      (targets.length === 0 || targets.some((target) => covers(target, hit))) &&
      isInPaths(event.path, paths),
  );

const isOf = (rule: InForce['rules'][number], id: number): boolean =>
  typeof rule === 'number' ? rule === id : rule[0] <= id && id <= rule[1];

/** `ARGS` is all of its values, those too that no exclusion could name one by one. */
const covers = (target: string, { target: shown, excludable }: Hit): boolean =>
  target === excludable?.target || target === shown.replace(/:.*$/s, '');

export interface Hits {
  /** Requests, those included that floods stand for. */
  readonly hits: number;
  /** Milliseconds since the epoch; null where there is none. */
  readonly last: number | null;
}

/** Of the requests of an analysis, those from which an exclusion takes something. */
export function hitsOf({ groups }: Pick<Analysis, 'groups'>, exclusion: InForce): Hits {
  const events = new Set(groups.flatMap(({ members }) => members.map(({ event }) => event)));
  const touched = [...events].filter((event) => event.hits.some((hit) => takesAway([exclusion], event, hit)));
  return {
    hits: touched.reduce((sum, { weight }) => sum + weight, 0),
    last: touched.length === 0 ? null : touched.reduce((last, { at }) => Math.max(last, at), 0),
  };
}
