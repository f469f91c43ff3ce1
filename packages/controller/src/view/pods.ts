/** How far enforcement has come on each pod, by what its node says of it. */
import { QUARANTINE_LABEL } from '../kinds/names.ts';
import type { SelectedPod } from '../plan/claims.ts';
import { effectiveOf } from '../plan/nodes.ts';
import type { Effective } from '../plan/policies.ts';
import type { ReportContext } from '../plan/reports/context.ts';
import { NODE_UNHEARD_MILLIS } from './limits.ts';

/**
 * - `Enforced`: a probe through its own Envoy was answered as the policy says.
 * - `NotEnforced`: it was not.
 * - `NotProbed`: it is intercepted, and no probe has proven anything.
 * - `NotIntercepted`: its traffic is not inspected.
 * - `Behind`: an older policy is in force.
 * - `Off`: its policy inspects nothing.
 * - `Quarantined`: nothing reaches it, no probe either.
 * - `Unknown`: nodes may not be seen, or this one is not heard.
 */
export type PodVerdict =
  | 'Enforced'
  | 'NotEnforced'
  | 'NotProbed'
  | 'NotIntercepted'
  | 'Behind'
  | 'Off'
  | 'Quarantined'
  | 'Unknown';

export interface PodState {
  /** `namespace/name`. */
  readonly pod: string;
  readonly uid: string;
  /** `''` until it is scheduled. */
  readonly node: string;
  readonly owner: string;
  readonly ready: boolean;
  readonly verdict: PodVerdict;
  /** One word, for programs; `''` where it is enforced. */
  readonly reason: string;
  /** For people; `''` where all is well. */
  readonly message: string;
  /** When its node has last said anything, ISO 8601; null where it never has. */
  readonly heardAt: string | null;
}

export interface PodView {
  readonly context: ReportContext;
  /** Whether what nodes say may be seen. */
  readonly seesNodes: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Finding = Pick<PodState, 'verdict' | 'reason' | 'message'>;

const finding = (verdict: PodVerdict, reason: string, message: string): Finding => ({
  verdict,
  reason,
  message,
});

export function podState(selected: SelectedPod, view: PodView): PodState {
  const { pod, key } = selected;
  const report = view.context.world.nodes.get(pod.node)?.report ?? null;
  return {
    ...{ pod: key, uid: pod.uid, node: pod.node, owner: pod.owner, ready: pod.ready },
    ...found(selected, view),
    heardAt: report === null ? null : report.heartbeatAt,
  };
}

function found(selected: SelectedPod, view: PodView): Finding {
  const { pod, key } = selected;
  const { nodes, world } = view.context;
  if (pod.labels[QUARANTINE_LABEL] !== undefined)
    return finding('Quarantined', 'Quarantined', 'It is in quarantine: nothing reaches it.');
  if (pod.node === '') return finding('NotIntercepted', 'Pending', 'It is not scheduled yet.');
  const exception = nodes.exceptions.get(key);
  if (exception !== undefined) return exceptional(exception);
  if (!view.seesNodes) return finding('Unknown', 'Hidden', 'What nodes say may not be seen.');
  const state = world.nodes.get(pod.node);
  if (state === undefined)
    return finding(
      'NotIntercepted',
      'NodeNotTold',
      `Node ${pod.node} has not been told: see the controller.`,
    );
  if (state.report === null)
    return finding(
      ...(['NotIntercepted', 'NodeMissing'] as const),
      `Node ${pod.node} has never reported: see whether a node pod of Sluice runs there.`,
    );
  return reported(selected, view);
}

/** What the plan says of pods that it leaves out, `Reason: words`. */
function exceptional(text: string): Finding {
  const [reason = '', ...words] = text.split(': ');
  const message = words.join(': ');
  return finding('NotIntercepted', reason, `${message.charAt(0).toUpperCase()}${message.slice(1)}.`);
}

function reported(selected: SelectedPod, { context, now }: PodView): Finding {
  const { pod } = selected;
  const report = context.world.nodes.get(pod.node)?.report;
  const told = report?.pods.find(({ uid }) => uid === pod.uid);
  const { heartbeatAt = '', problem = '' } = report ?? {};
  const silent = now - Date.parse(heartbeatAt);
  // What a node said before it went silent says nothing of now.
  if (!(silent < NODE_UNHEARD_MILLIS))
    return finding(
      ...(['Unknown', 'NodeSilent'] as const),
      `Node ${pod.node} has said nothing since ${heartbeatAt}.`,
    );
  if (told === undefined) {
    const why = problem === '' ? '' : ` ${problem}`;
    return finding('NotIntercepted', 'Pending', `Node ${pod.node} has not taken it up yet.${why}`);
  }
  if (!told.intercepted) return finding('NotIntercepted', told.reason, told.message);
  const policies = policiesOf(selected, context);
  const behind = policies.find(({ planned, digest, findings, rules }) => {
    const inForce = report?.policies?.find(({ name }) => name === planned.name);
    // Of one whose newest is not good it is not known from here what its nodes should have.
    const isKnown = findings.length === 0 && rules.refused.length + rules.pending.length === 0;
    return isKnown && report?.policies !== undefined && inForce?.digest !== digest;
  });
  if (told.enforced === false) return finding('NotEnforced', 'NotEnforced', told.message);
  if (behind !== undefined)
    return finding(
      ...(['Behind', 'NodesBehind'] as const),
      `Node ${pod.node} has not the newest of policy ${behind.planned.name} yet.${problem === '' ? '' : ` ${problem}`}`,
    );
  if (told.enforced === true) return finding('Enforced', '', told.message);
  if (policies.every(({ settings }) => settings.mode === 'Off'))
    return finding('Off', 'Off', 'Its policy is Off: nothing is inspected.');
  return finding('NotProbed', 'NotProbed', told.message === '' ? 'No probe yet.' : told.message);
}

/** Of all its ports. */
export function policiesOf({ pod, ports }: SelectedPod, context: ReportContext): readonly Effective[] {
  const governing = context.namespaces.governing(pod.namespace);
  return [...new Set(ports.map(({ policy }) => effectiveOf(policy, governing, context.policies)))];
}
