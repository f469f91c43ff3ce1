/** What a review of one candidate knows: its rights, and the rules of others that stand beside it. */
import type { CompiledRule, Selector } from '@sluice/engine/anatomy';
import { coversRule, isProtectedRule } from '../protected.ts';
import type { RuleRights } from '../verdict.ts';
import type { Findings, Refused } from './findings.ts';
import type { VariableIndex } from './variables.ts';

/** The rules that a namespace's RuleSets stand beside: the base's, the policy's own, and those of the cluster's RuleSets. */
export interface Surroundings {
  readonly rules: readonly CompiledRule[];
  /** Ids of the cluster's RuleSets and of the policy's data. */
  readonly housesIds: ReadonlySet<number>;
  /** Names of markers, and of skipAfter. */
  readonly markers: ReadonlySet<string>;
  readonly variables: VariableIndex;
}

export interface ReviewContext {
  readonly rights: RuleRights;
  readonly around: Surroundings;
  readonly findings: Findings;
  readonly selector: Selector;
}

/** Whether a candidate may remove or change a rule of others. */
export function mayChange({ rights, around }: Pick<ReviewContext, 'rights' | 'around'>, id: number): boolean {
  if (rights.kind === 'cluster') return true;
  return !around.housesIds.has(id) && coversRule(rights.allow.exclusions, id);
}

/** Whether the namespace may have no inspection at all. */
export const maySwitchOff = ({ rights }: Pick<ReviewContext, 'rights'>): boolean =>
  rights.kind === 'cluster' || rights.allow.mode === 'Off';

/** Why a rule of others may not be touched. */
export function untouchable(
  { around, rights }: Pick<ReviewContext, 'around' | 'rights'>,
  what: string,
  ids: readonly number[],
): Refused {
  const shown = ids.slice(0, 5).join(', ') + (ids.length > 5 ? ` and ${ids.length - 5} more` : '');
  const noun = ids.length === 1 ? `rule ${shown}` : `rules ${shown}`;
  const house = ids.find((id) => around.housesIds.has(id));
  if (house !== undefined) {
    const remedy =
      'Rules of the cluster’s policy and RuleSets hold for every namespace: ask who runs the cluster.';
    return { reason: 'ProtectedRule', what: `${what} ${noun}, and ${house} is the cluster’s`, remedy };
  }
  const core = ids.find(isProtectedRule);
  if (core !== undefined) {
    const remedy = 'No namespace may touch it: scores, thresholds and body processors depend on it.';
    return { reason: 'ProtectedRule', what: `${what} ${noun}, and ${core} is protected`, remedy };
  }
  const namespace = rights.kind === 'namespace' ? rights.namespace : '';
  return {
    reason: 'ProtectedRule',
    what: `${what} ${noun}, which namespace ${namespace} may not`,
    remedy: `The cluster’s ClusterWAFPolicy can allow it: allow.exclusions: [${ids.slice(0, 5).join(', ')}].`,
  };
}
