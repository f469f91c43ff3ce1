/**
 * Which of two policies is the stricter, and how one becomes stricter. The settings that a request may strengthen form a lattice:
 * strengthening takes the stricter of each, so no set of entries, in no order, can weaken anything.
 */
import type { Mode } from '../inspector.ts';
import type { PolicyConfig } from '../policy.ts';

/** The settings that host and headers may change. */
export interface Strictness {
  readonly mode: Mode;
  readonly paranoia: number;
  readonly inbound: number;
  readonly outbound: number;
  /** Denied whatever it says. */
  readonly denied: boolean;
}

/** What an entry asks for at least; null asks for nothing. */
export interface Floor {
  readonly mode: Mode | null;
  readonly paranoia: number | null;
  readonly thresholds: { readonly inbound: number | null; readonly outbound: number | null };
}

/** A policy as it is, or as something made it. */
export interface Variant {
  /** Unique among the variants of all policies: the policy's name where nothing made it stricter. */
  readonly key: string;
  readonly name: string;
  readonly policy: PolicyConfig;
}

/** The larger the stricter. */
export const MODE_STRENGTH: Readonly<Record<Mode, number>> = { Off: 0, Detect: 1, Block: 2 };

export const strictnessOf = ({ mode, paranoia, thresholds }: PolicyConfig): Strictness => ({
  mode,
  paranoia,
  inbound: thresholds.inbound,
  outbound: thresholds.outbound,
  denied: false,
});

/** @param denied whether the client is in the entry's list of those that are denied */
export function strengthen(so: Strictness, floor: Floor, denied: boolean): Strictness {
  const { mode, paranoia, thresholds } = floor;
  return {
    mode: mode !== null && MODE_STRENGTH[mode] > MODE_STRENGTH[so.mode] ? mode : so.mode,
    paranoia: Math.max(so.paranoia, paranoia ?? so.paranoia),
    inbound: Math.min(so.inbound, thresholds.inbound ?? so.inbound),
    outbound: Math.min(so.outbound, thresholds.outbound ?? so.outbound),
    denied: so.denied || denied,
  };
}

/** True where `left` is as strict as `right` in every setting. */
export const isAsStrict = (left: Strictness, right: Strictness): boolean =>
  MODE_STRENGTH[left.mode] >= MODE_STRENGTH[right.mode] &&
  left.paranoia >= right.paranoia &&
  left.inbound <= right.inbound &&
  left.outbound <= right.outbound &&
  (left.denied || !right.denied);

/** Names of policies have no `#`. */
export function variantKey(name: string, policy: PolicyConfig, strong: Strictness): string {
  const own = strictnessOf(policy);
  if (isAsStrict(own, strong)) return name;
  return `${name}#${strong.mode}-${strong.paranoia}-${strong.inbound}-${strong.outbound}${strong.denied ? '-denied' : ''}`;
}
