/** A policy as the server enforces it (config.ts reads it from sluice.yaml). */
import type { BodyProfile } from '@sluice/envoy-config';
import type { EventsPolicy } from './event-origin.ts';
import type { Mode, UninspectableCause } from './inspector.ts';
import type { StagedBlock } from './policies/staged.ts';

export type UninspectableAction = 'deny' | 'allow';

export interface UninspectablePolicy {
  readonly default: UninspectableAction;
  readonly overrides: Readonly<Partial<Record<UninspectableCause, UninspectableAction>>>;
}

/** What deciding needs of a policy. */
export interface EnforcedPolicy {
  readonly mode: Mode;
  readonly uninspectable: UninspectablePolicy;
  /** What a client that is denied gets; without it, the house's page. */
  readonly blockPage?: BlockPagePolicy;
  /** Default: no clean request makes an event, and nothing is masked but what always is. */
  readonly events?: EventsPolicy;
  /** What Envoy's configuration does with requests while Sluice does not answer. Default: Closed. */
  readonly unavailable?: 'Closed' | 'Open';
}

/** What a client sees in place of the workload's answer. */
export interface BlockPagePolicy {
  /** HTTP status of every denial; null leaves it to what denied. */
  readonly status: number | null;
  /** In the order in which they are preferred; the last is for who asks for none of them. Empty: the house's own. */
  readonly bodies: readonly BlockPageBody[];
  /** Beside those that Sluice sets. A value's pieces as of a body. */
  readonly headers: readonly (readonly [name: string, pieces: readonly string[]])[];
}

export interface BlockPageBody {
  readonly contentType: string;
  /** The text around each place where the request id stands: one piece more than there are places. */
  readonly pieces: readonly string[];
}

/** Rules that a policy does without, wholly or for some targets, everywhere or for some paths. */
export interface ExclusionPolicy {
  /** Ids, and ranges of them, the last included. */
  readonly rules: readonly (number | readonly [first: number, last: number])[];
  /** Tags of rules, in full. */
  readonly tags: readonly string[];
  /** As in SecLang, `ARGS:comment`; none means the rule as a whole. */
  readonly targets: readonly string[];
  /** As they are sent, `/search`, or `/api/*` for all below; none means everywhere. */
  readonly paths: readonly string[];
  /** Who answers for it: told beside what is counted of it. */
  readonly owner?: string;
  /** Milliseconds since the epoch, from which on it no longer holds; absent is never. */
  readonly expires?: number;
}

/** What happens to what is beyond a limit: it makes the message `uninspectable`, or is not inspected. */
export type BeyondLimit = 'Refuse' | 'Partial';

/** What of a request's body is inspected. Null is as the rule files say. */
export interface BodyPolicy {
  /** Bytes of the whole body, files included. */
  readonly bytesMax: number | null;
  /** Bytes outside of uploaded files. */
  readonly noFilesBytesMax: number | null;
  /** Bytes of uploaded files, which then do not count against `bytesMax`. */
  readonly filesBytesMax: number | null;
  readonly beyond: BeyondLimit | null;
}

export interface PolicyConfig extends EnforcedPolicy {
  readonly mode: Mode;
  /** Where a policy in Detect is in Block already; null, and absent, is nowhere. */
  readonly staged?: StagedBlock | null;
  /** Paranoia level of the CRS, 1 to 4. */
  readonly paranoia: number;
  /** Anomaly scores from which on Block denies. */
  readonly thresholds: { readonly inbound: number; readonly outbound: number };
  /** For Envoy's configuration: what happens to requests while Sluice does not answer. Detect is always Open. */
  readonly unavailable: 'Closed' | 'Open';
  /** Absolute paths of SecLang files, loaded before and after the CRS. */
  readonly ruleFiles: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly exclusions: readonly ExclusionPolicy[];
  /** Clients by address or CIDR range: denied before any rule, or not inspected. Denying comes first. */
  readonly addresses: { readonly deny: readonly string[]; readonly allow: readonly string[] };
  readonly body: BodyPolicy;
  readonly responses: ResponsePolicy;
  /** WebSocket and other upgrades: what they carry is not inspected. */
  readonly upgrades: 'Allow' | 'Deny';
  /** For Envoy's configuration: what becomes of bodies on their way. */
  readonly profile: BodyProfile;
  readonly blockPage: BlockPagePolicy;
  readonly events: EventsPolicy;
}

/** What of responses is inspected. Null is as the rule files say. */
export interface ResponsePolicy {
  readonly inspect: boolean;
  /** Media types in lower case, without parameters. */
  readonly mediaTypes: readonly string[] | null;
  /** Bytes of a response's body. */
  readonly bytesMax: number | null;
  readonly beyond: BeyondLimit | null;
}
