/** Namespaces and Services that are never selected, and the ClusterWAFPolicy that each namespace inherits from. */
import { NEVER_SELECTED, NEVER_SELECTED_SERVICES, SYSTEM_NAMESPACE } from '../kinds/names.ts';
import type { ClusterWafPolicy } from '../kinds/objects.ts';
import type { World } from '../world.ts';
import { selects } from './labels.ts';
import { byAge, byText } from './order.ts';

export interface Namespaces {
  /** Why nothing in a namespace is ever selected; null where it may be. */
  never(namespace: string): string | null;
  /** What a namespace inherits from; null where no ClusterWAFPolicy is for it. */
  governing(namespace: string): ClusterWafPolicy | null;
  /** By name of a ClusterWAFPolicy: namespaces that it is for but does not govern, with the older one that does. */
  readonly lost: ReadonlyMap<string, readonly (readonly [namespace: string, winner: string])[]>;
  /** By name of a ClusterWAFPolicy: the namespaces that it governs, sorted. */
  readonly governed: ReadonlyMap<string, readonly string[]>;
}

const PATTERNS = NEVER_SELECTED.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
const NAMES: ReadonlySet<string> = new Set(NEVER_SELECTED);

export const neverServices: ReadonlySet<string> = new Set(NEVER_SELECTED_SERVICES);

/** @param own namespace that Sluice is installed in */
export function namespacesOf(world: World, own: string = SYSTEM_NAMESPACE): Namespaces {
  const excluded = new Set(world.sluice?.spec.excludedNamespaces);
  const never = (namespace: string): string | null => {
    if (namespace === own) return `namespace ${namespace} is Sluice's own`;
    if (NAMES.has(namespace) || PATTERNS.some((start) => namespace.startsWith(start)))
      return `namespace ${namespace} is the cluster's own`;
    return excluded.has(namespace) ? `excludedNamespaces of Sluice has ${namespace}` : null;
  };
  const policies = [...world.clusterPolicies.values()].sort(byAge);
  const governing = new Map<string, ClusterWafPolicy | null>();
  const governed = new Map<string, string[]>(policies.map(({ metadata }) => [metadata.name, []]));
  const lost = new Map<string, [string, string][]>(policies.map(({ metadata }) => [metadata.name, []]));
  for (const { name, labels } of [...world.namespaces.values()].sort((a, b) => byText(a.name, b.name))) {
    if (never(name) !== null) continue;
    const [first, ...others] = policies.filter(
      ({ spec }) => spec.namespaceSelector === undefined || selects(spec.namespaceSelector, labels),
    );
    governing.set(name, first ?? null);
    if (first === undefined) continue;
    governed.get(first.metadata.name)?.push(name);
    for (const { metadata } of others) lost.get(metadata.name)?.push([name, first.metadata.name]);
  }
  // A namespace that is not known has no labels: what asks for none is for it, and nothing looser than that.
  const unknown = policies.find(
    ({ spec }) => spec.namespaceSelector === undefined || selects(spec.namespaceSelector, {}),
  );
  return {
    never,
    governing: (namespace) => {
      const known = governing.get(namespace);
      return known === undefined ? (unknown ?? null) : known;
    },
    lost,
    governed,
  };
}
