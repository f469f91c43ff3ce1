/** What the node agent says of itself: its status file (packages/node-agent/src/status.ts), as far as it is read. */
import { z } from 'zod';
import { reasonOf } from '../errors.ts';
import { NODE_LIMITS } from './limits.ts';
import { readWhole } from './whole-file.ts';

export interface AgentPod {
  readonly intercepted: boolean;
  readonly reason: string;
  readonly message: string;
  /** Numbers of ports of which requests are inspected. */
  readonly inspected: readonly number[];
}

export interface AgentState {
  /** Of the table in force; empty where there is none. */
  readonly revision: string;
  /** Why the newest table is not in force, or Envoy does not serve; empty where all is well. */
  readonly problem: string;
  /** By UID. */
  readonly pods: ReadonlyMap<string, AgentPod>;
}

export interface AgentView {
  /** Never throws. */
  state(): AgentState;
}

const condition = z.object({ type: z.string(), status: z.string(), reason: z.string(), message: z.string() });

const statusSchema = z.object({
  revision: z.string().default(''),
  conditions: z.array(condition),
  pods: z.array(
    z.object({
      uid: z.string(),
      conditions: z.array(condition),
      ports: z.array(z.object({ number: z.number(), state: z.string() })),
    }),
  ),
});

const nothing = (problem: string): AgentState => ({ revision: '', problem, pods: new Map() });

export class AgentStatusFile implements AgentView {
  readonly #path: string;

  /** @param path of status.json in the agent's folder */
  constructor(path: string) {
    this.#path = path;
  }

  state(): AgentState {
    try {
      const text = readWhole(this.#path, NODE_LIMITS.statusBytesMax);
      if (text === null) return nothing('the node agent has not said anything yet');
      return stateOf(statusSchema.parse(JSON.parse(text)));
    } catch (error) {
      return nothing(`the node agent's status cannot be read: ${reasonOf(error)}`);
    }
  }
}

function stateOf({ revision, conditions, pods }: z.infer<typeof statusSchema>): AgentState {
  const wrong = conditions.filter(({ status }) => status === 'False');
  return {
    revision,
    problem: wrong.map(({ message }) => `node agent: ${message}`).join('; '),
    pods: new Map(
      pods.map((pod) => {
        const told = pod.conditions.find(({ type }) => type === 'Intercepted');
        const intercepted = told?.status === 'True';
        const isPlain = intercepted && told.reason === 'Redirected';
        return [
          pod.uid,
          {
            intercepted,
            reason: intercepted ? '' : (told?.reason ?? 'Pending'),
            message: isPlain ? '' : (told?.message ?? ''),
            inspected: pod.ports.flatMap(({ number, state }) => (state === 'Inspected' ? [number] : [])),
          },
        ];
      }),
    ),
  };
}
