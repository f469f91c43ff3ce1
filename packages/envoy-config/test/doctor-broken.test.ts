/** Each way to break a sound configuration is found as what it is, once, where it is. */
import { describe, expect, it } from 'vitest';
import { diagnose, FINDINGS, type FindingCode } from '../src/index.ts';
import { BROKEN_STREAMS } from './support/broken-streams.ts';
import {
  cluster,
  guard,
  host,
  type Loose,
  LUA,
  listener,
  manager,
  node,
  proxy,
  ROUTE_OFF,
  route,
  settings,
  TCP_CHAIN,
} from './support/documents.ts';

/** What is broken, the one finding, and the place where it is found. */
const BROKEN: readonly (readonly [string, FindingCode, RegExp, (document: Loose) => void])[] = [
  ['no filter', 'NO_GUARD', /http_filters$/, (d) => manager(d).http_filters.shift()],
  [
    'a filter that waits for a route',
    'ROUTE_UNGUARDED',
    /routes\[0\]$/,
    (d) => {
      manager(d).http_filters[0].disabled = true;
      delete host(d).typed_per_filter_config;
      delete route(d).typed_per_filter_config;
    },
  ],
  [
    'a route without',
    'ROUTE_UNGUARDED',
    /ext_authz"\]$/,
    (d) => {
      route(d).typed_per_filter_config['envoy.filters.http.ext_authz'] = ROUTE_OFF;
    },
  ],
  [
    'a route without, wrapped',
    'ROUTE_UNGUARDED',
    /ext_authz"\]$/,
    (d) => {
      const wrapped = { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', disabled: true };
      route(d).typed_per_filter_config['envoy.filters.http.ext_authz'] = wrapped;
    },
  ],
  [
    'a weighted cluster without',
    'ROUTE_UNGUARDED',
    /clusters\[0\]/,
    (d) => {
      const off = { 'envoy.filters.http.ext_authz': ROUTE_OFF };
      route(d).route = {
        weighted_clusters: { clusters: [{ name: 'a', weight: 1, typed_per_filter_config: off }] },
      };
    },
  ],
  [
    'half of the requests',
    'GUARD_OFF',
    /filter_enabled/,
    (d) => {
      guard(d).filter_enabled = { default_value: { numerator: 50, denominator: 'HUNDRED' } };
    },
  ],
  [
    'requests by metadata',
    'GUARD_OFF',
    /metadata$/,
    (d) => {
      guard(d).filter_enabled_metadata = { filter: 'x' };
    },
  ],
  [
    'open',
    'FAIL_OPEN',
    /failure_mode_allow$/,
    (d) => {
      guard(d).failure_mode_allow = true;
    },
  ],
  [
    'shadow',
    'SHADOW',
    /shadow_mode$/,
    (d) => {
      guard(d).shadow_mode = true;
    },
  ],
  [
    'no declaration and open',
    'FAIL_OPEN',
    /failure_mode_allow$/,
    (d) => {
      delete route(d).metadata;
      delete host(d).metadata;
      guard(d).failure_mode_allow = true;
    },
  ],
  [
    'asked in plain HTTP',
    'NOT_GRPC',
    /http_service$/,
    (d) => {
      delete guard(d).grpc_service;
      guard(d).http_service = { server_uri: { uri: 'http://x', cluster: 'sluice', timeout: '1s' } };
    },
  ],
  [
    'asked by google_grpc',
    'GOOGLE_GRPC',
    /google_grpc$/,
    (d) => {
      guard(d).grpc_service = { google_grpc: { target_uri: 'unix:/run/sluice.sock' }, timeout: '0.5s' };
    },
  ],
  [
    'headers as text',
    'RAW_HEADERS',
    /typed_config$/,
    (d) => {
      delete guard(d).encode_raw_headers;
    },
  ],
  [
    'some headers only',
    'HEADERS_WITHHELD',
    /allowed_headers$/,
    (d) => {
      guard(d).allowed_headers = { patterns: [{ exact: 'a' }] };
    },
  ],
  [
    'all but some headers',
    'HEADERS_WITHHELD',
    /disallowed_headers$/,
    (d) => {
      guard(d).disallowed_headers = { patterns: [] };
    },
  ],
  [
    'no bodies',
    'BODY_NOT_SENT',
    /with_request_body$/,
    (d) => {
      delete guard(d).with_request_body;
    },
  ],
  [
    'no bodies on a route',
    'BODY_NOT_SENT',
    /buffering$/,
    (d) => {
      settings(d).disable_request_body_buffering = true;
    },
  ],
  [
    'bodies as text',
    'BODY_AS_TEXT',
    /with_request_body$/,
    (d) => {
      guard(d).with_request_body.pack_as_bytes = false;
    },
  ],
  [
    'the beginning of bodies',
    'BODY_PARTIAL',
    /allow_partial_message$/,
    (d) => {
      guard(d).with_request_body.allow_partial_message = true;
    },
  ],
  [
    'the beginning of bodies on a route',
    'BODY_PARTIAL',
    /check_settings\.with_request_body/,
    (d) => {
      settings(d).with_request_body = {
        max_request_bytes: 1_048_576,
        allow_partial_message: true,
        pack_as_bytes: true,
      };
    },
  ],
  [
    'bodies beyond a message',
    'BODY_OVER_MESSAGE',
    /max_request_bytes$/,
    (d) => {
      guard(d).with_request_body.max_request_bytes = 33_554_432;
      settings(d).context_extensions['sluice.max_request_bytes'] = '33554432';
    },
  ],
  [
    'another limit than is told',
    'BODY_LIMIT_UNTOLD',
    /routes\[0\]$/,
    (d) => {
      guard(d).with_request_body.max_request_bytes = 9_000;
    },
  ],
  [
    'no policy',
    'POLICY_UNNAMED',
    /routes\[0\]$/,
    (d) => {
      delete settings(d).context_extensions['sluice.policy'];
      delete host(d).typed_per_filter_config;
    },
  ],
  [
    "Envoy's own time-out",
    'VERDICT_TIME',
    /timeout$/,
    (d) => {
      delete guard(d).grpc_service.timeout;
    },
  ],
  [
    'no time-out',
    'VERDICT_TIME',
    /timeout$/,
    (d) => {
      guard(d).grpc_service.timeout = '0s';
    },
  ],
  [
    'less time than the server has',
    'VERDICT_TIME',
    /timeout$/,
    (d) => {
      guard(d).grpc_service.timeout = '0.050s';
    },
  ],
  [
    'a route that is chosen again',
    'ROUTE_CACHE',
    /clear_route_cache$/,
    (d) => {
      guard(d).clear_route_cache = true;
    },
  ],
  [
    'a filter behind',
    'GUARD_NOT_LAST',
    /http_filters\[1\]$/,
    (d) => manager(d).http_filters.splice(1, 0, LUA),
  ],
  [
    'another cluster',
    'CLUSTER_UNKNOWN',
    /^clusters$/,
    (d) => {
      guard(d).grpc_service.envoy_grpc.cluster_name = 'sluice-2';
    },
  ],
  [
    'HTTP/1 to Sluice',
    'CLUSTER_NOT_HTTP2',
    /clusters\[0\]$/,
    (d) => {
      delete cluster(d).typed_extension_protocol_options;
    },
  ],
  [
    "Envoy's own limits",
    'CIRCUIT_BREAKERS',
    /circuit_breakers$/,
    (d) => {
      delete cluster(d).circuit_breakers;
    },
  ],
  [
    'one low limit',
    'CIRCUIT_BREAKERS',
    /circuit_breakers$/,
    (d) => {
      delete cluster(d).circuit_breakers.thresholds[0].max_requests;
    },
  ],
  [
    'no outlier detection',
    'DEAD_PROCESS',
    /clusters\[0\]$/,
    (d) => {
      delete cluster(d).outlier_detection;
    },
  ],
  [
    'no health checks',
    'DEAD_PROCESS',
    /clusters\[0\]$/,
    (d) => {
      cluster(d).health_checks = [];
    },
  ],
  [
    'paths as sent',
    'PATHS_DIFFER',
    /typed_config$/,
    (d) => {
      manager(d).normalize_path = false;
    },
  ],
  [
    'double slashes',
    'PATHS_DIFFER',
    /typed_config$/,
    (d) => {
      delete manager(d).merge_slashes;
    },
  ],
  [
    'WebSockets',
    'UPGRADE',
    /upgrade_configs\[0\]$/,
    (d) => {
      manager(d).upgrade_configs = [{ upgrade_type: 'websocket' }];
    },
  ],
  [
    'WebSockets of their own',
    'UPGRADE_UNGUARDED',
    /upgrade_configs\[0\]$/,
    (d) => {
      manager(d).upgrade_configs = [{ upgrade_type: 'websocket', filters: [manager(d).http_filters.at(-1)] }];
    },
  ],
  [
    'CONNECT',
    'CONNECT',
    /upgrade_configs\[0\]$/,
    (d) => {
      manager(d).upgrade_configs = [{ upgrade_type: 'CONNECT' }];
    },
  ],
  [
    'a route for CONNECT',
    'CONNECT',
    /connect_matcher$/,
    (d) => {
      route(d).match = { connect_matcher: {} };
    },
  ],
  [
    'an address that clients choose',
    'CLIENT_FORGED',
    /use_remote_address$/,
    (d) => {
      delete manager(d).use_remote_address;
    },
  ],
  [
    'slow headers',
    'SLOW_CLIENTS',
    /typed_config$/,
    (d) => {
      delete manager(d).request_headers_timeout;
    },
  ],
  [
    'slow bodies',
    'SLOW_CLIENTS',
    /typed_config$/,
    (d) => {
      manager(d).request_timeout = '0s';
    },
  ],
  [
    'more headers than are read',
    'HEADER_LINES',
    /max_headers_count$/,
    (d) => {
      manager(d).common_http_protocol_options.max_headers_count = 5_000;
    },
  ],
  [
    'sniffing',
    'SNIFFING',
    /filter_chains\[1\]$/,
    (d) => {
      listener(d).listener_filters = [
        { name: 'i', typed_config: { '@type': 'type.googleapis.com/envoy…v3.HttpInspector' } },
      ];
      listener(d).filter_chains[0].filter_chain_match = { application_protocols: ['http/1.1'] };
      listener(d).filter_chains.push(TCP_CHAIN);
    },
  ],
  [
    'TLS past',
    'TLS_BY',
    /filter_chains\[1\]$/,
    (d) => {
      listener(d).filter_chains.push({ ...TCP_CHAIN, filter_chain_match: { transport_protocol: 'tls' } });
    },
  ],
  [
    'a chain past',
    'CHAIN_BY',
    /default_filter_chain$/,
    (d) => {
      listener(d).default_filter_chain = TCP_CHAIN;
    },
  ],
  [
    'a listener of its own',
    'TCP_LISTENER',
    /listeners\[1\]$/,
    (d) => {
      d.static_resources.listeners.push({ name: 'tcp', filter_chains: [TCP_CHAIN] });
    },
  ],
  [
    'a destination that clients choose',
    'DESTINATION_FORGED',
    /use_http_header$/,
    (d) => {
      d.static_resources.clusters[1].original_dst_lb_config = { use_http_header: true };
    },
  ],
  [
    'an admin for everybody',
    'ADMIN_OPEN',
    /address$/,
    (d) => {
      d.admin.address.socket_address.address = '0.0.0.0';
    },
  ],
  [
    'routes from elsewhere',
    'UNSEEN',
    /typed_config$/,
    (d) => {
      delete manager(d).route_config;
      manager(d).rds = { route_config_name: 'shop' };
    },
  ],
  [
    'a filter from elsewhere',
    'UNSEEN',
    /http_filters\[0\]$/,
    (d) => {
      manager(d).http_filters.unshift({ name: 'x', config_discovery: {} });
    },
  ],
];

describe('a proxy in Block that has been changed:', () => {
  it.each(BROKEN)('%s is %s', (_, code, place, change) => {
    const document = proxy();
    change(document);
    const { findings } = diagnose(document);
    expect(findings.map((one) => one.code)).toEqual([code]);
    expect(findings[0]?.place).toMatch(place);
    expect(`${findings[0]?.message}${findings[0]?.remedy}`).not.toMatch(/\{(?!mode: Block)\w+\}(?!\))/);
  });
});

