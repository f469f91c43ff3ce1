/** What is asked of those who build rules off the path of requests, and what they answer. */
import type { SharedUnit } from '@sluice/engine';
import type { Config } from '../config.ts';
import type { PolicyRules } from '../rule-sets.ts';

/** Plain data: it goes to another process, and to another thread. */
export interface BuildRequest {
  /** Where compiled rules are kept. */
  readonly cacheDirectory: string;
  readonly id: number;
  /** Rule files of the base, in order. */
  readonly baseFiles: readonly string[];
  /** Whether the base is to find attacks. */
  readonly crs: boolean;
  readonly policies: Config['policies'];
  readonly select: Config['select'];
}

/** Units that the asking thread has open, by their keys, need not be sent. */
export interface LoadRequest extends BuildRequest {
  readonly known: readonly string[];
}

/** Why rules are not built: as the error that was thrown says it. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly message: string;
}

export type CompileAnswer = { readonly kind: 'compiled' } | Refusal;

/** One message for each unit, so that no message takes long to read; then the rest. */
export type LoadAnswer =
  | {
      readonly kind: 'unit';
      readonly index: number;
      readonly key: string;
      readonly shared: SharedUnit | null;
    }
  | {
      readonly kind: 'built';
      readonly version: string;
      readonly policies: ReadonlyMap<string, PolicyRules>;
      readonly warnings: readonly string[];
      /** Absolute paths of all files that the rules were read from. */
      readonly files: readonly string[];
    }
  | Refusal;
