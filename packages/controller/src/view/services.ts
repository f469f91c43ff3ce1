/** Services that are selected, or that something speaks of: by which policy, and how far enforcement has come. */
import type { Mode } from '../kinds/objects.ts';
import { counted, listed } from '../plan/order.ts';
import type { ServiceReport } from '../plan/plan.ts';
import { NAMES_SHOWN_MAX } from './limits.ts';
import { type PodState, type PodView, podState } from './pods.ts';

/** `Unknown`: what nodes say may not be seen, or they are not heard. */
export type ServiceVerdict =
  | 'NotSelected'
  | 'NoPods'
  | 'Enforced'
  | 'PartlyEnforced'
  | 'NotEnforced'
  | 'NotProbed'
  | 'Off'
  | 'Unknown';

export interface ServiceState {
  /** `namespace/name`. */
  readonly service: string;
  readonly selected: boolean;
  /** In words: what has selected it, or why nothing has. */
  readonly because: string;
  /** Null where it is not selected, or cannot be told. */
  readonly policy: string | null;
  readonly mode: Mode | null;
  readonly ports: ServiceReport['ports'];
  readonly pods: readonly PodState[];
  readonly verdict: ServiceVerdict;
  /** Nodes with pods of it, and those of them on which all of these are enforced. */
  readonly nodes: { readonly enforced: number; readonly all: number };
  /** Why it is not enforced everywhere; `''` where it is. */
  readonly why: string;
}

export interface ServiceViewOptions extends PodView {
  /** Whether all that settings are inherited from may be seen. */
  readonly seesInheritance: boolean;
}

export function serviceState(report: ServiceReport, view: ServiceViewOptions): ServiceState {
  const { claims } = view.context;
  const keys = report.selected ? (claims.services.get(report.service)?.pods ?? []) : [];
  const pods = keys.flatMap((key) => {
    const selected = claims.pods.get(key);
    return selected === undefined ? [] : [podState(selected, view)];
  });
  const verdict = report.selected ? verdictOf(pods) : 'NotSelected';
  const byNode = Map.groupBy(
    pods.filter(({ node, verdict: each }) => node !== '' && each !== 'Quarantined'),
    ({ node }) => node,
  );
  const enforced = [...byNode.values()].filter((there) => there.every(isEnforced)).length;
  const { policy, mode, ...shown } = told(report, view);
  return {
    ...{ service: report.service, selected: report.selected, because: shown.because },
    ...{ policy, mode, ports: shown.ports, pods, verdict, nodes: { enforced, all: byNode.size } },
    why: pods.length === 0 && report.selected ? 'No pod that runs stands behind it.' : whyNot(pods),
  };
}

const isEnforced = ({ verdict }: PodState): boolean => verdict === 'Enforced';

/** Pods in quarantine serve nobody. */
function verdictOf(all: readonly PodState[]): ServiceVerdict {
  const pods = all.filter(({ verdict }) => verdict !== 'Quarantined');
  if (pods.length === 0) return 'NoPods';
  const has = (verdict: PodState['verdict']): boolean => pods.some((pod) => pod.verdict === verdict);
  if (pods.every(isEnforced)) return 'Enforced';
  if (pods.every(({ verdict }) => verdict === 'Off')) return 'Off';
  if (has('Enforced')) return 'PartlyEnforced';
  if (has('NotEnforced') || has('NotIntercepted') || has('Behind')) return 'NotEnforced';
  return has('Unknown') ? 'Unknown' : 'NotProbed';
}

/** What is inherited cannot be told by who does not see all of it: only what the WAFPolicy itself says. */
function told(report: ServiceReport, { seesInheritance, context }: ServiceViewOptions) {
  const own = report.policy === null ? undefined : context.policies.own.get(report.policy);
  if (seesInheritance || !report.selected) return report;
  const said = report.policy === null ? undefined : context.world.policies.get(report.policy)?.spec.mode;
  return {
    ...report,
    policy: own === undefined ? null : report.policy,
    mode: own !== undefined && own.findings.length === 0 ? (said ?? null) : null,
    ports: report.ports.map(({ policy: _, mode: __, ...port }) => port),
  };
}

/** Pods that say the same are told together, by their names without the namespace. */
function whyNot(pods: readonly PodState[]): string {
  const others = pods.filter(({ verdict }) => verdict !== 'Enforced');
  const alike = Map.groupBy(others, ({ reason, message }) => `${reason}\0${message}`);
  const texts = [...alike.values()].map((same) => {
    const [{ reason, message } = { reason: '', message: '' }] = same;
    return `${whoAre(same, pods)}: ${reason}${message === '' ? '' : `, ${message}`}`;
  });
  const [first = '', ...rest] = texts;
  return rest.length === 0 ? first : `${first} And ${counted(rest.length, 'other reason')}.`;
}

function whoAre(same: readonly PodState[], pods: readonly PodState[]): string {
  if (same.length > 1 && same.length === pods.length) return `all ${pods.length} pods`;
  const names = same.map(({ pod, node }) => {
    const name = pod.slice(pod.indexOf('/') + 1);
    return node === '' ? name : `${name} on ${node}`;
  });
  return listed(names, NAMES_SHOWN_MAX);
}
