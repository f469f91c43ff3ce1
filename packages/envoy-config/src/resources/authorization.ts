/**
 * Envoy's external authorization, which asks once about a request, whole or cut. It has no failure mode for each route, so there is a
 * filter for each way to fail that a listener's routes need.
 */
import {
  CONTEXT_BODY_BYTES_MAX,
  CONTEXT_POLICY,
  CONTEXT_REQUEST_ID,
  METADATA_NAMESPACE,
  REQUEST_ID_OWN,
} from '../contract.ts';
import { duration, typed } from '../json.ts';
import type { GuardPolicy } from '../table.ts';
import {
  dataPathOf,
  GUARDS,
  type Guard,
  type GuardFilter,
  type GuardSettings,
  guardOf,
  type RouteFilters,
  type RouteGuardOptions,
  SLUICE_CLUSTER,
} from './policies.ts';

const MESSAGES = 'envoy.extensions.filters.http.ext_authz.v3.';

/** Strictest first. */
export function authorizationFilters(
  policies: readonly GuardPolicy[],
  settings: GuardSettings,
): readonly GuardFilter[] {
  return guardsOf(policies).map((guard, index) => ({
    name: filterName(guard, index),
    config: typed(`${MESSAGES}ExtAuthz`, {
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
  const needed = new Set(policies.filter(isAuthorized).map(guardOf));
  return GUARDS.filter((guard) => needed.has(guard));
};

const isAuthorized = (policy: GuardPolicy): boolean => dataPathOf(policy) === 'ext_authz';

/** The first keeps Envoy's own name, which tools that look for an ext_authz filter know. */
const filterName = (guard: Guard, index: number): string =>
  index === 0 ? METADATA_NAMESPACE : `${METADATA_NAMESPACE}.${guard}`;

/** Of each filter, for a virtual host may have switched on what its route must not use. */
export function authorizationFor(options: RouteGuardOptions): RouteFilters {
  const { policy, policies, maxRequestBytes, ownRequestId, bodies = true, released = false } = options;
  const own = isAuthorized(policy) && !released ? guardOf(policy) : null;
  const settings = {
    context_extensions: {
      [CONTEXT_POLICY]: policy.name,
      [CONTEXT_BODY_BYTES_MAX]: String(maxRequestBytes),
      ...(ownRequestId ? { [CONTEXT_REQUEST_ID]: REQUEST_ID_OWN } : {}),
    },
    ...(bodies ? {} : { disable_request_body_buffering: true }),
  };
  return guardsOf(policies).map((guard, index) => {
    const fields = guard === own ? { check_settings: settings } : { disabled: true };
    return [filterName(guard, index), typed(`${MESSAGES}ExtAuthzPerRoute`, fields)] as const;
  });
}
