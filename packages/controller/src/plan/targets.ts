/** What WAFPolicies are for: by Service, by a Service's port, by what leads to it, by pods, by namespace; the oldest first in each. */
import type { TargetRef, WafPolicy } from '../kinds/objects.ts';
import type { Service, World } from '../world.ts';
import { attachmentsOf } from './gateway/attached.ts';
import { type Reach, type RoutedBy, reachOf } from './gateway/reach.ts';
import type { Namespaces } from './namespaces.ts';
import { addTo, byAge, keyOf } from './order.ts';

/** By way of an HTTPRoute or a Gateway. */
export interface RoutedPolicy {
  readonly policy: WafPolicy;
  readonly by: RoutedBy;
  /** The route that leads there, in words. */
  readonly via: string;
}

export interface Targets {
  /** By the Service's key. */
  readonly services: ReadonlyMap<string, readonly WafPolicy[]>;
  /** By the Service's key and `sectionName`, as `sectionKey` puts them together. */
  readonly sections: ReadonlyMap<string, readonly WafPolicy[]>;
  /** By the Service's key and the port's number, as `sectionKey` puts them together. */
  readonly routed: ReadonlyMap<string, readonly RoutedPolicy[]>;
  /** What targets of Gateway API come to, in the order of a policy's targetRefs. */
  readonly reached: ReadonlyMap<WafPolicy, readonly Reach[]>;
  /** With a workloadSelector, by namespace. */
  readonly selectors: ReadonlyMap<string, readonly WafPolicy[]>;
  /** For all that is selected of a namespace. */
  readonly wide: ReadonlyMap<string, readonly WafPolicy[]>;
}

export const sectionKey = (service: string, section: string): string => `${service}#${section}`;

/** A port of a Service is named by its name, or by its number where it has none. */
export const sectionNames = ({
  name,
  port,
}: {
  readonly name: string;
  readonly port: number;
}): readonly string[] => (name === '' ? [String(port)] : [name, String(port)]);

export const isService = ({ group, kind }: TargetRef): boolean => group === '' && kind === 'Service';

export function targetsOf(world: World, namespaces: Namespaces): Targets {
  const services = new Map<string, WafPolicy[]>();
  const sections = new Map<string, WafPolicy[]>();
  const routed = new Map<string, RoutedPolicy[]>();
  const reached = new Map<WafPolicy, Reach[]>();
  const reach = reaches(world, namespaces);
  const selectors = new Map<string, WafPolicy[]>();
  const wide = new Map<string, WafPolicy[]>();
  for (const policy of [...world.policies.values()].sort(byAge)) {
    const { namespace = '' } = policy.metadata;
    if (namespaces.never(namespace) !== null) continue;
    const { targetRefs, workloadSelector } = policy.spec;
    if (workloadSelector !== undefined) addTo(selectors, namespace, policy);
    if (workloadSelector === undefined && targetRefs === undefined) addTo(wide, namespace, policy);
    for (const target of targetRefs ?? []) {
      if (!isService(target)) {
        const found = reach(target, namespace);
        if (reached.get(policy)?.includes(found) === true) continue;
        addTo(reached, policy, found);
        for (const { service, port, via } of found.ports)
          addTo(routed, sectionKey(service, String(port)), { policy, by: found.by, via });
        continue;
      }
      const service = `${namespace}/${target.name}`;
      if (target.sectionName === undefined) addOnce(services, service, policy);
      else addOnce(sections, sectionKey(service, target.sectionName), policy);
    }
  }
  return { services, sections, routed, reached, selectors, wide };
}

/** Each target once, whatever the number of policies that name it. */
function reaches(world: World, namespaces: Namespaces): (target: TargetRef, namespace: string) => Reach {
  const known = new Map<string, Reach>();
  let attachments: ReturnType<typeof attachmentsOf> | undefined;
  return (target, namespace) => {
    const key = JSON.stringify([target.kind, namespace, target.name, target.sectionName]);
    attachments ??= attachmentsOf(world.gateway);
    const found = known.get(key) ?? reachOf(target, namespace, { world, namespaces, attachments });
    known.set(key, found);
    return found;
  };
}

/** A policy may name one target twice. */
function addOnce(lists: Map<string, WafPolicy[]>, key: string, policy: WafPolicy): void {
  if (lists.get(key)?.includes(policy) !== true) addTo(lists, key, policy);
}

/** Policies for one port of a Service, the oldest first: by any of its names. */
export function sectionPolicies(
  targets: Targets,
  service: Service,
  port: Service['ports'][number],
): readonly WafPolicy[] {
  const key = keyOf(service.metadata);
  const named = sectionNames(port).flatMap((name) => targets.sections.get(sectionKey(key, name)) ?? []);
  return named.length < 2 ? named : [...new Set(named)].sort(byAge);
}

/** Policies that a Service's port has by what leads to it, the oldest first. */
export const routedPolicies = (
  targets: Targets,
  service: Service,
  { port, protocol }: Service['ports'][number],
): readonly RoutedPolicy[] =>
  protocol === 'TCP' ? (targets.routed.get(sectionKey(keyOf(service.metadata), String(port))) ?? []) : [];
