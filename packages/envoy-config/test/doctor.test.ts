/** The generator's own output is sound, and each way to break it is found as what it is, once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  diagnose,
  FINDINGS,
  type FindingCode,
  type GuardPolicy,
  type InterceptedPod,
  nodeBootstrap,
  nodeConfig,
  proxyBootstrap,
} from '../src/index.ts';

/** JSON that may be reached into and changed: what a parser gives, whose form these tests know. */
type Loose = ReturnType<typeof JSON.parse>;

const SOCKETS = ['/run/sluice/0.sock', '/run/sluice/1.sock'];
const PLAIN = { host: '127.0.0.1', port: 8_080 };

const proxy = (policy: GuardPolicy = { mode: 'Block', unavailable: 'Closed' }, more: object = {}): Loose =>
  structuredClone(
    proxyBootstrap({
      listeners: [
        {
          name: 'shop',
          host: '0.0.0.0',
          port: 80,
          upstream: PLAIN,
          policy: { name: 'shop', ...policy },
          ...more,
        },
      ],
      sluiceSockets: SOCKETS,
    }),
  );

const POD: InterceptedPod = {
  namespace: 'shop',
  name: 'web-1',
  uid: 'u1',
  networkNamespacePath: '/var/run/netns/one',
  ports: [
    { number: 8_080, protocol: 'http', upgrades: ['websocket'] },
    { number: 8_081, protocol: 'h2c' },
    { number: 443, protocol: 'tls', tls: { certificateChainPath: '/c', privateKeyPath: '/k' } },
    { number: 3_306, protocol: 'tcp' },
  ],
  policy: 'shop',
  mode: 'Block',
  unavailable: 'Closed',
  ipFamilies: ['IPv4', 'IPv6'],
};

/** A node's resources as one document. */
function node(change: Partial<InterceptedPod>): Loose {
  const settings = { sluiceSockets: SOCKETS, redirectPort: 15_006, originalSourceMark: 7 };
  const { listeners, clusters } = nodeConfig({ settings, pods: [{ ...POD, ...change }] });
  return structuredClone({ static_resources: { listeners, clusters } });
}

const codes = (document: unknown): readonly FindingCode[] =>
  diagnose(document).findings.map(({ code }) => code);

const ALL: readonly GuardPolicy[] = (['Block', 'Detect', 'Off'] as const).flatMap((mode) =>
  (['Closed', 'Open'] as const).map((unavailable) => ({ mode, unavailable })),
);

describe('what sluice envoy config writes has no finding:', () => {
  it.each(ALL)('a proxy in $mode, $unavailable', (policy) => {
    expect(diagnose(proxy(policy)).findings).toEqual([]);
  });
  it.each(ALL)('a pod in $mode, $unavailable', (policy) => {
    expect(diagnose(node(policy)).findings).toEqual([]);
  });
  it('policies of all kinds on one listener', () => {
    const routes = ALL.map((policy, index) => ({
      prefix: `/${index}`,
      policy: { name: `p${index}`, ...policy },
    }));
    for (const policy of ALL) expect(diagnose(proxy(policy, { routes })).findings).toEqual([]);
  });
  it('fields in either spelling', () => {
    const camel = (value: Loose): Loose => {
      if (Array.isArray(value)) return value.map(camel);
      if (typeof value !== 'object' || value === null) return value;
      const spelled = (name: string) =>
        /^[a-z_]+$/.test(name) ? name.replace(/_(\w)/g, (_, c) => c.toUpperCase()) : name;
      return Object.fromEntries(Object.entries(value).map(([name, child]) => [spelled(name), camel(child)]));
    };
    expect(diagnose(camel(proxy())).findings).toEqual([]);
    expect(diagnose(camel(proxy())).listeners).toBe(1);
  });
  it('but for what comes from elsewhere', () => {
    const bootstrap = nodeBootstrap({ node: 'n', xdsDirectory: '/run/x', adminSocketPath: '/run/a' });
    expect(codes(bootstrap)).toEqual(['UNSEEN']);
  });
});

