/** What the console tells of exclusions, replays, rules, policies and moves, as pages see it. Texts in it may come from an attacker. */
import type {
  ExplainedPolicy,
  ListedExclusion,
  PolicySummary,
  ReplayAnswer,
  ReplayedTarget,
  RuleText,
} from '../../src/policies/answers.ts';
import { ask } from './ask.ts';

export type { ExplainedPolicy, ListedExclusion, PolicySummary, ReplayAnswer, ReplayedTarget, RuleText };

export type Scope = 'path' | 'below' | 'everywhere';

export interface Choice {
  readonly rule: number;
  readonly message: string;
  readonly target: string;
  readonly score: number;
  readonly breadth: number;
  readonly needed: boolean;
}

export interface Passing {
  readonly id: string;
  readonly at: number;
  readonly source: string;
  readonly method: string;
  readonly path: string;
  readonly rule: string;
  readonly target: string;
  readonly value: string;
  readonly isAttack: boolean;
  readonly signals: readonly string[];
}

export interface Effect {
  readonly events: number;
  readonly isCut: boolean;
  readonly clears: boolean;
  readonly passes: number;
  readonly requests: number;
  readonly attacks: number;
  readonly examples: readonly Passing[];
  readonly arithmetic: 'exact' | 'estimate';
}

export interface ExclusionPreview {
  readonly policy: string;
  readonly file: string | null;
  readonly leftOut: string | null;
  readonly choices: readonly Choice[];
  readonly scopes: readonly Scope[];
  readonly scope: Scope;
  readonly exclusions: readonly unknown[];
  readonly secLang: string;
  readonly yaml: string;
  readonly effect: Effect | null;
  readonly confirmation: string | null;
  readonly confined: boolean;
}

export interface PreviewAsked {
  readonly event: string;
  readonly chosen: readonly Pick<Choice, 'rule' | 'target'>[] | null;
  readonly scope: Scope | null;
  readonly reason: string;
  readonly owner: string;
  readonly expires: string | null;
}

export interface ExclusionsAnswer {
  readonly file: string | null;
  readonly exclusions: readonly ListedExclusion[];
  readonly notice: string | null;
}

export interface PoliciesAnswer {
  readonly file: string | null;
  readonly policies: readonly PolicySummary[];
}

export interface Group {
  readonly rule: string;
  readonly message: string;
  readonly target: string;
  readonly path: string;
  readonly requests: number;
  readonly events: number;
  readonly sources: number;
  readonly judgement: {
    readonly verdict: 'false positive' | 'attack' | 'unclear';
    readonly points: number;
    readonly because: readonly { readonly rule: string; readonly points: number; readonly says: string }[];
  };
  readonly examples: readonly {
    readonly id: string;
    readonly at: number;
    readonly source: string;
    readonly path: string;
    readonly value: string;
  }[];
}

interface ExclusionEntry {
  readonly rules: readonly number[];
  readonly targets: readonly string[];
  readonly paths?: readonly string[];
}

export interface Analysis {
  readonly workload: string;
  readonly events: number;
  readonly requests: number;
  readonly denied: number;
  readonly sources: number;
  readonly policies: readonly string[];
  readonly isCut: boolean;
  readonly groups: readonly Group[];
  readonly groupsLeftOut: number;
  readonly rules: readonly {
    readonly rule: string;
    readonly message: string;
    readonly events: number;
    readonly mistaken: number;
    readonly attacks: number;
  }[];
  readonly exclusions: {
    readonly proposed: readonly {
      readonly exclusion: ExclusionEntry;
      readonly policy: string;
      readonly hits: number;
      readonly clears: number;
      readonly arithmetic: string;
      readonly secLang: string;
    }[];
    readonly refused: readonly {
      readonly exclusion: ExclusionEntry;
      readonly policy: string;
      readonly clears: number;
      readonly attacks: number;
      readonly examples: readonly string[];
    }[];
    readonly cleared: number;
    readonly notCleared: number;
    readonly alsoPass: number;
  };
}

export interface MovePlan {
  readonly policy: string;
  readonly stages: readonly (
    | { readonly kind: 'route'; readonly paths: readonly string[] }
    | { readonly kind: 'percentage'; readonly percent: number }
    | { readonly kind: 'whole' }
  )[];
  readonly stage: number;
  readonly state: 'moving' | 'done' | 'fallen back' | 'stopped';
  readonly began: string;
  readonly since: string | null;
  readonly holdMillis: number;
  readonly tolerated: number;
  readonly history: readonly { readonly at: string; readonly says: string }[];
}

export interface MovesAnswer {
  readonly file: string | null;
  readonly moves: readonly MovePlan[];
  readonly notice: string | null;
}

const post = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  ask<T>(path, { method: 'POST', body, ...(signal === undefined ? {} : { signal }) });

export const previewExclusion = (asked: PreviewAsked, signal?: AbortSignal): Promise<ExclusionPreview> =>
  post('/api/exclusions/preview', asked, signal);

export const saveExclusion = (
  asked: PreviewAsked & { readonly confirm: string },
): Promise<ExclusionsAnswer> => post('/api/exclusions', asked);

export const listExclusions = (signal?: AbortSignal): Promise<ExclusionsAnswer> =>
  ask('/api/exclusions', signal === undefined ? {} : { signal });

export const removeExclusion = (digest: string): Promise<ExclusionsAnswer> =>
  ask(`/api/exclusions/${encodeURIComponent(digest)}`, { method: 'DELETE' });

export const replay = (event: string, signal?: AbortSignal): Promise<ReplayAnswer> =>
  post('/api/replay', { event }, signal);

export const ruleText = (id: string, signal?: AbortSignal): Promise<RuleText> =>
  ask(`/api/rules/${encodeURIComponent(id)}`, signal === undefined ? {} : { signal });

export const listPolicies = (signal?: AbortSignal): Promise<PoliciesAnswer> =>
  ask('/api/policies', signal === undefined ? {} : { signal });

export const explainPolicy = (asked: Readonly<Record<string, unknown>>): Promise<ExplainedPolicy> =>
  post('/api/policies/explain', asked);

export const analyse = (workload: string, days: number, signal?: AbortSignal): Promise<Analysis> =>
  post('/api/promote', { workload, days }, signal);

export const listMoves = (signal?: AbortSignal): Promise<MovesAnswer> =>
  ask('/api/moves', signal === undefined ? {} : { signal });

export const beginMove = (asked: Readonly<Record<string, unknown>>): Promise<MovesAnswer> =>
  post('/api/moves', asked);

export const stopMove = (asked: {
  readonly policy: string;
  readonly back: boolean;
  readonly confirm: string;
}): Promise<MovesAnswer> => post('/api/moves/stop', asked);
