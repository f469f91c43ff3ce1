/** Between the thread that answers requests and the one that looks what exclusions let go. */
import type { HttpRequestAttributes } from '@sluice/engine';
import type { ExclusionPolicy } from '../policy.ts';

export interface LookingRequest {
  /** A SharedGeneration without exclusions, serialised. */
  readonly generation: Uint8Array;
  /** Of the policies that have any, by the names of their rule sets. */
  readonly exclusions: ReadonlyMap<string, readonly ExclusionPolicy[]>;
}

/** A request that was judged with its exclusions. */
export interface LookedAt {
  /** Of its rule set. */
  readonly policy: string;
  readonly attributes: HttpRequestAttributes;
  readonly body: Uint8Array;
  readonly bodyComplete: boolean;
}

export type LookAnswer =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'looked';
      readonly policy: string;
      /** Places, in the policy's list, of exclusions that took something that would have matched. */
      readonly hits: readonly number[];
    }
  | { readonly kind: 'failed'; readonly policy: string; readonly reason: string };
