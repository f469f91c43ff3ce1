/** Which ports are probed, and by what it is told that one must be probed anew. */
import type { Mode } from '../../kinds/objects.ts';
import type { NodePlan, PlannedPod } from '../../plan/plan.ts';
import type { AgentState } from '../agent-state.ts';

export interface ProbeTarget {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly policy: string;
  readonly mode: Exclude<Mode, 'Off'>;
  /** Changes where what was proven may hold no more. */
  readonly state: string;
}

export const keyOfTarget = ({ uid, port }: ProbeTarget): string => `${uid} ${port}`;

/** @param known policies that are in force as planned */
export function probeTargets(
  { pods, policies }: NodePlan,
  agent: AgentState,
  known: ReadonlySet<string>,
): readonly ProbeTarget[] {
  const digests = new Map(policies.map(({ name, digest }) => [name, digest]));
  return pods.flatMap((pod) => {
    const told = agent.pods.get(pod.uid);
    if (told?.intercepted !== true) return [];
    return pod.ports.flatMap((port) => {
      const { name: policy, mode } = port.policy ?? { name: pod.policy, mode: pod.mode };
      const isInspected = told.inspected.includes(port.number);
      if (mode === 'Off' || !isInspected || !known.has(policy)) return [];
      const state = `${digests.get(policy)} ${mode} ${told.message}`;
      return [targetOf(pod, port, { policy, mode, state })];
    });
  });
}

const targetOf = (
  { uid, namespace, name }: PlannedPod,
  { number: port, protocol }: PlannedPod['ports'][number],
  rest: Pick<ProbeTarget, 'policy' | 'mode' | 'state'>,
): ProbeTarget => ({ uid, namespace, name, port, isTls: protocol === 'tls', ...rest });
