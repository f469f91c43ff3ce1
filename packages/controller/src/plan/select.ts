/** Which Services are selected, for which of their ports, and why. */
import { CALICO_L7_ANNOTATION, INSPECT_ANNOTATION } from '../kinds/names.ts';
import type { Service, ServicePort, World } from '../world.ts';
import { type Namespaces, neverServices } from './namespaces.ts';
import { byKey, byText, keyOf, listed } from './order.ts';
import { routedPolicies, sectionPolicies, type Targets } from './targets.ts';

export interface Selection {
  readonly key: string;
  readonly service: Service;
  /** Those that are selected; none where the Service is not. UDP and SCTP never are. */
  readonly ports: readonly ServicePort[];
  /** In words: what selects it, or why nothing does. */
  readonly because: string;
  /** Its annotation says so: its ports are left out also where something else selects its pods. */
  readonly keptOut: boolean;
  /** Something speaks of it: an annotation or a policy. */
  readonly spokenOf: boolean;
}

export interface SelectContext {
  readonly namespaces: Namespaces;
  readonly targets: Targets;
  /** Whether Calico's annotation selects. */
  readonly calico: boolean;
}

export function selections(world: World, context: SelectContext): ReadonlyMap<string, Selection> {
  const services = [...world.services.values()].map((service) => [keyOf(service.metadata), service] as const);
  return new Map(services.sort(byKey).map(([key, service]) => [key, selectionOf(key, service, context)]));
}

function selectionOf(key: string, service: Service, context: SelectContext): Selection {
  const { targets } = context;
  const { annotations } = service.metadata;
  const tcp = service.ports.filter(({ protocol }) => protocol === 'TCP');
  const routes = new Set<string>();
  const named = tcp.filter((port) => {
    const routed = routedPolicies(targets, service, port);
    for (const { via } of routed) routes.add(via);
    return routed.length > 0 || sectionPolicies(targets, service, port).length > 0;
  });
  const spokenOf =
    Object.hasOwn(annotations, INSPECT_ANNOTATION) ||
    (context.calico && Object.hasOwn(annotations, CALICO_L7_ANNOTATION)) ||
    targets.services.has(key) ||
    named.length > 0;
  const out = (because: string, keptOut = false): Selection => ({
    ...{ key, service, ports: [], because, keptOut, spokenOf },
  });
  const never = neverReason(key, service, context.namespaces);
  if (never !== null) return out(`Never selected: ${never}.`);
  const said = annotated(annotations[INSPECT_ANNOTATION]);
  if (said === 'false') return out(`The annotation ${INSPECT_ANNOTATION} is false.`, true);
  const note =
    said === 'unclear' ? ` ${INSPECT_ANNOTATION} is neither true nor false, and counts as absent.` : '';
  const whole = wholeReason(key, service, context);
  if (whole !== null) {
    const because = tcp.length === 0 ? `${whole} It has no TCP port.` : whole;
    return { key, service, ports: tcp, because: because + note, keptOut: false, spokenOf: true };
  }
  if (named.length > 0) {
    const by = routes.size === 0 ? '' : ` By ${listed([...routes].sort(byText))}.`;
    const because = `WAFPolicies are for its ports ${listed(named.map(portText))}, and for no others.${by}${note}`;
    return { key, service, ports: named, because, keptOut: false, spokenOf };
  }
  return out(
    `Nothing selects it. Annotate it with ${INSPECT_ANNOTATION}=true, or name it in a WAFPolicy.${note}`,
  );
}

export const portText = ({ name, port }: { readonly name: string; readonly port: number }): string =>
  name === '' ? String(port) : `${name} (${port})`;

function neverReason(key: string, { metadata, type }: Service, namespaces: Namespaces): string | null {
  const system = namespaces.never(metadata.namespace ?? '');
  if (system !== null) return system;
  if (neverServices.has(key)) return "it is the API server's own Service";
  return type === 'ExternalName' ? 'an ExternalName has no pods' : null;
}

/** What selects all ports of a Service; null where nothing does. */
function wholeReason(
  key: string,
  { metadata }: Service,
  { namespaces, targets, calico }: SelectContext,
): string | null {
  const { annotations, namespace = '' } = metadata;
  if (annotated(annotations[INSPECT_ANNOTATION]) === 'true')
    return `The annotation ${INSPECT_ANNOTATION} is true.`;
  if (calico && annotated(annotations[CALICO_L7_ANNOTATION]) === 'true')
    return `The annotation ${CALICO_L7_ANNOTATION} is true.`;
  const policy = targets.services.get(key)?.[0];
  if (policy !== undefined) return `WAFPolicy ${keyOf(policy.metadata)} is for it.`;
  const cluster = namespaces.governing(namespace);
  if (cluster?.spec.select === 'All')
    return `ClusterWAFPolicy ${cluster.metadata.name} selects all Services of namespace ${namespace}.`;
  return null;
}

/** In any case: `True` is what other tools write. */
function annotated(value: string | undefined): 'true' | 'false' | 'unclear' | null {
  if (value === undefined) return null;
  const text = value.trim().toLowerCase();
  return text === 'true' || text === 'false' ? text : 'unclear';
}
