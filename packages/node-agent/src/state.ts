/** What the next agent has to know: which Envoy runs, and in which namespaces something was installed. */
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { z } from 'zod';
import { NodeAgentError, reasonOf } from './errors.ts';
import { tableSchema } from './table/schema.ts';
import { writeWhole } from './whole-file.ts';

const envoy = z.strictObject({
  slot: z.union([z.literal(0), z.literal(1)]),
  process: z.strictObject({
    pid: z.int(),
    startTicks: z.string(),
    // Absent of agents that knew of one only.
    namespace: z.string().default(readlinkSync('/proc/self/ns/pid')),
  }),
  /** What it was started with: another one is handed over to where this differs. */
  fingerprint: z.string(),
  version: z.string(),
});

const podState = z.strictObject({
  namespaceId: z.string(),
  pod: tableSchema.shape.pods.element,
  /** Selected no more. Written where it is so: former agents know neither of both. */
  released: z.boolean().default(false),
  /** Envoy's configuration has it no more. */
  letGo: z.boolean().default(false),
});

const stateSchema = z.strictObject({
  envoy: envoy.nullable(),
  retiring: envoy.nullable(),
  settings: tableSchema.shape.settings.nullable(),
  pods: z.array(podState),
});

export type AgentState = z.output<typeof stateSchema>;
export type PodState = z.output<typeof podState>;
export type EnvoyState = z.output<typeof envoy>;

export const STATE_FILE = 'state.json';

const EMPTY: AgentState = { envoy: null, retiring: null, settings: null, pods: [] };

/** @throws NodeAgentError NODE_AGENT_STATE */
export function readState(path: string): AgentState {
  if (!existsSync(path)) return EMPTY;
  try {
    return stateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    const reason = reasonOf(cause).split('\n')[0] ?? '';
    throw new NodeAgentError('NODE_AGENT_STATE', { path, reason }, { cause });
  }
}

export function writeState(path: string, state: z.input<typeof stateSchema>): void {
  writeWhole(path, `${JSON.stringify(state)}\n`, 0o600);
}
