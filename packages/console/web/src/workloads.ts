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
  readonly wouldBlock: {
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

export const draft = (change: Change): Promise<Draft> =>
  ask<Draft>('/api/workloads/draft', { method: 'POST', body: change });

export const apply = (change: Change, { version }: Draft): Promise<{ readonly done: readonly string[] }> =>
  ask('/api/workloads/apply', { method: 'POST', body: { change, version } });
