/** Names that Envoy's configuration and Sluice's server both use. A client can set none of them. */

/** gRPC service that Envoy asks, and whose health it asks for. */
export const AUTHORIZATION_SERVICE = 'envoy.service.auth.v3.Authorization';

/** gRPC service that Envoy streams exchanges to. */
export const PROCESSOR_SERVICE = 'envoy.service.ext_proc.v3.ExternalProcessor';

/**
 * Metadata of a stream to the processor: the policy, by its name; what Envoy's configuration does with bodies; the bytes of a body that it
 * can hold back without an answer, in decimal; who makes request ids (as CONTEXT_REQUEST_ID); who is connected with Envoy, whatever
 * X-Forwarded-For says, which `source.address` follows where proxies are trusted. Set by Envoy's configuration for each
 * route; a client's header of that name is a header of its request and no metadata. Whether the processor sees responses is in the
 * first message's protocol_config: `response_body_mode` is STREAMED where it does.
 */
export const STREAM_POLICY = 'sluice-policy';
export const STREAM_PROFILE = 'sluice-profile';
export const STREAM_HELD_BYTES_MAX = 'sluice-held-bytes-max';
export const STREAM_REQUEST_ID = 'sluice-request-id';
export const STREAM_PEER = 'sluice-peer';

/** Whether a policy's name can be told in a stream's metadata: it is a header of gRPC there. */
export const isPolicyMetadata = (policy: string): boolean => /^[\x21-\x7e]+$/.test(policy);

/**
 * `streaming`: headers and body are held back until the verdict. `buffered`: Envoy collects the body, up to its limit. `window`: as
 * `streaming`, but what was judged goes on when more comes than can be held. `upgrade`: the request is for an upgrade, by Envoy's own
 * judgement, and its headers are all that is sent; what follows is a tunnel, which begins when the workload accepts. No policy chooses it.
 */
export const STREAM_PROFILES = ['streaming', 'buffered', 'window', 'upgrade'] as const;
export type StreamProfile = (typeof STREAM_PROFILES)[number];

/**
 * The longest time for which an answer may put off Envoy's time-out (`override_message_timeout`); Envoy passes over a longer one.
 * Nothing answered, and no time put off, is a 504 after the time for a verdict.
 */
export const STREAM_PAUSE_MILLIS_MAX = 300_000;

/** Attributes that Envoy sends with the first message of a stream. */
export const STREAM_ATTRIBUTES = [
  'source.address',
  'destination.address',
  'request.protocol',
  'request.id',
  'xds.route_name',
  'xds.virtual_host_name',
] as const;

/** Keys of Envoy's context_extensions: the policy, by its name; `max_request_bytes` of the filter, in decimal. */
export const CONTEXT_POLICY = 'sluice.policy';
export const CONTEXT_BODY_BYTES_MAX = 'sluice.max_request_bytes';

/** Where it is `own`, Envoy makes no request ids, so the client's is not taken over: Sluice makes one. */
export const CONTEXT_REQUEST_ID = 'sluice.request_id';
export const REQUEST_ID_OWN = 'own';

/** Namespace of the dynamic metadata that Sluice's answer leaves for the access log. */
export const METADATA_NAMESPACE = 'envoy.filters.http.ext_authz';

/** The same, of answers on a stream. */
export const STREAM_METADATA_NAMESPACE = 'envoy.filters.http.ext_proc';

/**
 * Request header in which Envoy keeps a client's X-Forwarded-Proto on its way, where it would write one of its own. It is not part of
 * the request: a client's own is taken away, and the workload does not get it.
 */
export const KEPT_PROTO_HEADER = 'x-sluice-forwarded-proto';

/**
 * Request headers in which the Envoy of a node says, at each request, which port of which pod it is for, and by which cluster its workload is
 * reached: tables of routes are the same for all pods. A client's own are overwritten, and the workload does not get them.
 */
export const DESTINATION_HEADER = 'x-sluice-destination';
export const CLUSTER_HEADER = 'x-sluice-cluster';

/** What Envoy in a pod writes into each request on its way, where it says REQUEST_ID_OWN: no part of the request. Elsewhere they are the client's. */
export const OWN_HEADERS: ReadonlySet<string> = new Set([
  KEPT_PROTO_HEADER,
  DESTINATION_HEADER,
  CLUSTER_HEADER,
]);

/** Request header that marks a request as a probe of ours. It labels what is told of the request, and nothing else. */
export const PROBE_HEADER = 'x-sluice-probe';
