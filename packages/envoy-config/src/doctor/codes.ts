/** What the doctor finds, by code. A code keeps its meaning for good; docs/envoy.md lists the same. */

export type Severity = 'error' | 'warning';

interface FindingText {
  /** `error`: traffic gets by, or requests break. `warning`: it may, under circumstances that it names. */
  readonly severity: Severity;
  readonly message: string;
  readonly remedy: string;
}

export const FINDINGS = {
  NO_GUARD: {
    severity: 'error',
    message: 'requests reach workloads without anybody asking Sluice',
    remedy: 'Put the filter into http_filters, last before the router: sluice envoy config shows it.',
  },
  GUARD_OFF: {
    severity: 'error',
    message: 'the filter is switched off for a part of the requests: {what}',
    remedy: 'Take that out. A policy whose mode is Off is how Sluice is switched off.',
  },
  ROUTE_UNGUARDED: {
    severity: 'error',
    message: 'a route switches the filter off, so its requests are not inspected',
    remedy: 'Take the override out, and give the route a policy whose mode is Off or Detect.',
  },
  FAIL_OPEN: {
    severity: 'error',
    message: 'while Sluice does not answer, requests go through uninspected',
    remedy:
      'Set failure_mode_allow to false, or declare the policy Open (metadata sluice: {mode: Block, unavailable: Open}).',
  },
  DETECT_REFUSES: {
    severity: 'error',
    message: 'declared as {mode}, and yet Envoy refuses requests: {what}',
    remedy: 'Set failure_mode_allow and allow_partial_message to true, or declare the policy as Block.',
  },
  SHADOW: {
    severity: 'error',
    message: 'Sluice is asked, and its answer does not count: {what}',
    remedy: 'Take that out. A policy in Detect is how to look without blocking.',
  },
  NOT_GRPC: {
    severity: 'error',
    message:
      'the filter asks over plain HTTP, which Sluice does not speak and which carries no bodies as bytes',
    remedy: 'Use grpc_service with envoy_grpc.',
  },
  GOOGLE_GRPC: {
    severity: 'warning',
    message:
      "google_grpc has neither Envoy's circuit breakers nor its balancing, health checks and statistics",
    remedy: 'Use envoy_grpc with a cluster.',
  },
  RAW_HEADERS: {
    severity: 'error',
    message:
      'header lines of one name are joined, and bytes that are no UTF-8 become "!": attacks hide in both',
    remedy: 'Set encode_raw_headers to true.',
  },
  HEADERS_WITHHELD: {
    severity: 'error',
    message: 'Sluice does not see all headers: {what}',
    remedy: 'Take that out: what the workload gets is to be inspected.',
  },
  BODY_NOT_SENT: {
    severity: 'error',
    message: 'bodies reach the workload without being inspected: {what}',
    remedy: 'Set with_request_body (ext_authz), or request_body_mode BUFFERED or STREAMED (ext_proc).',
  },
  BODY_AS_TEXT: {
    severity: 'error',
    message: 'bodies are sent as text, with every byte that is no UTF-8 replaced',
    remedy: 'Set pack_as_bytes to true.',
  },
  BODY_PARTIAL: {
    severity: 'error',
    message: 'the part of a body beyond {bytes} bytes reaches the workload uninspected',
    remedy:
      'Set allow_partial_message to false (longer bodies get 413), or BUFFERED in place of BUFFERED_PARTIAL.',
  },
  BODY_OVER_MESSAGE: {
    severity: 'error',
    message: 'bodies of up to {bytes} bytes do not fit into one message to Sluice (16 MiB)',
    remedy: 'Set max_request_bytes lower, or limits.messageBytesMax of Sluice higher.',
  },
  BODY_LIMIT_UNTOLD: {
    severity: 'warning',
    message:
      'Sluice is told {told} bytes and Envoy sends {bytes}: a body that was cut off may pass for a whole one',
    remedy: 'Set the context extension sluice.max_request_bytes to max_request_bytes.',
  },
  POLICY_UNNAMED: {
    severity: 'warning',
    message: 'no policy is named, so the policy `default` is taken',
    remedy: 'Set the context extension sluice.policy on the route or virtual host.',
  },
  VERDICT_TIME: {
    severity: 'warning',
    message: 'Sluice has {time} for its verdict: {why}',
    remedy:
      "Set the time-out longer than the server's own deadline (verdictMillisMax, 150 ms), 500 ms for one.",
  },
  ROUTE_CACHE: {
    severity: 'error',
    message: 'the route is chosen again after the verdict: it may be one with another policy',
    remedy: 'Set clear_route_cache to false, and route_cache_action to RETAIN.',
  },
  GUARD_NOT_LAST: {
    severity: 'warning',
    message: 'filters behind the verdict may change the request or its route: {names}',
    remedy: 'Put the filter last before the router.',
  },
  HEADERS_FIRST: {
    severity: 'error',
    message: 'the workload gets the headers before the body is judged',
    remedy: 'Set send_body_without_waiting_for_header_response to true, or use BUFFERED.',
  },
  TRAILERS_UNSEEN: {
    severity: 'warning',
    message: 'request trailers reach the workload uninspected',
    remedy: 'Set request_trailer_mode to SEND.',
  },
  UPGRADE_HANGS: {
    severity: 'error',
    message: 'upgrades hang: Envoy waits for the end of a body that begins after the upgrade',
    remedy:
      'Give the upgrade filters of its own, with a filter whose request_body_mode is NONE and whose profile is upgrade, or take it out.',
  },
  STREAM_REFUSED: {
    severity: 'error',
    message: 'Sluice refuses the stream of every request: {what}',
    remedy:
      'Set the mode to STREAMED or BUFFERED, and grpc_initial_metadata sluice-profile and sluice-held-bytes-max to what it is.',
  },
  STANDS_STILL: {
    severity: 'error',
    message:
      'Sluice may leave {told} bytes unanswered, and Envoy, which reads on below half of its {bytes}, waits for an answer then: uploads stand still',
    remedy: 'Set request_body_buffer_limit of the route to over twice of sluice-held-bytes-max.',
  },
  PAUSES_CUT: {
    severity: 'warning',
    message: 'a client that pauses longer than message_timeout while its body is held gets 504',
    remedy: 'Set max_message_timeout, so that Sluice can put the time-out off: 300 s for one.',
  },
  LENGTH_LOST: {
    severity: 'warning',
    message: 'workloads get chunks in place of a content-length, which some do not take',
    remedy: 'Set allow_content_length_header to true: Sluice changes no body.',
  },
  LOG_UNTOLD: {
    severity: 'warning',
    message: 'what Sluice says for the access log is dropped',
    remedy: 'Set metadata_options.receiving_namespaces.untyped to envoy.filters.http.ext_proc.',
  },
  CLUSTER_UNKNOWN: {
    severity: 'error',
    message: 'the cluster {name} that is to be asked does not exist',
    remedy: 'Define it, or name the right one.',
  },
  CLUSTER_NOT_HTTP2: {
    severity: 'error',
    message: 'the cluster {name} does not speak HTTP/2, so every call fails',
    remedy: 'Set explicit_http_config with http2_protocol_options.',
  },
  CIRCUIT_BREAKERS: {
    severity: 'warning',
    message:
      'the cluster {name} takes {count} requests at once; a crowd above that gets errors, or goes by where open',
    remedy: 'Set max_connections, max_pending_requests and max_requests to 100000.',
  },
  DEAD_PROCESS: {
    severity: 'warning',
    message: 'a process of cluster {name} that dies draws requests to itself: {missing}',
    remedy: 'Set outlier_detection with consecutive_5xx 3, and health_checks with grpc_health_check.',
  },
  PATHS_DIFFER: {
    severity: 'warning',
    message:
      'paths are left as they were sent ({what}): /a/../b and //b may be another path to the workload than to rules and routes',
    remedy: 'Set normalize_path and merge_slashes to true.',
  },
  UPGRADE: {
    severity: 'warning',
    message: 'after an upgrade to {type} nothing is inspected',
    remedy:
      'Take it out of upgrade_configs where the workload does not need it, or declare it (metadata sluice: {upgrades}).',
  },
  UPGRADE_UNGUARDED: {
    severity: 'error',
    message: 'requests for an upgrade to {type} have filters of their own, without Sluice',
    remedy: 'Take the filters out of upgrade_configs, or put Sluice among them.',
  },
  CONNECT: {
    severity: 'error',
    message: 'CONNECT opens tunnels in which nothing is inspected',
    remedy: 'Take the route or upgrade for CONNECT out.',
  },
  CLIENT_FORGED: {
    severity: 'warning',
    message: 'clients choose the address that events name, by X-Forwarded-For',
    remedy: 'Set use_remote_address to true, or detect the address with xff_trusted_cidrs.',
  },
  SLOW_CLIENTS: {
    severity: 'warning',
    message: 'a client that drips its request holds a connection and its buffer without end: {missing}',
    remedy: 'Set request_headers_timeout and request_timeout.',
  },
  HEADER_LINES: {
    severity: 'warning',
    message: 'up to {count} header lines are accepted; Sluice reads 1,000 and takes more for uninspectable',
    remedy: 'Set max_headers_count to 1000 at most.',
  },
  SNIFFING: {
    severity: 'error',
    message:
      'what does not look like HTTP in its first bytes goes by uninspected: two bytes in front of a request will do',
    remedy: 'Declare the port as HTTP: one chain with the HTTP connection manager, without http_inspector.',
  },
  TLS_BY: {
    severity: 'error',
    message: 'TLS goes by uninspected',
    remedy: 'Terminate it (transport_socket with the key), or refuse it.',
  },
  CHAIN_BY: {
    severity: 'error',
    message: 'a chain of this listener leads to a workload without HTTP being parsed',
    remedy: 'Take the chain out, or put the HTTP connection manager with Sluice into it.',
  },
  TCP_LISTENER: {
    severity: 'warning',
    message: 'nothing on this listener is inspected',
    remedy: 'Where it is HTTP, use the HTTP connection manager with Sluice.',
  },
  DESTINATION_FORGED: {
    severity: 'error',
    message: 'clients choose the destination by a header',
    remedy: 'Take use_http_header out of original_dst_lb_config.',
  },
  ADMIN_OPEN: {
    severity: 'warning',
    message: 'the admin interface listens on {address}: whoever reaches it can stop Envoy',
    remedy: 'Use a Unix socket, or 127.0.0.1.',
  },
  UNSEEN: {
    severity: 'warning',
    message: '{what} comes from elsewhere and is not in this document',
    remedy: 'Give the URL of the admin interface, where everything is.',
  },
  VERSION: {
    severity: 'warning',
    message: 'Envoy {version}: {bug}',
    remedy: 'Use {fixed} or newer.',
  },
} as const satisfies Readonly<Record<string, FindingText>>;

export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Where in the document, as a path of names and indices. */
  readonly place: string;
  readonly message: string;
  readonly remedy: string;
}

export type Details = Readonly<Record<string, string | number>>;

const fill = (template: string, details: Details): string =>
  template.replace(/\{(\w+)\}/g, (all, name: string) => String(details[name] ?? all));

export function finding(code: FindingCode, place: string, details: Details = {}): Finding {
  const { severity, message, remedy } = FINDINGS[code];
  return { code, severity, place, message: fill(message, details), remedy: fill(remedy, details) };
}