const listener = (document: Loose): Loose => document.static_resources.listeners[0];
const manager = (document: Loose): Loose => listener(document).filter_chains[0].filters[0].typed_config;
const guard = (document: Loose): Loose => manager(document).http_filters[0].typed_config;
const host = (document: Loose): Loose => manager(document).route_config.virtual_hosts[0];
const route = (document: Loose): Loose => host(document).routes.at(-1);
const settings = (document: Loose): Loose =>
  route(document).typed_per_filter_config['envoy.filters.http.ext_authz'].check_settings;
const cluster = (document: Loose): Loose => document.static_resources.clusters[0];
const TCP_CHAIN = {
  filters: [
    { name: 'tcp', typed_config: { '@type': 'type.googleapis.com/envoy…v3.TcpProxy', cluster: 'shop' } },
  ],
};
const LUA = { name: 'lua', typed_config: { '@type': 'type.googleapis.com/envoy…v3.Lua' } };
const ROUTE_OFF = { '@type': 'type.googleapis.com/envoy…v3.ExtAuthzPerRoute', disabled: true };

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

/** What Detect must not do. */
const VISIBLE: readonly (readonly [string, (document: Loose) => void])[] = [
  [
    'refuses while Sluice is away',
    (d) => {
      guard(d).failure_mode_allow = false;
    },
  ],
  [
    'refuses long bodies',
    (d) => {
      guard(d).with_request_body.allow_partial_message = false;
    },
  ],
];
it.each(VISIBLE)('Detect that %s is DETECT_REFUSES', (_, change) => {
  const document = proxy({ mode: 'Detect', unavailable: 'Closed' });
  change(document);
  expect(codes(document)).toEqual(['DETECT_REFUSES']);
});

describe('ext_proc', () => {
  const SOUND = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor',
    grpc_service: { envoy_grpc: { cluster_name: 'sluice' } },
    message_timeout: '2s',
    send_body_without_waiting_for_header_response: true,
    processing_mode: {
      request_header_mode: 'SEND',
      request_body_mode: 'STREAMED',
      request_trailer_mode: 'SEND',
    },
  };
  const processor = (change: (config: Loose, document: Loose) => void): readonly FindingCode[] => {
    const document = proxy();
    const config: Loose = structuredClone(SOUND);
    manager(document).http_filters[0] = { name: 'envoy.filters.http.ext_proc', typed_config: config };
    change(config, document);
    return codes(document);
  };
  it('as it should be has no finding', () => {
    expect(processor(() => undefined)).toEqual([]);
  });
  it.each<[FindingCode, string, (config: Loose, document: Loose) => void]>([
    [
      'FAIL_OPEN',
      'open',
      (c) => {
        c.failure_mode_allow = true;
      },
    ],
    [
      'FAIL_OPEN',
      'open on a route',
      (_, d) => {
        route(d).typed_per_filter_config = {
          'envoy.filters.http.ext_proc': { overrides: { failure_mode_allow: true } },
        };
      },
    ],
    [
      'ROUTE_UNGUARDED',
      'off on a route',
      (_, d) => {
        route(d).typed_per_filter_config = { 'envoy.filters.http.ext_proc': { disabled: true } };
      },
    ],
    [
      'HEADERS_FIRST',
      'headers before the body',
      (c) => {
        delete c.send_body_without_waiting_for_header_response;
      },
    ],
    [
      'BODY_NOT_SENT',
      'no bodies',
      (c) => {
        c.processing_mode.request_body_mode = 'NONE';
      },
    ],
    [
      'BODY_PARTIAL',
      'the beginning of bodies',
      (c) => {
        c.processing_mode.request_body_mode = 'BUFFERED_PARTIAL';
      },
    ],
    [
      'TRAILERS_UNSEEN',
      'no trailers',
      (c) => {
        delete c.processing_mode.request_trailer_mode;
      },
    ],
    [
      'HEADERS_WITHHELD',
      'no headers',
      (c) => {
        c.processing_mode.request_header_mode = 'SKIP';
      },
    ],
    [
      'HEADERS_WITHHELD',
      'some headers',
      (c) => {
        c.forward_rules = {};
      },
    ],
    [
      'SHADOW',
      'answers that do not count',
      (c) => {
        c.observability_mode = true;
      },
    ],
    [
      'SHADOW',
      'answers that cannot deny',
      (c) => {
        c.disable_immediate_response = true;
      },
    ],
    [
      'VERDICT_TIME',
      "Envoy's own time-out",
      (c) => {
        delete c.message_timeout;
      },
    ],
    [
      'UPGRADE_HANGS',
      'upgrades behind a buffer',
      (c, d) => {
        c.processing_mode.request_body_mode = 'BUFFERED';
        manager(d).upgrade_configs = [{ upgrade_type: 'websocket' }];
      },
    ],
  ])('%s: %s', (code, _, change) => {
    expect(processor(change)).toEqual([code]);
  });
});

