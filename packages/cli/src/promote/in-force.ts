/** What exclusions of a policy take away of stored events. */
import { type Analysis, type BlockedEvent, type Hit, isInPaths } from '@sluice/hub/promote';
import type { PolicyConfig } from '@sluice/server';

export type InForce = Pick<PolicyConfig['exclusions'][number], 'rules' | 'targets' | 'paths'>;

/** By rule and target, or by the rule as a whole. An exclusion by tags takes away more than this says. */
export const takesAway = (exclusions: readonly InForce[], event: BlockedEvent, hit: Hit): boolean =>
  exclusions.some(
    ({ rules, targets, paths }) =>
      rules.some((each) => isOf(each, Number(hit.rule))) &&
      (targets.length === 0 || (hit.excludable !== null && targets.includes(hit.excludable.target))) &&
      isInPaths(event.path, paths),
  );

const isOf = (rule: InForce['rules'][number], id: number): boolean =>
  typeof rule === 'number' ? rule === id : rule[0] <= id && id <= rule[1];

export interface Hits {
  /** Requests, those included that floods stand for. */
  readonly hits: number;
  /** Milliseconds since the epoch; null where there is none. */
  readonly last: number | null;
}

/** Of the requests of an analysis, those from which an exclusion takes something. */
export function hitsOf({ groups }: Analysis, exclusion: InForce): Hits {
  const events = new Set(groups.flatMap(({ members }) => members.map(({ event }) => event)));
  const touched = [...events].filter((event) => event.hits.some((hit) => takesAway([exclusion], event, hit)));
  return {
    hits: touched.reduce((sum, { weight }) => sum + weight, 0),
    last: touched.length === 0 ? null : touched.reduce((last, { at }) => Math.max(last, at), 0),
  };
}