it('every finding can be found', () => {
  const tested = new Set<string>([
    ...BROKEN.map(([, code]) => code),
    ...BROKEN_STREAMS.map(([, code]) => code),
    'DETECT_REFUSES',
    'HEADERS_FIRST',
    'VERSION',
  ]);
  expect(Object.keys(FINDINGS).filter((code) => !tested.has(code))).toEqual([]);
});

describe('a matcher of ports that leads round the WAF:', () => {
  const TCP = { name: 'past', ...TCP_CHAIN };
  const chosen = (name: string): Loose => ({
    action: {
      name,
      typed_config: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: name },
    },
  });
  const matcherOf = (document: Loose): Loose => listener(document).filter_chain_matcher;
  const mapOf = (document: Loose): Loose => matcherOf(document).matcher_tree.exact_match_map.map;
  /** By what is seen of it, without a chain for what was not seen. */
  const seen = (to: Loose): Loose => ({
    matcher: {
      matcher_tree: {
        input: {
          name: 'seen',
          typed_config: { '@type': 'type.googleapis.com/x.v3.ApplicationProtocolInput' },
        },
        exact_match_map: { map: { "'http/1.1'": to } },
      },
    },
  });
  const CASES: readonly (readonly [string, FindingCode, (document: Loose) => void])[] = [
    [
      'other ports to a chain without a filter',
      'NO_GUARD',
      (d) => {
        const chain = structuredClone(listener(d).filter_chains[0]);
        chain.filters[0].typed_config.http_filters = [];
        listener(d).filter_chains.push({ ...chain, name: 'other' });
        matcherOf(d).on_no_match = chosen('other');
      },
    ],
    [
      'what a port does not take, to a chain that is none of HTTP',
      'SNIFFING',
      (d) => {
        listener(d).filter_chains.push(TCP);
        matcherOf(d).on_no_match = chosen('past');
        mapOf(d)['8080'] = seen(mapOf(d)['8080']);
      },
    ],
    [
      'what a port does not take, to the default',
      'SNIFFING',
      (d) => {
        listener(d).default_filter_chain = TCP;
        mapOf(d)['8080'] = seen(mapOf(d)['8080']);
      },
    ],
    [
      'what a matcher below one of a port does not take, to the default',
      'SNIFFING',
      (d) => {
        listener(d).default_filter_chain = TCP;
        const own = mapOf(d)['8080'];
        mapOf(d)['8080'] = { matcher: { ...seen(own).matcher, on_no_match: seen(own) } };
      },
    ],
    [
      'by the beginning of a port',
      'SNIFFING',
      (d) => {
        listener(d).filter_chains.push(TCP);
        const { matcher_tree: tree } = matcherOf(d);
        tree.prefix_match_map = { map: { ...tree.exact_match_map.map, '80': chosen('past') } };
        delete tree.exact_match_map;
      },
    ],
  ];
  it.each(CASES)('%s', (_, code, change) => {
    const document = node({});
    change(document);
    expect(diagnose(document).findings.map((one) => one.code)).toContain(code);
  });
  it('is none where each port has a chain for all that comes, and others have the default', () => {
    const document = node({});
    listener(document).default_filter_chain = TCP;
    mapOf(document)['8080'] = {
      matcher: { ...seen(mapOf(document)['8080']).matcher, on_no_match: mapOf(document)['8080'] },
    };
    expect(diagnose(document).findings).toEqual([]);
  });
});
