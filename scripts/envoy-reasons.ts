/** Why each setting of Envoy's configuration is what it is. A path that ends in `*` is for all that begin so. */

import { because, type Reason, type Section } from './envoy-reason.ts';
import { STREAM_SECTION } from './envoy-stream-reasons.ts';

const breakers = (cluster: string): readonly Reason[] => [
  because(
    `${cluster}.circuit_breakers.thresholds.max_connections`,
    "Envoy's default of 1,024 turns a crowd into errors. Memory is bounded by the client connections instead.",
  ),
  because(
    `${cluster}.circuit_breakers.thresholds.max_pending_requests`,
    'The same, for requests that wait for a connection.',
  ),
  because(
    `${cluster}.circuit_breakers.thresholds.max_requests`,
    'The same, for requests that wait for an answer: each holds one of these all the time.',
  ),
  because(
    `${cluster}.circuit_breakers.thresholds.max_retries`,
    'Requests that wait for another connection at once; nothing else is tried again.',
  ),
];

const MANAGER = 'HttpConnectionManager';
const HOSTS = `${MANAGER}.route_config.virtual_hosts`;
const UPSTREAM = 'HttpProtocolOptions';

export const SECTIONS: readonly Section[] = [
  {
    title: 'Bootstrap',
    reasons: [
      because('Bootstrap.node.*', 'Names the Envoy in its own log and statistics.'),
      because(
        'Bootstrap.admin.address.pipe.path',
        "A node's admin interface is a Unix socket: whoever reaches it can stop Envoy.",
      ),
      because('Bootstrap.admin.address.pipe.mode', '0600: its owner alone.'),
      because(
        'Bootstrap.admin.address.socket_address.*',
        "A proxy's, where `--admin` says; by default a free port that only this machine reaches.",
      ),
      because(
        'Bootstrap.dynamic_resources.cds_config.*',
        'Clusters come from a file, which Envoy reads again when another is moved in its place.',
      ),
      because(
        'Bootstrap.dynamic_resources.lds_config.*',
        'Listeners too. Nobody is asked over a network, so nothing has to be up for traffic to flow.',
      ),
      because('Bootstrap.overload_manager.resource_monitors.name', 'Bounds the connections of clients.'),
      because(
        'DownstreamConnectionsConfig.*',
        'Above it new connections are refused: file descriptors end before memory does.',
      ),
    ],
  },
  {
    title: 'Listener',
    reasons: [
      because('Listener.name', "A pod's is named after its UID and IP family: names of pods come again."),
      because(
        'Listener.address.socket_address.address',
        'A pod has a listener for each of its IP families: one socket for both would see IPv4 clients as IPv6.',
      ),
      because(
        'Listener.address.socket_address.port_value',
        'The port that the ruleset in the pod redirects to.',
      ),
      because(
        'Listener.address.socket_address.network_namespace_filepath',
        "The socket is opened inside the pod's network namespace, so that the cluster's network policy has had its say before.",
      ),
      because(
        'Listener.per_connection_buffer_limit_bytes',
        'What a slow peer makes Envoy hold for it. Bodies that Sluice inspects have a bound of their own.',
      ),
      because('Listener.listener_filters.name', 'The three below.'),
      because('OriginalDst', 'Finds out which port a redirected connection was for.'),
      because(
        'OriginalSrc.mark',
        'The workload is asked from the address of its client; the mark leads its answers back to Envoy.',
      ),
      because(
        'HttpInspector',
        'For Detect: what is no HTTP has to go through unseen. It is there for every policy, as Envoy would leave all connections of a listener for another filter; in Block nothing depends on what it saw.',
      ),
      because(
        'Listener.listener_filters.filter_disabled.*',
        'Ports that are not declared as HTTP: nobody looks at their first bytes.',
      ),
      because(
        'Listener.listener_filters_timeout',
        'In Detect, how long a client may wait for the server to speak first before it goes through.',
      ),
      because(
        'Listener.continue_on_listener_filters_timeout',
        'After that it goes through in Detect. In Block it is for the chain that it was for in any case.',
      ),
      because(
        'Listener.filter_chains.name',
        'The port that it is for, and how requests are read. Chains that no new connection is for stay for those that were made by them.',
      ),
      because(
        'Listener.filter_chain_matcher.*',
        'Which chain a new connection is for. It stands beside the chains, so that Envoy keeps these, and their connections, when a policy changes the choice.',
      ),
      because(
        'DestinationPortInput',
        'The port that was declared, as the client asked for it. In Block nothing else counts.',
      ),
      because(
        'ApplicationProtocolInput',
        'In Detect: what the inspector took for HTTP. In Block it is not asked: two bytes in front of a request would lead it past.',
      ),
      because('StringValue.value', 'The name of a chain.'),
      because(
        'Listener.filter_chains.filters.name',
        'HTTP is parsed; what does not parse gets 400 and is closed.',
      ),
      because('Listener.filter_chains.transport_socket.name', 'TLS, where a Secret gave the key.'),
      because(
        'DownstreamTlsContext.common_tls_context.tls_certificates.*',
        'A new certificate is a new path, so that Envoy reads it.',
      ),
      because(
        'DownstreamTlsContext.common_tls_context.alpn_protocols',
        'What Envoy and the workload may agree on. HTTP/2 first, as everywhere.',
      ),
      because(
        'Listener.default_filter_chain.name',
        'For ports that nobody declared, and for what cannot be inspected.',
      ),
      because(
        'Listener.default_filter_chain.filters.name',
        'Block closes such a connection. Detect lets it through as it is.',
      ),
      because('Config', 'An empty answer: the connection is closed before either side has said a word.'),
      because('TcpProxy.cluster', 'To whom the connection was for.'),
      because('TcpProxy.stat_prefix', 'What was not inspected is counted under this name.'),
      because('TcpProxy.idle_timeout', 'A quiet connection is the affair of its two ends.'),
    ],
  },
  {
    title: 'HTTP',
    reasons: [
      because(`${MANAGER}.stat_prefix`, 'Statistics by port.'),
      because(
        `${MANAGER}.codec_type`,
        "HTTP/1 and HTTP/2, told apart by HTTP/2's preface; `HTTP2` on a port that is declared as h2c. Both are parsed, so this lets nothing by.",
      ),
      because(
        `${MANAGER}.normalize_path`,
        'Sluice and the workload see one path: `/a/../b` is `/b` for both. Off in Detect, which changes nothing; both see it as it was sent.',
      ),
      because(`${MANAGER}.merge_slashes`, 'The same for `//`.'),
      because(
        `${MANAGER}.path_with_escaped_slashes_action`,
        'An escaped slash is data to many APIs. Both see it as it is; `Strict` refuses it with 400.',
      ),
      because(
        `${MANAGER}.max_request_headers_kb`,
        "Envoy's default. Workloads take less (Node 16 KiB, Tomcat 8), so they would refuse it themselves.",
      ),
      because(
        `${MANAGER}.common_http_protocol_options.max_headers_count`,
        "As many as Sluice's server reads. Envoy's default of 100 refuses what workloads take.",
      ),
      because(
        `${MANAGER}.common_http_protocol_options.headers_with_underscores_action`,
        'They reach the workload, so Sluice sees them too.',
      ),
      because(`${MANAGER}.common_http_protocol_options.idle_timeout`, 'A kept connection without a request.'),
      because(`${MANAGER}.http_protocol_options.accept_http_10`, 'Old clients and load balancers speak it.'),
      because(
        `${MANAGER}.http_protocol_options.default_host_for_http_10`,
        'For requests of HTTP/1.0 without a Host, which Envoy would refuse. A proxy does refuse them.',
      ),
      because(
        `${MANAGER}.http_protocol_options.header_key_format.*`,
        'Names of headers keep their spelling, which Envoy else writes in lower case.',
      ),
      because('PreserveCaseFormatterConfig', 'The same.'),
      because(
        `${MANAGER}.http2_protocol_options.max_concurrent_streams`,
        'With a body of 1 MiB each, one client connection holds 100 MiB at most.',
      ),
      because(
        `${MANAGER}.http2_protocol_options.initial_stream_window_size`,
        "A round trip of 20 ms at 100 Mbit/s. Envoy's default of 16 MiB is what one stream may make it hold.",
      ),
      because(
        `${MANAGER}.http2_protocol_options.initial_connection_window_size`,
        'Four streams at full speed.',
      ),
      because(
        `${MANAGER}.stream_idle_timeout`,
        'Long polls and quiet event streams may take their time; forgotten ones end.',
      ),
      because(
        `${MANAGER}.request_timeout`,
        'In Block a body is held until it is whole: one that is dripped holds its buffer no longer. Longer with the profile `window`, whose bodies may be. It is over with the request, so upgrades and responses may take their time. Off in Detect, where nothing is refused.',
      ),
      because(`${MANAGER}.request_headers_timeout`, 'The same for the header lines.'),
      because(
        `${MANAGER}.use_remote_address`,
        'A proxy takes the peer for the client. In a pod it may be an ingress, whose headers are to stay: see the next three.',
      ),
      because(
        `${MANAGER}.original_ip_detection_extensions.name`,
        "Without a detection of our own Envoy would believe anybody's X-Forwarded-For, and with the first setting overwrite X-Forwarded-Proto.",
      ),
      because(
        'XffConfig.xff_trusted_cidrs.*',
        'Only these proxies are believed about their clients; everybody else is who connects.',
      ),
      because('XffConfig.skip_xff_append', 'Nothing is written into the request.'),
      because(`${MANAGER}.skip_xff_append`, 'The same.'),
      because(
        `${MANAGER}.generate_request_id`,
        'A proxy makes request ids. In a pod nothing is written, and Sluice makes its own (`sluice.request_id`).',
      ),
      because(
        `${MANAGER}.early_header_mutation_extensions.name`,
        'Before Envoy touches the header lines of a request in a pod:',
      ),
      because(
        'HeaderMutation.mutations.remove',
        'What clients could steer Envoy by is taken out: they would have it repeat their requests. Also a header of ours that nobody else may send.',
      ),
      because(
        'HeaderMutation.mutations.append.*',
        "The client's X-Forwarded-Proto is kept, as Envoy writes one of its own where there is none. And two lines say which port of which pod a request is for, and its cluster, whatever the client sent under their names.",
      ),
      because(`${HOSTS}.routes.request_headers_to_remove`, "Takes Envoy's out."),
      because(
        `${HOSTS}.routes.request_headers_to_add.*`,
        'Puts back what was kept: the ingress said `https`, or nobody said anything.',
      ),
      because(
        `${HOSTS}.request_headers_to_remove`,
        'What was kept, and by what routes were found, is not for the workload. Sluice does not take it for a part of the request either.',
      ),
      because(`${MANAGER}.preserve_external_request_id`, "The workload gets its clients' ids as they are."),
      because(`${MANAGER}.server_header_transformation`, "Responses keep the workload's own."),
      because(`${MANAGER}.access_log`, 'None, unless a file is named.'),
      because(`${MANAGER}.access_log.name`, 'A file.'),
      because('FileAccessLog.path', 'Where it is.'),
      because(
        'FileAccessLog.log_format.*',
        "A line of JSON for each request, joined to Sluice's events by `event_id`, their `http.request.id`. It holds no query: queries hold secrets.",
      ),
      because(
        `${MANAGER}.upgrade_configs.upgrade_type`,
        'Upgrades that were declared; what they carry is not inspected. Detect knows `websocket` too, since refusing it would be seen. In a pod the manager knows them all, and routes say which.',
      ),
      because(
        `${MANAGER}.upgrade_configs.filters.name`,
        "With ext_proc an upgrade has filters of its own, or it would wait for the end of a body that begins with the workload's answer. Envoy's codec says what an upgrade is: a client that merely calls a request with a body one gets nothing by.",
      ),
      because(`${MANAGER}.upgrade_configs.filters.disabled`, 'As below.'),
      because(
        `${MANAGER}.http_filters.name`,
        "Sluice's filter, one for each way to fail that the routes need, and the router. Nothing stands between them: it could change the request, or its route, after the verdict.",
      ),
      because(
        `${MANAGER}.http_filters.disabled`,
        'The first filter is on for every route; another waits until a route asks for it. A pod has all that any policy may need, so that none asks for another manager.',
      ),
      because(
        'Lua.default_source_code.inline_string',
        'Asks a client to leave its connection behind the answer: with `Connection: close`, or a GOAWAY. Envoy has no setting of a route for it.',
      ),
      because(
        'FilterConfig.config',
        'Switches that on, for connections from before a change, and those of a released pod.',
      ),
      because('Router.suppress_envoy_headers', "Envoy's own headers reach neither client nor workload."),
    ],
  },
  {
    title: 'Asking Sluice',
    reasons: [
      because('ExtAuthz.transport_api_version', 'The only one there is.'),
      because(
        'ExtAuthz.grpc_service.envoy_grpc.cluster_name',
        "Envoy's own gRPC: with balancing, health checks and circuit breakers, which google_grpc lacks.",
      ),
      because(
        'ExtAuthz.grpc_service.timeout',
        "A verdict takes about a millisecond, and the server gives up after 150 ms. Envoy's default of 200 ms leaves little to spare.",
      ),
      because(
        'ExtAuthz.failure_mode_allow',
        "The policy's `unavailable`: Closed refuses while Sluice does not answer, Open lets through. Detect implies letting through.",
      ),
      because(
        'ExtAuthz.status_on_error.code',
        'Not 403: a request that was refused because nobody answered is not to be taken for a denied one.',
      ),
      because(
        'ExtAuthz.encode_raw_headers',
        'Without it header lines of one name are joined and bytes that are no UTF-8 become "!".',
      ),
      because(
        'ExtAuthz.with_request_body.max_request_bytes',
        'A longer body gets 413 in Block. It is held in Envoy and again in Sluice until the verdict.',
      ),
      because(
        'ExtAuthz.with_request_body.allow_partial_message',
        'The rest of a partial body flows uninspected: only where nothing is refused anyway.',
      ),
      because(
        'ExtAuthz.with_request_body.pack_as_bytes',
        'Without it bodies are made into text, and bytes are lost.',
      ),
      because(
        'ExtAuthz.clear_route_cache',
        'A route that is chosen again after the verdict could be one with another policy.',
      ),
      because(
        'ExtAuthzPerRoute.check_settings.context_extensions.sluice.policy',
        'The key of the policy. It comes from the destination, and no client can set it.',
      ),
      because(
        'ExtAuthzPerRoute.check_settings.context_extensions.sluice.max_request_bytes',
        'Sluice takes a body of this length for cut off: Envoy calls it whole where a chunk ends just there.',
      ),
      because(
        'ExtAuthzPerRoute.check_settings.context_extensions.sluice.request_id',
        "Envoy makes no request ids here, so the client's is not taken over: it could be the same each time.",
      ),
      because(
        'ExtAuthzPerRoute.check_settings.disable_request_body_buffering',
        "In Detect, for calls of gRPC: one that streams would wait for its own end before it begins. Their type is the client's word, so Block does not have this.",
      ),
      because(
        'ExtAuthzPerRoute.disabled',
        'Another of the filters asks here. One always does, until a pod is released.',
      ),
    ],
  },
  STREAM_SECTION,
  {
    title: 'Routes',
    reasons: [
      because(
        `${MANAGER}.rds.*`,
        'In a pod routes come from files, by name. They change with a policy while the connections go on; what was asked before a change is answered as it was asked. There is one for each way to read requests, for all pods: Envoy takes an inotify instance for each, and ends where the kernel has none left (128 for all of a user).',
      ),
      because(`${MANAGER}.route_config.name`, 'As the listener; in a pod, as how connections read requests.'),
      because(
        `${MANAGER}.route_config.validate_clusters`,
        'Listeners and clusters come in files of their own, in no order that Envoy promises. A route without its cluster answers 503.',
      ),
      because(`${HOSTS}.name`, 'As the listener; in a pod the policy, and a digest of what the host says.'),
      because(
        `${HOSTS}.retry_policy.retry_on`,
        'A connection that could not be made, of which nothing was sent: its port may be one of the client’s own, from before.',
      ),
      because(
        `${HOSTS}.retry_policy.num_retries`,
        'Two in a row are one in a million; more would hide a fault.',
      ),
      because(
        `${HOSTS}.domains`,
        "Every host: it is the client who writes it, so it chooses nothing. Of a pod's ports a digest, which their connection managers write into `x-sluice-destination` in place of what a client sent there.",
      ),
      because(
        `${MANAGER}.route_config.vhost_header`,
        'Ports that are treated alike share a virtual host, and all pods the tables. Which port a request is for is said by the connection manager that it came through.',
      ),
      because(
        `${HOSTS}.metadata.*`,
        'What this is meant to be. Envoy passes over it; `sluice envoy doctor` compares.',
      ),
      because(`${HOSTS}.routes.metadata.*`, 'The same.'),
      because(
        `${HOSTS}.request_body_buffer_limit`,
        'How much of a held body Envoy takes, over HTTP/1 and HTTP/2 alike: twice what Sluice may leave unanswered, and two chunks more. Envoy stops reading when it has this much and reads on below half of it; with less, neither side would ever move again. What is collected (`buffered`) is refused above it.',
      ),
      because(`${HOSTS}.routes.request_body_buffer_limit`, 'The same.'),
      because(`${HOSTS}.routes.match.prefix`, 'Every path, or those with a policy of their own.'),
      because(`${HOSTS}.routes.match.grpc`, 'In Detect: calls of gRPC, whose bodies go on as they come.'),
      because(
        `${HOSTS}.routes.match.safe_regex.regex`,
        'In Block, on connections from before it: paths that new ones have resolved, or refused, before anybody sees them.',
      ),
      because(`${HOSTS}.routes.direct_response.status`, 'They are refused, behind the same filters.'),
      because(
        `${HOSTS}.routes.route.upgrade_configs.*`,
        'Which of the upgrades that the manager knows are there: in Block those that were declared.',
      ),
      because(`${HOSTS}.routes.route.cluster`, 'The workload.'),
      because(
        `${HOSTS}.routes.route.cluster_header`,
        'The workload of a pod, as the connection manager says, and no client can.',
      ),
      because(
        `${HOSTS}.routes.route.timeout`,
        "None: a workload may take its time. Envoy's default of 15 s cuts slow answers off.",
      ),
    ],
  },
  {
    title: "The cluster of Sluice's processes",
    reasons: [
      because('Cluster (Sluice).name', 'What filters ask.'),
      because('Cluster (Sluice).type', 'Unix sockets are known beforehand.'),
      because('Cluster (Sluice).connect_timeout', 'To a Unix socket of the same machine.'),
      because('Cluster (Sluice).lb_policy', 'Spreads evenly over processes with a socket each.'),
      because('Cluster (Sluice).load_assignment.*', 'One socket for each process.'),
      ...breakers('Cluster (Sluice)'),
      because(
        'Cluster (Sluice).outlier_detection.consecutive_5xx',
        'A process that was killed fails fast, so that most requests would go to it: after three errors it is left aside.',
      ),
      because('Cluster (Sluice).outlier_detection.interval', 'How often that is looked at.'),
      because('Cluster (Sluice).outlier_detection.base_ejection_time', 'For how long; longer each time.'),
      because('Cluster (Sluice).outlier_detection.max_ejection_percent', 'With more gone, all are tried.'),
      because(
        'Cluster (Sluice).health_checks.grpc_health_check.service_name',
        'A process that drains says so here, before it stops listening.',
      ),
      because(
        'Cluster (Sluice).health_checks.interval',
        'Short beside the time for which a process that drains says so (drain.noticeMillis, 2 s).',
      ),
      because(
        'Cluster (Sluice).health_checks.no_traffic_interval',
        'The same where no request has come yet.',
      ),
      because('Cluster (Sluice).health_checks.timeout', 'For one check.'),
      because('Cluster (Sluice).health_checks.unhealthy_threshold', 'One check may be lost.'),
      because('Cluster (Sluice).health_checks.healthy_threshold', 'A process that is back is used at once.'),
      because(
        `${UPSTREAM}.explicit_http_config.http2_protocol_options.max_concurrent_streams`,
        'As many calls on a connection as the server takes (`streamsPerConnectionMax`); more open another.',
      ),
      because(
        `${UPSTREAM}.explicit_http_config.http2_protocol_options.initial_stream_window_size`,
        'Answers are a block page at most. The smallest window that HTTP/2 begins with.',
      ),
      because(
        `${UPSTREAM}.explicit_http_config.http2_protocol_options.initial_connection_window_size`,
        'Sixteen answers at once.',
      ),
    ],
  },
  {
    title: 'The cluster of a workload',
    reasons: [
      because('Cluster (workload).name', 'As the listener.'),
      because('Cluster (workload).type', '`STRICT_DNS` where the workload is a name.'),
      because('Cluster (workload).per_connection_buffer_limit_bytes', 'As on the listener.'),
      because('Cluster (workload).connect_timeout', 'Long enough for another machine of the same network.'),
      because('Cluster (workload).load_assignment.*', 'Where it is.'),
      ...breakers('Cluster (workload)'),
      because(
        `${UPSTREAM}.explicit_http_config.http_protocol_options.*`,
        'Names of headers keep their spelling. A proxy speaks HTTP/1.1 to the workload, or h2c where it is told so.',
      ),
      because(
        `${UPSTREAM}.common_http_protocol_options.idle_timeout`,
        "No client comes back to a connection of one that has left, so a workload has as many idle ones as clients come in this time. Shorter than the 5 s after which Node's and uvicorn's servers close a kept connection: a request would fall into the gap.",
      ),
      because('Cluster (pod).name', 'As the listener.'),
      because('Cluster (pod).type', 'The address that the client asked for.'),
      because('Cluster (pod).lb_policy', 'There is nothing to balance.'),
      because('Cluster (pod).connect_timeout', 'To a process of the same pod.'),
      because('Cluster (pod).per_connection_buffer_limit_bytes', 'As on the listener.'),
      because(
        'Cluster (pod).connection_pool_per_downstream_connection',
        "One client's connection to the workload is never another's: whatever a client smuggles behind its request, no other client is behind it.",
      ),
      because(
        'Cluster (pod).upstream_bind_config.source_address.address',
        "Any: original_src puts the client's in its place.",
      ),
      because('Cluster (pod).upstream_bind_config.source_address.port_value', 'Any.'),
      because(
        'Cluster (pod).upstream_bind_config.source_address.network_namespace_filepath',
        'The workload is asked from inside its own network namespace.',
      ),
      ...breakers('Cluster (pod)'),
      because(
        'Cluster (pod).transport_socket.name',
        'Where TLS was terminated, the workload is asked over TLS again.',
      ),
      because(
        'UpstreamTlsContext',
        'The workload is a process of this namespace, at the address that the client asked for.',
      ),
      because(
        `${UPSTREAM}.use_downstream_protocol_config.*`,
        'The workload is asked in the version of HTTP that its client speaks, with the same windows and spelling.',
      ),
      because(
        `${UPSTREAM}.auto_config.*`,
        'Inside TLS: in the version that Envoy and the workload agree on.',
      ),
      because(
        `${UPSTREAM}.upstream_http_protocol_options.auto_sni`,
        'The workload may have a certificate for each name.',
      ),
    ],
  },
];
