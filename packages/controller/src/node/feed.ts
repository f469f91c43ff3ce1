/** What a node follows: its own SluiceNode, and who stands behind addresses in the whole cluster. */
import type { NodePlan, Workload } from '../plan/plan.ts';

export interface ToldPlan {
  /** Of the SluiceNode. */
  readonly generation: number;
  readonly plan: NodePlan;
}

export interface NodeFeed {
  start(): void;
  stop(): Promise<void>;
  /** Called when something of it has changed. */
  onChange(callback: () => void): void;
  /** Null where nothing is known: not yet, or there is none. @throws ControllerError PLAN_INVALID */
  told(): ToldPlan | null;
  /** Null while not all are known. The same array as before where nothing has changed. */
  workloads(): readonly Workload[] | null;
  /** Why it is not up to date; empty where it is. */
  problem(): string;
}