describe('versions', () => {
  const found = (version: string) => diagnose(proxy(), { version }).findings.map(({ message }) => message);
  it.each([
    ['1.40.0', 0],
    ['1.41.2', 0],
    ['1.40.0-dev', 0],
    ['1.39.2', 2],
    ['1.38.9', 4],
    ['', 0],
  ])('%s has %i known bugs', (version, count) => {
    expect(found(version)).toHaveLength(count);
  });
});

it('what a dump holds back is no finding', () => {
  const document = proxy();
  settings(document).context_extensions['sluice.max_request_bytes'] = '[redacted]';
  expect(codes(document)).toEqual([]);
});

it('a second ext_authz filter, of somebody else, is left alone', () => {
  const document = proxy();
  const login = {
    '@type': 'type.googleapis.com/envoy…v3.ExtAuthz',
    grpc_service: { envoy_grpc: { cluster_name: 'login' } },
  };
  manager(document).http_filters.unshift({ name: 'login', typed_config: login });
  expect(codes(document)).toEqual([]);
});

it('every finding can be found', () => {
  const tested = new Set<string>([
    ...BROKEN.map(([, code]) => code),
    'DETECT_REFUSES',
    'HEADERS_FIRST',
    'TRAILERS_UNSEEN',
    'UPGRADE_HANGS',
    'VERSION',
  ]);
  expect(Object.keys(FINDINGS).filter((code) => !tested.has(code))).toEqual([]);
});

it.each([{}, [], null, 'text', { listeners: [] }])('%j is no configuration', (document) => {
  expect(() => diagnose(document)).toThrow(expect.objectContaining({ code: 'ENVOY_DOCUMENT' }));
});

it('is total: any JSON in any place gives findings, never a crash', () => {
  const places: ((document: Loose, value: unknown) => void)[] = [
    (d, value) => {
      d.static_resources = value;
      d.dynamic_resources = {};
    },
    (d, value) => {
      d.static_resources.listeners = [value];
    },
    (d, value) => {
      d.static_resources.clusters = value;
    },
    (d, value) => {
      listener(d).filter_chains = [value, { filters: value }];
    },
    (d, value) => {
      manager(d).http_filters = [value, { typed_config: value }];
    },
    (d, value) => {
      guard(d).with_request_body = value;
      guard(d).grpc_service = value;
    },
    (d, value) => {
      manager(d).route_config = { virtual_hosts: [value, { routes: [value] }] };
    },
    (d, value) => {
      route(d).typed_per_filter_config = value;
    },
  ];
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
      const document = proxy();
      place(document, value);
      for (const one of diagnose(document).findings) expect(FINDINGS).toHaveProperty(one.code);
    }),
  );
});
