/** A policy's settings as an overlay: CRS reads its levels and thresholds from TX, so they are pinned there. */
import type { Overlay, PolicyMode, RuleUnit } from './rule-set.ts';

export interface PolicyOverlay {
  readonly name: string;
  /** Null leaves it to SecRuleEngine. */
  readonly mode: PolicyMode | null;
  /** Paranoia level of CRS, 1 to 4: rules above it do not run. */
  readonly paranoia?: number;
  /** Rules up to this level run and are logged, without counting for blocking. At least `paranoia`. */
  readonly detectionParanoia?: number;
  /** Anomaly scores from which CRS denies. */
  readonly inboundThreshold?: number;
  readonly outboundThreshold?: number;
  /** Rules before and after the base. */
  readonly before?: readonly RuleUnit[];
  readonly after?: readonly RuleUnit[];
}

export function overlayFor(policy: PolicyOverlay): Overlay {
  const pinned = new Map<string, string>();
  const pin = (name: string, value: number | undefined): void => {
    if (value !== undefined) pinned.set(name, String(value));
  };
  pin('blocking_paranoia_level', policy.paranoia);
  pin('detection_paranoia_level', policy.detectionParanoia ?? policy.paranoia);
  pin('inbound_anomaly_score_threshold', policy.inboundThreshold);
  pin('outbound_anomaly_score_threshold', policy.outboundThreshold);
  return {
    name: policy.name,
    mode: policy.mode,
    pinned,
    before: policy.before ?? [],
    after: policy.after ?? [],
  };
}
