/** Where RuleSets stand in a world: whose rights they have, and beside which others. As the plan has it, so that what was judged for one is known to the other. */
import type { RuleSetSpec, WafPolicySpec } from '../kinds/objects.ts';
import { settingsOf } from '../kinds/problems.ts';
import { namespacesOf } from '../plan/namespaces.ts';
import { clusterPolicyName, ownPolicyName } from '../plan/policies.ts';
import { clusterRights, namespaceRights } from '../plan/rules.ts';
import { inherit, plannedSettings } from '../plan/settings.ts';
import type { Candidate, RulePlace } from '../rules/verdict.ts';
import type { World } from '../world.ts';
import { WEBHOOK_LIMITS } from './limits.ts';

/** A RuleSet as it is asked about. */
export interface AskedRuleSet {
  readonly namespace: string;
  readonly name: string;
  readonly spec: RuleSetSpec;
}

/** What the policy is called whose RuleSets stand somewhere, and what it says. */
interface AskedPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly spec: WafPolicySpec;
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
    const defaults = world.sluice?.spec.defaults ?? {};
    const places = users.slice(0, WEBHOOK_LIMITS.placesMax).map(({ metadata, spec }) => ({
      name: clusterPolicyName(metadata.name),
      settings: plannedSettings(inherit(defaults, spec.defaults ?? {})).settings,
      candidates: this.#house(world, spec.ruleSets ?? [], asked),
    }));
    if (places.length > 0) return places;
    const { settings } = plannedSettings(defaults);
    const candidates = this.#house(world, [asked.name], asked);
    return [{ name: clusterPolicyName('unnamed'), settings, candidates }];
  }

  #place(world: World, { namespace, name, spec }: AskedPolicy, asked: AskedRuleSet | null): RulePlace {
    const cluster = namespacesOf(world, this.#systemNamespace).governing(namespace);
    const rights = namespaceRights(namespace, cluster?.spec.allow ?? {});
    const own = (spec.ruleSets ?? []).flatMap((ruleSet): readonly Candidate[] => {
      const key = `${namespace}/${ruleSet}`;
      const found = asked !== null && keyOf(asked) === key ? asked.spec : world.ruleSets.get(key)?.spec;
      return found === undefined ? [] : [{ key, spec: found, rights }];
    });
    const inherited = inherit(world.sluice?.spec.defaults ?? {}, cluster?.spec.defaults ?? {});
    const house = this.#house(world, cluster?.spec.ruleSets ?? [], null);
    return {
      name: ownPolicyName(keyOf({ namespace, name })),
      ...{ settings: plannedSettings(inherit(inherited, settingsOf(spec))).settings },
      candidates: [...house, ...own],
    };
  }

  #house(world: World, names: readonly string[], asked: AskedRuleSet | null): readonly Candidate[] {
    return names.flatMap((name): readonly Candidate[] => {
      const key = `${this.#systemNamespace}/${name}`;
      const spec = asked?.name === name ? asked.spec : world.ruleSets.get(key)?.spec;
      return spec === undefined ? [] : [{ key, spec, rights: clusterRights }];
    });
  }
}
