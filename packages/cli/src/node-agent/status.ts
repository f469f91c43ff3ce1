/** `sluice node-agent status`: what the agent last wrote. */
import { join, resolve } from 'node:path';
import { type AgentStatus, type Condition, readStatus, STATUS_FILE } from '@sluice/node-agent';

/** @returns the exit code: 1 where something is not as it should be */
export function showStatus(state: string, json: boolean): number {
  const status = readStatus(join(resolve(state), STATUS_FILE));
  process.stdout.write(json ? `${JSON.stringify(status)}\n` : formatStatus(status));
  const conditions = [...status.conditions, ...status.pods.flatMap((pod) => pod.conditions)];
  return conditions.every((condition) => condition.status === 'True') ? 0 : 1;
}

function formatStatus({ writtenAt, conditions, envoy, pods }: AgentStatus): string {
  const lines = [
    `as of ${writtenAt}`,
    `Envoy ${envoy.version || '-'}, process ${envoy.pid ?? '-'}, port ${envoy.redirectPort} in pods`,
    ...conditions.map(formatCondition),
    ...pods.flatMap((pod) => [
      `${pod.namespace}/${pod.name}`,
      ...pod.conditions.map((condition) => `  ${formatCondition(condition)}`),
      ...pod.ports.map(
        ({ number, state, reason }) => `  port ${number}: ${state}${reason === null ? '' : ` (${reason})`}`,
      ),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

const formatCondition = ({ type, status, reason, message }: Condition): string =>
  `${type} ${status} (${reason}): ${message}`;
