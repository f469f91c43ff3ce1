/** What a node says of itself, in the status of its SluiceNode: when it changes, and once in a while. */
import { reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { NodeReport, PodReport } from '../plan/node-report.ts';
import type { NodePlan, PlannedPod } from '../plan/plan.ts';
import type { AgentState } from './agent-state.ts';
import type { ToldPlan } from './feed.ts';
import { NODE_LIMITS } from './limits.ts';
import type { NodeApi } from './node-api.ts';
import type { Proof } from './probe/proof.ts';
import type { Held } from './table-step.ts';

export interface Facts {
  readonly told: ToldPlan;
  /** The last generation that was in force whole. */
  readonly observed: number;
  readonly isInForce: boolean;
  readonly problems: readonly string[];
  readonly ruleSetVersion: string;
  /** Null where it is not known. */
  readonly policies: NodePlan['policies'] | null;
  readonly held: ReadonlyMap<string, Held>;
  readonly agent: AgentState;
  /** By UID. */
  readonly proofs: ReadonlyMap<string, Proof>;
}

export interface ReporterOptions {
  readonly node: string;
  readonly api: NodeApi;
  readonly log: Log;
}

const MESSAGE_CHARACTERS_MAX = 2_000;

type Told = Omit<NodeReport, 'heartbeatAt'>;

export class NodeReporter {
  readonly #options: ReporterOptions;
  #written = '';
  #triedAt = Number.NEGATIVE_INFINITY;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #problem = '';
  /** Null where nothing is under way. */
  #writing: Promise<void> | null = null;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /**
   * Begins to write where it is time to. Nobody waits for it; what fails is tried again.
   *
   * @returns false where a newer report waits for its time
   */
  take(facts: Facts): boolean {
    const report = reportOf(facts);
    const text = JSON.stringify(report);
    const now = performance.now();
    const isNew = text !== this.#written;
    const isDue = isNew || now - this.#writtenAt >= NODE_LIMITS.heartbeatMillis;
    if (!isDue || this.#writing !== null || now - this.#triedAt < NODE_LIMITS.reportMillis) return !isNew;
    this.#triedAt = now;
    this.#writing = this.#write(report, text).finally(() => {
      this.#writing = null;
    });
    return true;
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(report: Told, text: string): Promise<void> {
    const { node, api, log } = this.#options;
    try {
      const isThere = await api.report(node, { ...report, heartbeatAt: new Date().toISOString() });
      if (isThere) {
        this.#written = text;
        this.#writtenAt = performance.now();
      }
      this.#problem = '';
    } catch (error) {
      const problem = reasonOf(error);
      if (problem !== this.#problem) log.warn({ problem }, 'node: its status is not written');
      this.#problem = problem;
    }
  }
}

export function reportOf({
  told,
  observed,
  isInForce,
  problems,
  ruleSetVersion,
  policies,
  ...rest
}: Facts): Told {
  const { pods } = told.plan;
  const waiting = isInForce || problems.length > 0 ? problems : [waitingFor(rest.held)];
  return {
    observedGeneration: observed,
    ruleSetVersion,
    problem: cut(waiting.join('; ')),
    ...(policies === null ? {} : { policies }),
    pods: pods.map((pod) => podReport(pod, rest)),
  };
}

const waitingFor = (held: ReadonlyMap<string, Held>): string =>
  held.size === 0
    ? 'The server or the agent has not taken it over yet.'
    : `${held.size} pods wait: ${[...held.values()][0]?.message ?? ''}`;

function podReport(
  { uid }: PlannedPod,
  { held, agent, proofs }: Pick<Facts, 'held' | 'agent' | 'proofs'>,
): PodReport {
  const why = held.get(uid);
  const told = agent.pods.get(uid);
  const intercepted = told?.intercepted === true;
  const proof = intercepted ? proofs.get(uid) : undefined;
  const messages = [why?.message, told?.message, proof?.message].filter(
    (text) => text !== undefined && text !== '',
  );
  return {
    uid,
    intercepted,
    reason: intercepted ? '' : (told?.reason ?? why?.reason ?? 'Pending'),
    enforced: proof?.enforced ?? null,
    message: cut(messages.join('; ')),
  };
}

const cut = (text: string): string =>
  text.length <= MESSAGE_CHARACTERS_MAX ? text : `${text.slice(0, MESSAGE_CHARACTERS_MAX - 1)}…`;
