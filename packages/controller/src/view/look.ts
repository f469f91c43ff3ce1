/** What there is to say of a cluster at one moment: from its objects alone. */
import { byText } from '../plan/order.ts';
import type { PlannedPolicy } from '../plan/plan.ts';
import { contextOf } from '../plan/planner.ts';
import type { ReportContext } from '../plan/reports/context.ts';
import { serviceReport, serviceReports } from '../plan/reports/services.ts';
import type { World } from '../world.ts';
import { NODE_UNHEARD_MILLIS } from './limits.ts';
import { type ObjectState, objectStates } from './objects.ts';
import { type ServiceState, type ServiceViewOptions, serviceState } from './services.ts';

/** A kind that could not be read. */
export interface Unseen {
  /** `Pod`; of Calico's with their group. */
  readonly kind: string;
  /** `forbidden`: the API server does not show it. `absent`: the cluster does not have it. */
  readonly state: 'forbidden' | 'absent';
  readonly problem: string;
}

export interface NodeState {
  readonly node: string;
  /** ISO 8601; null where it has never said anything. */
  readonly heardAt: string | null;
  readonly isSilent: boolean;
  /** In its own words; `''` where all is well. */
  readonly problem: string;
  /** That are selected there, and those of them that it says are enforced. */
  readonly pods: { readonly enforced: number; readonly all: number };
}

export interface Seen {
  readonly world: World;
  readonly unseen: readonly Unseen[];
  /** Policies in force of which the newest is refused, by name. */
  readonly former?: ReadonlyMap<string, PlannedPolicy>;
  /** The only one that was asked for; null for all. */
  readonly namespace: string | null;
  /** Where Sluice runs. */
  readonly systemNamespace?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Look {
  readonly services: readonly ServiceState[];
  readonly objects: readonly ObjectState[];
  readonly nodes: readonly NodeState[];
  readonly unseen: readonly Unseen[];
}

/** Of which the settings of every policy are inherited. */
const INHERITED: readonly string[] = ['Namespace', 'Sluice', 'ClusterWAFPolicy'];

export function viewOf(seen: Seen): ServiceViewOptions {
  const { former, systemNamespace, unseen, now } = seen;
  const context = contextOf(withSecrets(seen.world), {
    ...(former !== undefined && { former }),
    ...(systemNamespace !== undefined && { namespace: systemNamespace }),
  });
  const isForbidden = (kind: string): boolean =>
    unseen.some((each) => each.kind === kind && each.state === 'forbidden');
  return {
    ...{ context, now, seesNodes: !isForbidden('SluiceNode') },
    seesInheritance: !INHERITED.some(isForbidden),
  };
}

export function lookAt(seen: Seen): Look {
  const view = viewOf(seen);
  const { namespace, unseen } = seen;
  const isAsked = (key: string): boolean => namespace === null || key.startsWith(`${namespace}/`);
  return {
    services: serviceReports(view.context)
      .filter(({ service }) => isAsked(service))
      .map((report) => serviceState(report, view)),
    // What a namespace inherits from concerns it, too.
    objects: objectStates(seen.world).filter(({ key }) => !key.includes('/') || isAsked(key)),
    nodes: nodeStates(view.context, seen.now),
    unseen,
  };
}

/** @returns null where there is no such Service; one that nothing speaks of is told, too */
export function lookAtService(service: string, view: ServiceViewOptions): ServiceState | null {
  const found = view.context.claims.services.get(service);
  return found === undefined ? null : serviceState(serviceReport(found, view.context), view);
}

/**
 * Secrets are not asked for by who only looks: that a policy names one is taken for its being there, unless the controller has said
 * that it is not.
 */
function withSecrets(world: World): World {
  const secrets = new Map(world.secrets);
  for (const { metadata, spec, status } of world.policies.values()) {
    const missing = (status?.conditions ?? []).map(({ message }) => message).join(' ');
    for (const { secretName } of spec.tls ?? []) {
      const { namespace = '' } = metadata;
      const key = `${namespace}/${secretName}`;
      if (!missing.includes(`Secret ${key} `))
        secrets.set(key, { namespace, name: secretName, resourceVersion: '' });
    }
  }
  return { ...world, secrets };
}

function nodeStates({ world, nodes }: ReportContext, now: number): readonly NodeState[] {
  const names = new Set([...world.nodes.keys(), ...nodes.plans.keys()]);
  return [...names].sort(byText).map((node) => {
    const report = world.nodes.get(node)?.report ?? null;
    const selected = new Set(nodes.plans.get(node)?.pods.map(({ uid }) => uid));
    const enforced = report?.pods.filter((pod) => pod.enforced === true && selected.has(pod.uid)) ?? [];
    const isHeard = report !== null && now - Date.parse(report.heartbeatAt) < NODE_UNHEARD_MILLIS;
    return {
      ...{ node, heardAt: report?.heartbeatAt ?? null, isSilent: !isHeard },
      problem: report?.problem ?? '',
      pods: { enforced: isHeard ? enforced.length : 0, all: selected.size },
    };
  });
}
