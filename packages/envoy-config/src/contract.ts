/** Names that Envoy's configuration and Sluice's server both use. A client can set none of them. */

/** gRPC service that Envoy asks, and whose health it asks for. */
export const AUTHORIZATION_SERVICE = 'envoy.service.auth.v3.Authorization';

/** Keys of Envoy's context_extensions: the policy, by its name; `max_request_bytes` of the filter, in decimal. */
export const CONTEXT_POLICY = 'sluice.policy';
export const CONTEXT_BODY_BYTES_MAX = 'sluice.max_request_bytes';

/** Where it is `own`, Envoy makes no request ids, so the client's is not taken over: Sluice makes one. */
export const CONTEXT_REQUEST_ID = 'sluice.request_id';
export const REQUEST_ID_OWN = 'own';

/** Namespace of the dynamic metadata that Sluice's answer leaves for the access log. */
export const METADATA_NAMESPACE = 'envoy.filters.http.ext_authz';

/**
 * Request header in which Envoy keeps a client's X-Forwarded-Proto on its way, where it would write one of its own. It is not part of
 * the request: a client's own is taken away, and the workload does not get it.
 */
export const KEPT_PROTO_HEADER = 'x-sluice-forwarded-proto';

/** Request header that marks a request as a probe of ours. It labels what is told of the request, and nothing else. */
export const PROBE_HEADER = 'x-sluice-probe';
