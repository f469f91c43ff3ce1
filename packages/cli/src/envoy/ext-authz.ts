/** Envoy's external authorization, asking Sluice: the filter of a listener, and what a route adds. */
import { CONTEXT_BODY_BYTES_MAX, CONTEXT_POLICY } from '@sluice/server';
import { duration, type Json, typed } from './json.ts';

export const EXT_AUTHZ = 'envoy.filters.http.ext_authz';
const MESSAGES = 'envoy.extensions.filters.http.ext_authz.v3.';

/** What Envoy has to know of a policy; `PolicyConfig` of the server's configuration has all of it. */
export interface GuardPolicy {
  readonly mode: 'Off' | 'Detect' | 'Block';
  readonly unavailable: 'Closed' | 'Open';
}

export interface ExtAuthzOptions {
  readonly cluster: string;
  /** Requests go on where Sluice does not answer. */
  readonly open: boolean;
  /** Nothing may be refused, so a body over the limit goes on too, inspected as far as the limit. */
  readonly invisible: boolean;
  readonly maxRequestBytes: number;
  readonly timeoutMillis: number;
  /** HTTP status of requests that are refused because Sluice did not answer. */
  readonly statusOnError: number;
}

/** Detect and Off change nothing that a client can see, also while Sluice is away. */
export const isInvisible = (policy: GuardPolicy): boolean => policy.mode !== 'Block';

export const isOpen = (policy: GuardPolicy): boolean => isInvisible(policy) || policy.unavailable === 'Open';

export function extAuthzFilter(options: ExtAuthzOptions): Json {
  return {
    name: EXT_AUTHZ,
    typed_config: typed(`${MESSAGES}ExtAuthz`, {
      transport_api_version: 'V3',
      grpc_service: {
        envoy_grpc: { cluster_name: options.cluster },
        timeout: duration(options.timeoutMillis),
      },
      failure_mode_allow: options.open,
      status_on_error: { code: options.statusOnError },
      // Without it duplicate lines are joined and bytes that are no UTF-8 become "!".
      encode_raw_headers: true,
      with_request_body: {
        max_request_bytes: options.maxRequestBytes,
        // With partial messages the rest of an allowed body flows uninspected: only where nothing is refused anyway.
        allow_partial_message: options.invisible,
        pack_as_bytes: true,
      },
      clear_route_cache: false,
    }),
  };
}

/** `typed_per_filter_config` of a virtual host or route: clients cannot set these. */
export function policyContext(policy: string, maxRequestBytes: number): Json {
  return {
    [EXT_AUTHZ]: typed(`${MESSAGES}ExtAuthzPerRoute`, {
      check_settings: {
        context_extensions: {
          [CONTEXT_POLICY]: policy,
          [CONTEXT_BODY_BYTES_MAX]: String(maxRequestBytes),
        },
      },
    }),
  };
}
