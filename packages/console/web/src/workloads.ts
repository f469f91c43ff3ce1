/** Workloads of the cluster, as the console tells of them (docs: /v1/openapi.json has its own words). */
import { ask } from './ask.ts';

export interface WorkloadPod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly owner: string;
  readonly ready: boolean;
  readonly verdict: string;
  readonly reason: string;
  readonly message: string;
  readonly quarantine: { readonly until: string; readonly reason: string; readonly actor: string } | null;
}

export interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly selected: boolean;
  readonly because: string;
  readonly policy: string | null;
  readonly mode: string | null;
  readonly verdict: string;
  readonly why: string;
  readonly inspect: boolean | null;
  readonly pods: readonly WorkloadPod[];
}

export interface WorkloadsAnswer {
  readonly namespaces: readonly string[];
  readonly workloads: readonly Workload[];
  readonly more: number;
  readonly nodes: readonly {
    readonly node: string;
    readonly heardAt: string | null;
    readonly isSilent: boolean;
    readonly problem: string;
  }[];
  readonly unseen: readonly string[];
}

export interface Story {
  readonly workload: Workload;
  readonly steps: readonly {
    readonly step: string;
    readonly state: string;
    readonly says: readonly string[];
    readonly remedies: readonly string[];
  }[];
  readonly settings: readonly {
    readonly path: string;
    readonly value: string;
    readonly from: readonly string[];
  }[];
  readonly acts: boolean;
}

export type Mode = 'Off' | 'Detect' | 'Block';

export type Change =
  | { readonly kind: 'inspect'; readonly service: string; readonly inspect: boolean | null }
  | { readonly kind: 'mode'; readonly service: string; readonly mode: Mode }
  | {
      readonly kind: 'quarantine';
      readonly pod: string;
      readonly uid: string;
      readonly reason: string;
      readonly seconds: number;
      readonly force: boolean;
    }
  | { readonly kind: 'release'; readonly pod: string; readonly uid: string };

export interface Draft {
  readonly target: string;
  readonly yaml: string;
  readonly diff: string;
  readonly version: string;
  readonly managedBy: readonly string[];
  readonly notes: readonly string[];
  readonly refused: string;
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
