/** A policy of sluice.yaml as the engine takes it: what is written in data, without rule files. */
import type { PolicyExclusion, PolicyOverlay } from '@sluice/engine';
import type { BeyondLimit, ExclusionPolicy, PolicyConfig } from '../policy.ts';

const BEYOND = { Refuse: 'Reject', Partial: 'ProcessPartial' } as const satisfies Record<BeyondLimit, string>;

/** @param name of the policy, for events: the same for all that host and headers make of it */
export function ruleSettings(name: string, policy: PolicyConfig): Omit<PolicyOverlay, 'before' | 'after'> {
  const { mode, paranoia, thresholds, addresses, exclusions, body, responses } = policy;
  return {
    name,
    mode,
    paranoia,
    inboundThreshold: thresholds.inbound,
    outboundThreshold: thresholds.outbound,
    addresses,
    exclusions: exclusions.map(exclusionOf),
    requestBody: {
      ...given('bytesMax', body.bytesMax),
      ...given('noFilesBytesMax', body.noFilesBytesMax),
      ...given('filesBytesMax', body.filesBytesMax),
      ...(body.beyond === null ? {} : { beyond: BEYOND[body.beyond] }),
    },
    responseBody: {
      inspect: responses.inspect,
      ...given('mediaTypes', responses.mediaTypes),
      ...given('bytesMax', responses.bytesMax),
      ...(responses.beyond === null ? {} : { beyond: BEYOND[responses.beyond] }),
    },
  };
}

export function exclusionOf({ rules, tags, targets, paths }: ExclusionPolicy): PolicyExclusion {
  return { ids: rules, tags, targets, ...(paths.length === 0 ? {} : { paths }) };
}

/** A property, or none where rule files have the say. */
const given = <Key extends string, Value>(key: Key, value: Value | null): { [K in Key]?: Value } =>
  value === null ? {} : ({ [key]: value } as { [K in Key]?: Value });
