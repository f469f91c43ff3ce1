/** What the agent does, and what it cannot do, as data: conditions as Kubernetes has them. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { NodeAgentError, reasonOf } from './errors.ts';
import { writeWhole } from './whole-file.ts';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  readonly type: 'TableAccepted' | 'EnvoyReady' | 'Intercepted';
  readonly status: ConditionStatus;
  /** One word, for programs. */
  readonly reason: string;
  /** A sentence, for people; with what to do where something is wrong. */
  readonly message: string;
}

export interface PortStatus {
  readonly number: number;
  readonly state: 'Inspected' | 'Refused' | 'NotInspected';
  readonly reason: string | null;
}

export interface PodStatus {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly conditions: readonly Condition[];
  readonly ports: readonly PortStatus[];
  /** Times that its ruleset was found altered, and put right. */
  readonly repairs: number;
}

export interface EnvoyStatus {
  readonly pid: number | null;
  readonly version: string;
  readonly redirectPort: number;
  /** Times that it ended by itself. */
  readonly deaths: number;
  /** A former one that still has connections. */
  readonly retiringPid: number | null;
}

export interface AgentStatus {
  readonly pid: number;
  /** ISO 8601. */
  readonly writtenAt: string;
  /** Of the table in force; empty where it has none, or none was read. */
  readonly revision: string;
  readonly conditions: readonly Condition[];
  readonly envoy: EnvoyStatus;
  readonly pods: readonly PodStatus[];
}

export const STATUS_FILE = 'status.json';

export function writeStatus(path: string, status: AgentStatus): void {
  writeWhole(path, `${JSON.stringify(status, null, 2)}\n`);
}

/** @throws NodeAgentError NODE_AGENT_NOT_RUNNING where there is none, NODE_AGENT_STATE */
export function readStatus(path: string): AgentStatus {
  if (!existsSync(path)) throw new NodeAgentError('NODE_AGENT_NOT_RUNNING', { directory: dirname(path) });
  try {
    const value: AgentStatus = JSON.parse(readFileSync(path, 'utf8'));
    return value;
  } catch (cause) {
    throw new NodeAgentError('NODE_AGENT_STATE', { path, reason: reasonOf(cause) }, { cause });
  }
}
