/**
 * What the console asks of policies and rules. Who puts a hub together wires it (packages/cli/src/console): the console itself knows neither files nor engines.
 * Everything rejects with coded errors.
 */
import type { ExclusionObject, InForce, MovePlan, WrittenExclusion } from '@sluice/hub/promote';
import type {
  ExplainedPolicy,
  ListedExclusion,
  PolicySummary,
  Replayed,
  RuleCosts,
  RuleText,
} from './answers.ts';

export interface ExplainAsked {
  /** The policy that Envoy's configuration of the route names; empty: none. */
  readonly policy: string;
  readonly address: string;
  readonly port: number;
  readonly route: string;
  readonly host: string;
  readonly path: string;
  readonly client: string;
}

/** A stored request, as far as it is stored. */
export interface ReplayAsked {
  readonly policy: string;
  readonly method: string;
  readonly uri: string;
  readonly protocol: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly client: string;
}

export interface MoveAsked {
  readonly policy: string;
  readonly paths: readonly string[];
  /** Rising, above 0 and below 100. */
  readonly percents: readonly number[];
  readonly holdMillis: number;
  readonly tolerated: number;
}

export interface PolicyDesk {
  /** The sluice.yaml that is read and changed; null: none is named, and nothing of policies can be told or changed. */
  readonly file: string | null;
  policies(): Promise<readonly PolicySummary[]>;
  /** Those of a policy that hold now; empty where the file has no such policy. */
  inForce(policy: string): Promise<readonly InForce[]>;
  exclusions(): Promise<readonly ListedExclusion[]>;
  /** The SecLang that an exclusion becomes. */
  secLangOf(exclusion: WrittenExclusion): string;
  /** @returns null where the running server has taken them over; else why that cannot be told: they are written */
  exclude(policy: string, exclusions: readonly ExclusionObject[]): Promise<string | null>;
  /** As `exclude`; changes nothing where there is none of that digest any more. */
  removeExclusion(digest: string): Promise<string | null>;
  explain(asked: ExplainAsked): Promise<ExplainedPolicy>;
  replay(asked: ReplayAsked): Promise<Replayed>;
  /**
   * Of the rules in force, known ids only.
   * @param of `base`: of those that all policies have; none that policies bring of their own
   */
  rule(id: number, of: 'all' | 'base'): Promise<RuleText>;
  /** Of the server beside the hub; null where there is none that answers. */
  ruleCosts(): Promise<RuleCosts | null>;
  moves(): Promise<readonly MovePlan[]>;
  /** Begins a move, which goes on by itself while the hub runs. @returns as `exclude`, of its first stage */
  beginMove(asked: MoveAsked): Promise<string | null>;
  /** Ends it where it is, or with `back` in Detect. @returns as `exclude` */
  stopMove(policy: string, back: boolean): Promise<string | null>;
  /** Looks after moves no more. */
  close(): Promise<void>;
}
