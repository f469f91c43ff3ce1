/**
 * Envoy's external authorization, asking Sluice. Envoy has no failure mode for each route, so there is a filter for each way to
 * fail that a listener's routes need. The strictest of them is on for every route; a route with another way says so.
 */
import {
  CONTEXT_BODY_BYTES_MAX,
  CONTEXT_POLICY,
  CONTEXT_REQUEST_ID,
  METADATA_NAMESPACE,
  REQUEST_ID_OWN,
} from '../contract.ts';
import { duration, type Json, typed } from '../json.ts';
import type { GuardPolicy } from '../table.ts';

const MESSAGES = 'envoy.extensions.filters.http.ext_authz.v3.';

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

export interface GuardSettings {
  readonly maxRequestBytes: number;
  readonly verdictMillis: number;
  /** HTTP status of requests that are refused because Sluice did not answer. */
  readonly statusOnError: number;
  /** Name of the cluster of Sluice's processes, where it is not ours to name. */
  readonly cluster?: string;
}

/** A policy with the name that Sluice knows it by. */
export interface NamedPolicy extends GuardPolicy {
  readonly name: string;
}

/** The filters that these policies need, strictest first: the one in front is on, the others wait to be asked for. */
export function guardFilters(policies: readonly GuardPolicy[], settings: GuardSettings): readonly Json[] {
  return guardsOf(policies).map((guard, index) => ({
    name: filterName(guard, index),
    ...(index === 0 ? {} : { disabled: true }),
    typed_config: typed(`${MESSAGES}ExtAuthz`, {
      transport_api_version: 'V3',
      grpc_service: {
        envoy_grpc: { cluster_name: settings.cluster ?? SLUICE_CLUSTER },
        timeout: duration(settings.verdictMillis),
      },
      failure_mode_allow: guard !== 'closed',
      status_on_error: { code: settings.statusOnError },
      // Without it duplicate lines are joined and bytes that are no UTF-8 become "!".
      encode_raw_headers: true,
      with_request_body: {
        max_request_bytes: settings.maxRequestBytes,
        // With partial messages the rest of an allowed body flows uninspected: only where nothing is refused anyway.
        allow_partial_message: guard === 'invisible',
        pack_as_bytes: true,
      },
      // A route that is chosen again after the verdict could be one with another policy.
      clear_route_cache: false,
    }),
  }));
}

const guardsOf = (policies: readonly GuardPolicy[]): readonly Guard[] => {
  const needed = new Set(policies.map(guardOf));
  return GUARDS.filter((guard) => needed.has(guard));
};

/** The first keeps Envoy's own name, which tools that look for an ext_authz filter know. */
const filterName = (guard: Guard, index: number): string =>
  index === 0 ? METADATA_NAMESPACE : `${METADATA_NAMESPACE}.${guard}`;

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
}

/** `metadata` and `typed_per_filter_config` of a virtual host or route. Clients cannot set what is in them. */
export function routeGuard(options: RouteGuardOptions): Readonly<Record<string, Json>> {
  const { policy, policies, maxRequestBytes, ownRequestId, upgrades = [], bodies = true } = options;
  const own = guardOf(policy);
  const settings = {
    context_extensions: {
      [CONTEXT_POLICY]: policy.name,
      [CONTEXT_BODY_BYTES_MAX]: String(maxRequestBytes),
      ...(ownRequestId ? { [CONTEXT_REQUEST_ID]: REQUEST_ID_OWN } : {}),
    },
    ...(bodies ? {} : { disable_request_body_buffering: true }),
  };
  const filters = guardsOf(policies).map((guard, index) => {
    // Said of each, for a virtual host may have switched on what its route must not use.
    const fields = guard === own ? { check_settings: settings } : { disabled: true };
    return [filterName(guard, index), typed(`${MESSAGES}ExtAuthzPerRoute`, fields)] as const;
  });
  return {
    metadata: {
      filter_metadata: {
        [INTENT_NAMESPACE]: {
          mode: policy.mode,
          unavailable: policy.unavailable,
          ...(upgrades.length === 0 ? {} : { upgrades }),
        },
      },
    },
    typed_per_filter_config: Object.fromEntries(filters),
  };
}
