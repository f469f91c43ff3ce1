/**
 * What is told of policies and rules, to pages too: types alone and no import, so that a page takes them from here. Texts in it
 * may come from an attacker.
 */

export interface PolicySummary {
  readonly name: string;
  readonly mode: string;
  /** Where it blocks already while its mode is Detect; null: nowhere. */
  readonly staged: { readonly paths: readonly string[]; readonly percent: number } | null;
  readonly paranoia: number;
  readonly thresholds: { readonly inbound: number; readonly outbound: number };
  readonly exclusions: number;
}

/** An exclusion as the file has it. */
export interface ListedExclusion {
  readonly policy: string;
  /** Of policy and content: names it as it was shown, so that nothing else is removed. */
  readonly digest: string;
  readonly rules: readonly (number | string)[];
  readonly tags: readonly string[];
  readonly targets: readonly string[];
  readonly paths: readonly string[];
  readonly reason: string;
  readonly owner: string;
  /** As it is written; null: it has no end. */
  readonly expires: string | null;
  readonly expired: boolean;
  readonly secLang: string;
}

export interface ExplainedPolicy {
  readonly policy: string;
  /** `place` is file:line:column, or null. */
  readonly because: readonly { readonly reason: string; readonly place: string | null }[];
  readonly client: string;
  readonly settings: readonly {
    readonly name: string;
    readonly value: unknown;
    readonly from: string;
    readonly place: string | null;
  }[];
}

/** A value that matched, and what became of it on the way. Bytes that are no UTF-8 are U+FFFD, long texts are cut. */
export interface ReplayedTarget {
  /** `ARGS:q`. */
  readonly variable: string;
  /** As the request has it; null where it is no part of the request, or there was no room to tell. */
  readonly sent: string | null;
  /** Each transformation that changed it, with what came out. */
  readonly steps: readonly { readonly transformation: string; readonly value: string }[];
  /** What the rule was asked about, in three pieces: the second is what it matched, empty where that is no part of it. */
  readonly value: readonly [before: string, matched: string, behind: string];
}

export interface Replayed {
  readonly verdict: 'allow' | 'deny' | 'uninspectable';
  /** Whether the policy's Block mode stops it. */
  readonly blocks: boolean;
  readonly mode: string;
  readonly score: number;
  readonly threshold: number;
  /** Rules that matched and log, in their order. */
  readonly rules: readonly {
    readonly id: number;
    readonly message: string;
    readonly score: number;
    readonly targets: readonly ReplayedTarget[];
    /** Of them, where not all are told. */
    readonly targetsLeftOut?: number;
  }[];
  /** What of the policy was not applied, in sentences. */
  readonly notes: readonly string[];
}

export interface RuleText {
  readonly id: number;
  readonly message: string;
  readonly phase: number;
  readonly paranoia: number | null;
  readonly severity: string | null;
  readonly tags: readonly string[];
  readonly file: string;
  readonly line: number;
  /** What it does, in words, a line each. */
  readonly words: readonly string[];
  readonly source: string;
}

/** A rule, and where it matched. */
export interface RulePlace {
  readonly rule: string;
  readonly target: string;
}

/** A stored request, judged once more. */
export interface ReplayAnswer {
  readonly now: Replayed;
  readonly before: { readonly blocks: boolean; readonly score: number; readonly policy: string };
  readonly lost: readonly string[];
  readonly missing: readonly RulePlace[];
  readonly excluded: readonly RulePlace[];
  /** Nothing is known to be lost, and all that matched then is found again or excluded. */
  readonly exact: boolean;
}
