/** Where RuleSets stand in a world: whose rights they have, and beside which others. */
import type { ClusterWafPolicy, LabelSelector, RuleSetSpec, WafPolicySpec } from '../kinds/objects.ts';
import { settingsOf } from '../kinds/problems.ts';
import type { Candidate, RulePlace } from '../rules/verdict.ts';
import type { World } from '../world.ts';
import { WEBHOOK_LIMITS } from './limits.ts';

/** A RuleSet as it is asked about. */
export interface AskedRuleSet {
  readonly namespace: string;
  readonly name: string;
  readonly spec: RuleSetSpec;
}

const keyOf = ({ namespace, name }: Pick<AskedRuleSet, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`;

export class WorldPlaces {
  readonly #world: () => World;
  readonly #systemNamespace: string;

  constructor(world: () => World, systemNamespace: string) {
    this.#world = world;
    this.#systemNamespace = systemNamespace;
  }

  /** Those of the policies that name it; the one that it would have by itself where none does. */
  ofRuleSet(asked: AskedRuleSet): readonly RulePlace[] {
    const world = this.#world();
    const { namespace, name } = asked;
    if (namespace === this.#systemNamespace) return this.#ofHouse(world, asked);
    const places = [...world.policies.values()]
      .filter(({ metadata, spec }) => metadata.namespace === namespace && spec.ruleSets?.includes(name))
      .slice(0, WEBHOOK_LIMITS.placesMax)
      .map(({ metadata, spec }) => this.#place(world, { namespace, name: metadata.name, spec }, asked));
    if (places.length > 0) return places;
    return [this.#place(world, { namespace, name: 'unnamed', spec: { ruleSets: [name] } }, asked)];
  }

  ofPolicy(namespace: string, name: string, spec: WafPolicySpec): RulePlace {
    return this.#place(this.#world(), { namespace, name, spec }, null);
  }

  #ofHouse(world: World, asked: AskedRuleSet): readonly RulePlace[] {
    const users = [...world.clusterPolicies.values()].filter(({ spec }) =>
      spec.ruleSets?.includes(asked.name),
    );
    const places = users.slice(0, WEBHOOK_LIMITS.placesMax).map(({ metadata, spec }) => ({
      name: `cluster/${metadata.name}`,
      settings: { ...spec.defaults },
      candidates: this.#house(world, spec.ruleSets ?? [], asked),
    }));
    if (places.length > 0) return places;
    return [{ name: 'cluster/unnamed', settings: {}, candidates: this.#house(world, [asked.name], asked) }];
  }

  #place(
    world: World,
    {
      namespace,
      name,
      spec,
    }: { readonly namespace: string; readonly name: string; readonly spec: WafPolicySpec },
    asked: AskedRuleSet | null,
  ): RulePlace {
    const cluster = inheritedBy(world, namespace);
    const allow = cluster?.spec.allow ?? {};
    const own = (spec.ruleSets ?? []).flatMap((ruleSet): readonly Candidate[] => {
      const key = `${namespace}/${ruleSet}`;
      const found = asked !== null && keyOf(asked) === key ? asked.spec : world.ruleSets.get(key)?.spec;
      return found === undefined
        ? []
        : [{ key, spec: found, rights: { kind: 'namespace', namespace, allow } }];
    });
    const settings = { ...world.sluice?.spec.defaults, ...cluster?.spec.defaults, ...settingsOf(spec) };
    const house = this.#house(world, cluster?.spec.ruleSets ?? [], null);
    return { name: `${namespace}/${name}`, settings, candidates: [...house, ...own] };
  }

  #house(world: World, names: readonly string[], asked: AskedRuleSet | null): readonly Candidate[] {
    return names.flatMap((name): readonly Candidate[] => {
      const key = `${this.#systemNamespace}/${name}`;
      const spec = asked?.name === name ? asked.spec : world.ruleSets.get(key)?.spec;
      return spec === undefined ? [] : [{ key, spec, rights: { kind: 'cluster' } }];
    });
  }
}

/** The oldest that matches; of two that are as old, the first by name. */
function inheritedBy(world: World, namespace: string): ClusterWafPolicy | null {
  const labels = world.namespaces.get(namespace)?.labels ?? {};
  const [oldest] = [...world.clusterPolicies.values()]
    .filter(({ spec }) => spec.namespaceSelector === undefined || selects(spec.namespaceSelector, labels))
    .sort((a, b) => orderOf(a).localeCompare(orderOf(b), 'en'));
  return oldest ?? null;
}

const orderOf = ({ metadata }: ClusterWafPolicy): string => `${metadata.creationTimestamp} ${metadata.name}`;

function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => meets(expression, labels[expression.key]))
  );
}

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

function meets({ operator, values = [] }: Expression, label: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
  }
}
