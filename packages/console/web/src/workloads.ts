/** Workloads of the cluster, as the console tells of them (docs: /v1/openapi.json has its own words). */
import type {
  Change,
  Draft as ClusterDraft,
  Workload,
  WorkloadPod,
  WorkloadSetting,
  WorkloadStory,
  Workloads,
} from '../../src/cluster/cluster.ts';
import { ask } from './ask.ts';

export type { Change, Workload, WorkloadPod };

export interface WorkloadsAnswer extends Workloads {
  readonly namespaces: readonly string[];
  /** Beyond those that are listed. */
  readonly more: number;
}

export interface Story extends Omit<WorkloadStory, 'settings'> {
  /** Values as JSON. */
  readonly settings: readonly (Omit<WorkloadSetting, 'value'> & { readonly value: string })[];
  /** Whether who asks may change something here. */
  readonly acts: boolean;
}

export type Mode = Extract<Change, { readonly kind: 'mode' }>['mode'];

export interface Draft extends ClusterDraft {
  /** Of workloads: what a mode would refuse. */
  readonly wouldBlock?: {
    readonly from: number;
    readonly to: number;
    readonly requests: number;
    readonly denied: number;
    readonly sources: number;
    readonly isCut: boolean;
    readonly more: number;
    readonly groups: readonly {
      readonly rule: string;
      readonly message: string;
      readonly target: string;
      readonly path: string;
      readonly requests: number;
      readonly sources: number;
      readonly verdict: string;
    }[];
  } | null;
}

export interface ChangeDesk<What> {
  draft(change: What): Promise<Draft>;
  apply(change: What, draft: Draft): Promise<{ readonly done: readonly string[] }>;
}

/** Changes at `ADDRESS/draft` and `ADDRESS/apply`. */
export const deskAt = <What>(address: string): ChangeDesk<What> => ({
  draft: (change) => ask<Draft>(`${address}/draft`, { method: 'POST', body: change }),
  apply: (change, { version }) => ask(`${address}/apply`, { method: 'POST', body: { change, version } }),
});

export const WORKLOAD_DESK = deskAt<Change>('/api/workloads');
