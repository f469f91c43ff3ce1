/**
 * Runs a plan. Each look reads what has become of requests since the plan began, and does what follows. The plan is written before what it says is done, and
 * a look begins with doing what it says, so that one who was killed at any place is continued by the next.
 */
import type { EventStore } from '@sluice/hub';
import {
  analyse,
  describeStage,
  type MovePlan,
  modeOf,
  nextOf,
  type StagedMode,
  withHistory,
} from '@sluice/hub/promote';
import { PromoteError } from '../errors.ts';
import { readPlan, writePlan } from './plan-file.ts';
import { tell } from './tell.ts';

export interface MoverOptions {
  readonly planPath: string;
  readonly store: EventStore;
  /** Brings a policy's mode into force; does nothing where it is. Rejects where it is not in force then. */
  readonly apply: (policy: string, mode: StagedMode) => Promise<unknown>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The store does not take what became of the plan. */
  readonly complain: (error: unknown) => void;
}

export class Mover {
  readonly #options: MoverOptions;

  constructor(options: MoverOptions) {
    this.#options = options;
  }

  /**
   * @returns the plan as it is then
   * @throws PromoteError PROMOTE_PLAN; what `apply` rejects with; HubError of the store
   */
  async look(): Promise<MovePlan> {
    const { now } = this.#options;
    let plan = await this.#inForce(this.#read());
    if (plan.state !== 'moving') return this.#told(plan);
    const { workload, policy, began } = plan;
    const seen = await analyse(this.#options.store, {
      ...{ workload, from: Date.parse(began), to: now() + 1 },
      keeps: (event) => event.policy === policy,
    });
    const next = nextOf(plan, seen, now());
    switch (next.kind) {
      case 'wait':
        break;
      case 'advance':
        plan = { ...plan, stage: plan.stage + 1, since: null };
        break;
      case 'done':
        plan = withHistory({ ...plan, state: 'done' }, now(), 'done', `${policy} is in Block`);
        break;
      case 'fall back':
        plan = { ...plan, state: 'fallen back', since: null };
        plan = withHistory(plan, now(), 'fell back', `${policy} is in Detect again: ${next.because}`);
        break;
    }
    this.#write(plan);
    return this.#told(await this.#inForce(plan));
  }

  #read(): MovePlan {
    const { planPath: path } = this.#options;
    const plan = readPlan(path);
    if (plan === null) throw new PromoteError('PROMOTE_PLAN', { path, reason: 'there is none' });
    return plan;
  }

  #write(plan: MovePlan): void {
    writePlan(this.#options.planPath, plan);
  }

  /** What the plan says, where it is not known to be in force. */
  async #inForce(plan: MovePlan): Promise<MovePlan> {
    if (plan.since !== null || plan.state === 'stopped') return plan;
    const { apply, now } = this.#options;
    await apply(plan.policy, modeOf(plan));
    const at = now();
    const so = { ...plan, since: new Date(at).toISOString() };
    const says = describeStage(plan.stages[plan.stage]);
    const known = plan.state === 'moving' ? withHistory(so, at, 'stage', `${plan.policy}: ${says}`) : so;
    this.#write(known);
    return known;
  }

  async #told(plan: MovePlan): Promise<MovePlan> {
    const told = await tell(plan, this.#options.store, this.#options.complain);
    if (told !== plan) this.#write(told);
    return told;
  }
}
