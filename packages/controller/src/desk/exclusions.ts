/** Exclusions as objects of policies have them, by the names that events have of policies. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { API_VERSION } from '../kinds/names.ts';
import type { Exclusion } from '../kinds/objects.ts';
import { parseObject } from '../kinds/parse.ts';
import { problemText } from '../kinds/problems.ts';
import { keyOf } from '../plan/order.ts';
import { clusterPolicyName, DEFAULT_POLICY, type Effective, ownPolicyName } from '../plan/policies.ts';
import { type Seen, viewOf } from '../view/look.ts';
import type { World } from '../world.ts';
import type { ManagedObject } from './managed.ts';

/** An object that says something of a policy. */
export interface PolicyHome {
  /** As events name it. */
  readonly policy: string;
  /** `WAFPolicy shop/web`. */
  readonly target: string;
  /** Null: it holds for the whole cluster. */
  readonly namespace: string | null;
  /** Namespaces that it holds for, sorted; those that have no other, of the defaults. */
  readonly governs: readonly string[];
  /** What the object itself says, each with what it is known by. */
  readonly exclusions: readonly (Exclusion & { readonly digest: string })[];
  /** What is in force, inherited ones among it, but for what has expired. */
  readonly inForce: readonly Exclusion[];
}

export interface Place {
  readonly kind: 'WAFPolicy' | 'ClusterWAFPolicy' | 'Sluice';
  readonly namespace: string | null;
  readonly name: string;
}

/** Of policy and content, whatever the order of fields. */
export const digestOf = (policy: string, exclusion: unknown): string =>
  createHash('sha256')
    .update(`${policy}\n${canonicalJson(exclusion)}`)
    .digest('base64url')
    .slice(0, 32);

/** Those of the cluster first. */
export function policyHomes(seen: Seen): readonly PolicyHome[] {
  const { policies, namespaces, world } = viewOf(seen).context;
  const home = (place: Place, governs: readonly string[], own: readonly Exclusion[] = []): PolicyHome => {
    const policy = policyNameOf(place);
    const known: readonly Exclusion[] = effectiveOf(place, policies)?.settings.exclusions ?? [];
    return {
      ...{ policy, target: targetOf(place), namespace: place.namespace, governs },
      exclusions: own.map((each) => ({ ...each, digest: digestOf(policy, each) })),
      inForce: known.filter(({ expires }) => expires === undefined || !(Date.parse(expires) <= seen.now)),
    };
  };
  const { sluice } = world;
  return [
    ...(sluice === null
      ? []
      : [
          home(
            { kind: 'Sluice', namespace: null, name: sluice.metadata.name },
            [],
            sluice.spec.defaults?.exclusions,
          ),
        ]),
    ...[...world.clusterPolicies.values()].map(({ metadata: { name }, spec }) =>
      home(
        { kind: 'ClusterWAFPolicy', namespace: null, name },
        namespaces.governed.get(name) ?? [],
        spec.defaults?.exclusions,
      ),
    ),
    ...[...world.policies.values()].map(({ metadata: { name, namespace = '' }, spec }) =>
      home({ kind: 'WAFPolicy', namespace, name }, [namespace], spec.exclusions),
    ),
  ];
}

/** Null where no object is behind that name. */
export function placeOf(policy: string, { world }: Seen): Place | null {
  const own = [...world.policies.values()].find(({ metadata }) => ownPolicyName(keyOf(metadata)) === policy);
  if (own !== undefined) {
    const { name, namespace = '' } = own.metadata;
    return { kind: 'WAFPolicy', namespace, name };
  }
  const name = [...world.clusterPolicies.keys()].find((each) => clusterPolicyName(each) === policy);
  if (name !== undefined) return { kind: 'ClusterWAFPolicy', namespace: null, name };
  if (policy !== DEFAULT_POLICY || world.sluice === null) return null;
  return { kind: 'Sluice', namespace: null, name: world.sluice.metadata.name };
}

function policyNameOf({ kind, namespace, name }: Place): string {
  if (kind === 'WAFPolicy') return ownPolicyName(`${namespace}/${name}`);
  return kind === 'ClusterWAFPolicy' ? clusterPolicyName(name) : DEFAULT_POLICY;
}

export const targetOf = ({ kind, namespace, name }: Place): string =>
  `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;

export function pathOf({ kind, namespace, name }: Place): string {
  const scope = namespace === null ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const plural = { WAFPolicy: 'wafpolicies', ClusterWAFPolicy: 'clusterwafpolicies', Sluice: 'sluices' }[
    kind
  ];
  return `/apis/${API_VERSION}${scope}/${plural}/${encodeURIComponent(name)}`;
}

/** A merge patch knows no part of a list: all of it stands there, and the version of the object with it. */
export const exclusionsPatch = ({ kind }: Place, exclusions: readonly unknown[]) => ({
  spec: kind === 'WAFPolicy' ? { exclusions } : { defaults: { exclusions } },
});

/** What an object says just now, in whatever shape it has it. */
export function exclusionsIn({ spec }: ManagedObject, { kind }: Place): readonly unknown[] {
  const fields = Object(spec) as { readonly exclusions?: unknown; readonly defaults?: unknown };
  const { exclusions } =
    kind === 'WAFPolicy' ? fields : (Object(fields.defaults) as { readonly exclusions?: unknown });
  return Array.isArray(exclusions) ? exclusions : [];
}

/**
 * Why a policy would not come into force as it is in `object`: what admission does not look at, as what the cluster allows a namespace.
 *
 * @returns `''` where it would; null where that cannot be seen
 */
export function notInForce(object: unknown, { kind, namespace, name }: Place, seen: Seen): string | null {
  const parsed = parseObject(kind, object);
  if (parsed.kind === 'invalid') return problemText(parsed.problems);
  const view = viewOf({ ...seen, world: worldWith({ kind, namespace, name }, object, seen.world) });
  if (!view.seesInheritance) return null;
  const findings = effectiveOf({ kind, namespace, name }, view.context.policies)?.findings ?? [];
  return findings.map(({ message }) => message).join(' ');
}

function worldWith({ kind, namespace, name }: Place, object: unknown, world: World): World {
  if (kind === 'WAFPolicy') {
    const parsed = parseObject(kind, object);
    if (parsed.kind === 'invalid') return world;
    return { ...world, policies: new Map(world.policies).set(`${namespace}/${name}`, parsed.object) };
  }
  if (kind === 'ClusterWAFPolicy') {
    const parsed = parseObject(kind, object);
    if (parsed.kind === 'invalid') return world;
    return { ...world, clusterPolicies: new Map(world.clusterPolicies).set(name, parsed.object) };
  }
  const parsed = parseObject(kind, object);
  return parsed.kind === 'invalid' ? world : { ...world, sluice: parsed.object };
}

function effectiveOf(
  { kind, namespace, name }: Place,
  policies: ReturnType<typeof viewOf>['context']['policies'],
): Effective | undefined {
  if (kind === 'Sluice') return policies.default;
  return kind === 'ClusterWAFPolicy' ? policies.cluster.get(name) : policies.own.get(`${namespace}/${name}`);
}
