/** What the filters that ask Sluice have in common: a policy with its name, what it does while nobody answers, and their settings. */
import type { TypedMessage } from '../json.ts';
import type { DataPath, GuardPolicy, NamedPolicy } from '../table.ts';

/** Name of the cluster of Sluice's processes. */
export const SLUICE_CLUSTER = 'sluice';

/** Namespace of the metadata in which a virtual host or route says what it is meant to be; `sluice envoy doctor` reads it. */
export const INTENT_NAMESPACE = 'sluice';

/**
 * - `closed`: refuses where Sluice does not answer.
 * - `open`: lets through where Sluice does not answer, and still refuses a body over the limit.
 * - `invisible`: refuses nothing, so a body over the limit goes on too, inspected as far as the limit.
 */
export const GUARDS = ['closed', 'open', 'invisible'] as const;
export type Guard = (typeof GUARDS)[number];

/** Detect and Off change nothing that a client can see, also while Sluice is away. */
export function guardOf(policy: GuardPolicy): Guard {
  if (policy.mode !== 'Block') return 'invisible';
  return policy.unavailable === 'Open' ? 'open' : 'closed';
}

export const dataPathOf = ({ dataPath = 'ext_authz' }: GuardPolicy): DataPath => dataPath;

export interface GuardSettings {
  /** Bytes of a request's body that are collected, or held back, at most. */
  readonly maxRequestBytes: number;
  readonly verdictMillis: number;
  /** HTTP status of requests that are refused because Sluice did not answer. */
  readonly statusOnError: number;
  /** Name of the cluster of Sluice's processes, where it is not ours to name. */
  readonly cluster?: string;
}

export interface GuardFilter {
  readonly name: string;
  readonly config: TypedMessage;
}

export interface RouteGuardOptions {
  readonly policy: NamedPolicy;
  /** The policies of all routes of the listener, as `guardFilters` got them. */
  readonly policies: readonly GuardPolicy[];
  readonly maxRequestBytes: number;
  /** Envoy makes no request ids on this listener. */
  readonly ownRequestId: boolean;
  /** HTTP upgrades that are meant to be there. */
  readonly upgrades?: readonly string[];
  /** False lets bodies by: only where nothing is refused anyway, for streams that would wait for their own end. */
  readonly bodies?: boolean;
  /** Nobody is asked about anything any more. */
  readonly released?: boolean;
  /** Of other filters, for the same route. */
  readonly more?: RouteFilters;
}

/** Configuration of filters for a route, by their names. */
export type RouteFilters = readonly (readonly [name: string, config: TypedMessage])[];
