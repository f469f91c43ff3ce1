/** Between the thread that answers requests and the thread of the candidate. */
import type { InspectionRequest } from '../inspector.ts';
import type { BuildRequest, Refusal } from '../reload/messages.ts';
import type { Finding, TallyReport } from './tally.ts';

export interface RehearsalRequest extends BuildRequest {
  /** Ids of the rules in force, to tell what the candidate adds and lacks. */
  readonly idsInForce: readonly number[];
}

/** A copy of a request that was judged. */
export interface RehearsalCopy {
  readonly request: InspectionRequest;
  readonly inForce: Finding;
}

export type RehearsalAnswer =
  | Refusal
  | {
      readonly kind: 'ready';
      readonly version: string;
      readonly addedRules: readonly number[];
      readonly removedRules: readonly number[];
    }
  | {
      readonly kind: 'judged';
      readonly report: TallyReport;
      /** Of the candidate, where the verdict changed; `waf.candidate` says that it is a rehearsal's. */
      readonly event: unknown | null;
    }
  /** The candidate could not judge: that counts, and changes nothing else. */
  | { readonly kind: 'failed'; readonly reason: string };
