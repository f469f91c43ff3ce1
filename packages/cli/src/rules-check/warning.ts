/** What a rule file may say, and is better told about. */
import type { SourcePosition } from '@sluice/engine';

/** Names do not change: programs select by them. */
export type WarningKind =
  | 'blocking-off'
  | 'dead-exclusion'
  | 'duplicate'
  | 'expensive'
  | 'ignored'
  | 'removed'
  | 'unreachable'
  | 'unused-data-file';

export interface Warning {
  readonly kind: WarningKind;
  /** Null for what is no line of a rule file. */
  readonly position: SourcePosition | null;
  readonly message: string;
  readonly remedy: string;
}
