/** A policy as the server enforces it (config.ts reads it from sluice.yaml). */
import type { Mode, UninspectableCause } from './inspector.ts';

export type UninspectableAction = 'deny' | 'allow';

export interface UninspectablePolicy {
  readonly default: UninspectableAction;
  readonly overrides: Readonly<Partial<Record<UninspectableCause, UninspectableAction>>>;
}

/** What deciding needs of a policy. */
export interface EnforcedPolicy {
  readonly mode: Mode;
  readonly uninspectable: UninspectablePolicy;
}
