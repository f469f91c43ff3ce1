/**
 * What the console asks of a cluster. It knows none by itself: who starts it puts one in. Whatever fails is thrown as a coded
 * error; CLUSTER_STATUS (api/failure.ts) has what becomes of it.
 */

/** As an API server knows somebody. */
export interface ClusterUser {
  readonly name: string;
  /** `''` where it has none. */
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Somebody, and how what they change is changed in their name: with their own token, or by impersonation. */
export interface ClusterPerson {
  readonly user: ClusterUser;
  /** Null: by impersonation. It is kept in memory, as long as the session. */
  readonly token: string | null;
}

/** As RBAC has it. */
export interface AccessRight {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Absent for all of the cluster. */
  readonly namespace?: string;
}

export type Change =
  /** Annotation sluice.dev/inspect of a Service; null takes it away. */
  | { readonly kind: 'inspect'; readonly service: string; readonly inspect: boolean | null }
  /** Mode of the WAFPolicy that a Service has of its own; made where there is none. */
  | { readonly kind: 'mode'; readonly service: string; readonly mode: 'Off' | 'Detect' | 'Block' }
  | {
      readonly kind: 'quarantine';
      readonly pod: string;
      readonly uid: string;
      readonly reason: string;
      readonly seconds: number;
      /** Takes the last ready pod of a workload, too. */
      readonly force: boolean;
    }
  | { readonly kind: 'release'; readonly pod: string; readonly uid: string }
  /** Takes an exclusion away, as it was listed. */
  | { readonly kind: 'unexclude'; readonly policy: string; readonly digest: string }
  /** How far a WAFPolicy blocks: a stage of the way to Block, or back. */
  | {
      readonly kind: 'stage';
      readonly policy: string;
      readonly mode: 'Detect' | 'Block';
      readonly staged: { readonly paths: readonly string[]; readonly percent: number } | null;
    };

/** As the object has it; what is absent names nothing. */
export interface ClusterExclusion {
  readonly rules?: readonly (number | string)[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  readonly owner?: string | undefined;
  readonly expires?: string | undefined;
}

/** Made by the console alone, once it has judged them. */
export type Exclude =
  | { readonly kind: 'exclude'; readonly policy: string; readonly exclusions: readonly ClusterExclusion[] }
  /** By a WAFPolicy that is made for a Service which has none. */
  | {
      readonly kind: 'excludeAt';
      readonly service: string;
      readonly exclusions: readonly ClusterExclusion[];
    };

/** An object that says something of a policy. */
export interface PolicyHome {
  /** As events name it: `shop/web`, `cluster.strict`, `default`. */
  readonly policy: string;
  /** `WAFPolicy shop/web`. */
  readonly target: string;
  /** Null: it holds for the whole cluster. */
  readonly namespace: string | null;
  /** What the object itself says, each with what it is known by. */
  readonly exclusions: readonly (ClusterExclusion & { readonly digest: string })[];
  /** What is in force, inherited ones among it. */
  readonly inForce: readonly ClusterExclusion[];
}

/** A change that is not made yet. */
export interface Draft {
  /** `Service shop/web`. */
  readonly target: string;
  /** What to apply by other means than this one. */
  readonly yaml: string;
  /** Unified; `''` where the objects are new. */
  readonly diff: string;
  /** To be given back: what has changed meanwhile is not written over. `''` of what is new. */
  readonly version: string;
  /** What manages the object, so that it is not changed here: `Argo CD application shop`. */
  readonly managedBy: readonly string[];
  /** What else changes with it, or should be known; sentences. */
  readonly notes: readonly string[];
  /** Why it cannot be applied from here; `''` where it can. */
  readonly refused: string;
}

export interface WorkloadPod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly owner: string;
  readonly ready: boolean;
  /** `''` where nothing selects it. */
  readonly verdict: string;
  readonly reason: string;
  readonly message: string;
  /** Null where it is in none. */
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
  /** What its annotation says; null where it has none. */
  readonly inspect: boolean | null;
  readonly pods: readonly WorkloadPod[];
}

export interface WorkloadStep {
  readonly step: string;
  readonly state: string;
  readonly says: readonly string[];
  readonly remedies: readonly string[];
}

export interface WorkloadSetting {
  readonly path: string;
  readonly value: unknown;
  readonly from: readonly string[];
}

export interface WorkloadStory {
  readonly workload: Workload;
  readonly steps: readonly WorkloadStep[];
  readonly settings: readonly WorkloadSetting[];
}

export interface WorkloadNode {
  readonly node: string;
  readonly heardAt: string | null;
  readonly isSilent: boolean;
  readonly problem: string;
}

export interface Workloads {
  readonly workloads: readonly Workload[];
  readonly nodes: readonly WorkloadNode[];
  /** Kinds that the console itself may not see, or that the cluster does not have. */
  readonly unseen: readonly string[];
}

export interface Cluster {
  /** Null: the API server does not know the token, or it is for somebody else. */
  review(token: string): Promise<ClusterPerson | null>;
  /** One answer each, in their order. */
  allows(user: ClusterUser, rights: readonly AccessRight[]): Promise<readonly boolean[]>;
  /** That there are. */
  namespaces(): Promise<readonly string[]>;
  /** @param isSeen of a namespace */
  workloads(isSeen: (namespace: string) => boolean): Promise<Workloads>;
  /**
   * Null where there is no such Service.
   * @param inherited false: steps name no object of the cluster, and nothing that one says
   */
  story(service: string, inherited: boolean): Promise<WorkloadStory | null>;
  /** Those that are there; a policy that nothing says anything of is in none. */
  policies(): Promise<readonly PolicyHome[]>;
  /** @param person null: nobody whom the cluster knows, who may look and not apply */
  draft(change: Change | Exclude, person: ClusterPerson | null): Promise<Draft>;
  /** @param version of the draft @returns sentences: what was done, and what should be known of it */
  apply(change: Change | Exclude, version: string, person: ClusterPerson): Promise<readonly string[]>;
}
