/** The agent's status from what it has in hand. */
import type { EnvoyKeeper } from '../envoy/keeper.ts';
import type { Left } from '../interception.ts';
import { REDIRECT_PORTS } from '../limits.ts';
import type { AgentStatus, Condition, PodStatus } from '../status.ts';
import { closedPorts, type Pod, redirectedPorts } from './pod.ts';

export interface StatusParts {
  readonly keeper: EnvoyKeeper;
  readonly pods: Iterable<Pod>;
  readonly left: readonly Left[];
  readonly tableTrouble: string | null;
  readonly hasTable: boolean;
  /** Of the table in force. */
  readonly revision: string;
}

export function statusOf({ keeper, pods, left, tableTrouble, hasTable, revision }: StatusParts): AgentStatus {
  const { current, retiring, deaths } = keeper;
  const isUp = current !== null;
  return {
    pid: process.pid,
    writtenAt: new Date().toISOString(),
    revision,
    conditions: [tableCondition(tableTrouble, hasTable), envoyCondition(keeper)],
    envoy: {
      pid: current?.process.pid ?? null,
      version: current?.version ?? '',
      redirectPort: current?.slot.redirectPort ?? REDIRECT_PORTS[0],
      deaths,
      retiringPid: retiring?.envoy.process.pid ?? null,
    },
    pods: [...[...pods].map((pod) => podStatus(pod, isUp)), ...left.map(leftStatus)],
  };
}

const condition = (
  type: Condition['type'],
  status: Condition['status'],
  reason: string,
  message: string,
): Condition => ({ type, status, reason, message });

function tableCondition(trouble: string | null, hasTable: boolean): Condition {
  if (trouble !== null)
    return condition('TableAccepted', 'False', 'Refused', `${trouble} What was in force stays.`);
  return hasTable
    ? condition('TableAccepted', 'True', 'Accepted', 'The table is in force.')
    : condition('TableAccepted', 'Unknown', 'NoTable', 'No table was read yet.');
}

function envoyCondition({ current, trouble }: EnvoyKeeper): Condition {
  if (current !== null) return condition('EnvoyReady', 'True', 'Running', 'Envoy serves.');
  return condition('EnvoyReady', 'False', 'Down', trouble ?? 'Envoy has ended; it is being started again.');
}

const podStatus = (pod: Pod, isUp: boolean): PodStatus => ({
  namespace: pod.inForce.namespace,
  name: pod.inForce.name,
  uid: pod.uid,
  conditions: [podCondition(pod, isUp)],
  ports: pod.ports,
  repairs: pod.repairs,
});

function podCondition(pod: Pod, isUp: boolean): Condition {
  const no = (reason: string, message: string): Condition =>
    condition('Intercepted', 'False', reason, message);
  if (pod.isReleased) return no('Releasing', releasing(pod));
  if (redirectedPorts(pod.ports).length === 0)
    return no('NothingToInspect', 'No port of it is declared as HTTP, or as TLS with a key.');
  const captures = (pod.installed?.redirectPort ?? null) !== null;
  const closed = closedPorts(pod.inForce, redirectedPorts(pod.ports));
  if (captures && !isUp)
    return closed.length === redirectedPorts(pod.ports).length
      ? no('EnvoyDown', 'Envoy is down: connections are refused until it is back.')
      : no(
          'EnvoyDown',
          `Envoy is down: connections to ${closed.join(', ')} are refused until it is back, others go to the workload, uninspected.`,
        );
  if (!captures && !isUp) {
    return closed.length === 0 && pod.installed
      ? no('EnvoyDown', 'Envoy is down: connections go to the workload, uninspected.')
      : no('EnvoyDown', 'Envoy never served this pod: connections go to the workload, uninspected.');
  }
  if (pod.rejection !== null)
    return captures
      ? condition('Intercepted', 'True', 'EnvoyRejected', `The former configuration serves: ${pod.rejection}`)
      : no('EnvoyRejected', pod.rejection);
  if (captures) return condition('Intercepted', 'True', 'Redirected', 'New connections go through Envoy.');
  return no('Pending', pod.trouble ?? 'Envoy is taking it up.');
}

const releasing = ({ waitsFor }: Pod): string =>
  `New connections go to the workload; those under way may end.${waitsFor === null ? '' : ` It waits for ${waitsFor}.`}`;

const leftStatus = ({ pod, reason, message }: Left): PodStatus => ({
  namespace: pod.namespace,
  name: pod.name,
  uid: pod.uid,
  conditions: [
    condition('Intercepted', 'False', reason === 'HostNetwork' ? 'NotSupported' : reason, message),
  ],
  ports: pod.ports.map(({ number }) => ({ number, state: 'NotInspected', reason })),
  repairs: 0,
});
