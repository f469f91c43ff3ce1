/** A policy's settings as an overlay: CRS reads its levels and thresholds from TX, so they are pinned there. */
import type { RuleProgram } from '../rule-set/program.ts';
import { type PolicyAddresses, type PolicyExclusion, policyRules } from './policy-rules.ts';
import type { Overlay, PolicyMode, RuleUnit } from './rule-set.ts';

/** What is inspected of a request's body. What is absent is as the rule files say; what is here has the last word. */
export interface RequestBodyPolicy {
  /** SecRequestBodyAccess. */
  readonly inspect?: boolean;
  /** Bytes of the whole body, files included. SecRequestBodyLimit. */
  readonly bytesMax?: number;
  /** Bytes outside of files. SecRequestBodyNoFilesLimit. */
  readonly noFilesBytesMax?: number;
  /**
   * Bytes of a multipart body's files, or of an octet stream that is judged in windows. They then no longer count against
   * `bytesMax`. Null: they do.
   */
  readonly filesBytesMax?: number | null;
  /** Beyond a limit: uninspectable, or what is before it is judged and the rest is not. SecRequestBodyLimitAction. */
  readonly beyond?: 'Reject' | 'ProcessPartial';
}

/** What is inspected of a response's body; absent is as the rule files say. */
export interface ResponseBodyPolicy {
  /** SecResponseBodyAccess. */
  readonly inspect?: boolean;
  /** Without parameters: `text/html`. SecResponseBodyMimeType. */
  readonly mediaTypes?: readonly string[];
  /** SecResponseBodyLimit. */
  readonly bytesMax?: number;
  /** SecResponseBodyLimitAction. */
  readonly beyond?: 'Reject' | 'ProcessPartial';
}

/** Plain data but for `before` and `after`: a thread that shares those units with another makes the same overlay of it. */
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
  /** Clients that are refused or not inspected, before any other rule. */
  readonly addresses?: PolicyAddresses;
  /** Rules, or parts of what they read, that are left out. */
  readonly exclusions?: readonly PolicyExclusion[];
  readonly requestBody?: RequestBodyPolicy;
  readonly responseBody?: ResponseBodyPolicy;
  /** Rules before and after the base: a policy's own rules. */
  readonly before?: readonly RuleUnit[];
  readonly after?: readonly RuleUnit[];
}

/** @throws EngineError SECLANG_BAD_ARGUMENT and the like, with the place in the policy: `policy shop, exclusions[2]` */
export function overlayFor(policy: PolicyOverlay): Overlay {
  const pinned = new Map<string, string>();
  const pin = (name: string, value: number | undefined): void => {
    if (value !== undefined) pinned.set(name, String(value));
  };
  pin('blocking_paranoia_level', policy.paranoia);
  pin('detection_paranoia_level', policy.detectionParanoia ?? policy.paranoia);
  pin('inbound_anomaly_score_threshold', policy.inboundThreshold);
  pin('outbound_anomaly_score_threshold', policy.outboundThreshold);
  const { name, addresses = {}, exclusions = [] } = policy;
  return {
    name,
    mode: policy.mode,
    pinned,
    settings: settingsOf(policy),
    // Addresses are looked at first, and exclusions hold for all rules behind them.
    before: [...policyRules({ name, addresses, exclusions }), ...(policy.before ?? [])],
    after: policy.after ?? [],
  };
}

type Settings = RuleProgram['settings'];

function settingsOf({ requestBody = {}, responseBody = {} }: PolicyOverlay): Settings {
  return {
    ...given('requestBodyAccess', requestBody.inspect),
    ...given('requestBodyLimitAction', requestBody.beyond),
    ...given('requestFilesBytesMax', requestBody.filesBytesMax),
    ...given('responseBodyAccess', responseBody.inspect),
    ...given('responseBodyLimitAction', responseBody.beyond),
    ...given(
      'responseMimeTypes',
      responseBody.mediaTypes?.map((type) => type.toLowerCase()),
    ),
    limits: {
      ...given('requestBodyBytesMax', requestBody.bytesMax),
      ...given('requestBodyNoFilesBytesMax', requestBody.noFilesBytesMax),
      ...given('responseBodyBytesMax', responseBody.bytesMax),
    },
  };
}

/** A property, or none where its value is not given: an absent one must not hide what a rule file says. */
const given = <Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } =>
  value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
