/** What the generator writes is sound, and the doctor is total and leaves alone what is not its own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnose, FINDINGS, nodeBootstrap, nodeConfig } from '../src/index.ts';
import {
  ALL,
  codes,
  guard,
  type Loose,
  listener,
  manager,
  node,
  POD,
  proxy,
  route,
  settings,
} from './support/documents.ts';
import { valuesOf } from './support/values.ts';

describe('what sluice envoy config writes has no finding:', () => {
  it.each(ALL)('a proxy in $mode, $unavailable', (policy) => {
    expect(diagnose(proxy(policy)).findings).toEqual([]);
  });
  it.each(ALL)('a pod in $mode, $unavailable', (policy) => {
    expect(diagnose(node(policy)).findings).toEqual([]);
  });
  it.each(ALL)('a pod whose ports have policies of their own beside $mode, $unavailable', (policy) => {
    const ports = ALL.map((own, index) => ({
      number: 80 + index,
      protocol: 'http' as const,
      policy: { name: `p${index}`, ...own },
    }));
    expect(diagnose(node({ ...policy, ports })).findings).toEqual([]);
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

describe('routes that several connection managers share', () => {
  const shared = (): Loose => {
    const settings = { sluiceSockets: ['/s'], redirectPort: 15_006, originalSourceMark: 7 };
    const pods = (['Block', 'Detect'] as const).map((mode) => ({
      ...{ ...POD, mode, uid: mode, networkNamespacePath: `/netns/${mode}` },
    }));
    const { listeners, clusters, routes } = nodeConfig({ settings, pods });
    const kinds = { listener: listeners, cluster: clusters, route: routes.map(({ table }) => table) };
    const of = (kind: string, all: readonly object[]): object[] =>
      all.map((one) => ({ '@type': `type.googleapis.com/envoy.config.${kind}.v3.${NAMES[kind]}`, ...one }));
    return structuredClone({ resources: Object.entries(kinds).flatMap(([kind, all]) => of(kind, all)) });
  };
  const NAMES: Readonly<Record<string, string>> = {
    ...{ listener: 'Listener', cluster: 'Cluster', route: 'RouteConfiguration' },
  };
  const each = (document: Loose, change: (mutation: Loose) => void): void => {
    for (const mutation of valuesOf('mutations', document).flat()) change(mutation);
  };

  it('are read for each as it finds them: what one pod detects is no way round what another blocks', () => {
    expect(codes(shared())).toEqual([]);
  });
  it('are all read for one whose client may choose among them', () => {
    const document = shared();
    each(document, (mutation) => {
      if (mutation.append?.header.key === 'x-sluice-destination')
        mutation.append.append_action = 'ADD_IF_ABSENT';
    });
    expect(new Set(codes(document))).toEqual(new Set(['SNIFFING', 'PATHS_DIFFER', 'SLOW_CLIENTS']));
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

/** In the manner of WAFs that sniff on the node: found in the field, written anew. */
it('a node that sniffs, asks with the beginning of bodies and lets TLS by is told all of it', () => {
  const any = (message: string, fields: object = {}) => ({
    typed_config: { '@type': `type.googleapis.com/envoy.x.v3.${message}`, ...fields },
  });
  const http = {
    filter_chain_match: { application_protocols: ['http/1.0', 'http/1.1'] },
    filters: [
      any('HttpConnectionManager', {
        http_filters: [
          any('ExtAuthz', {
            grpc_service: { google_grpc: { target_uri: 'unix:///var/run/waf.sock' }, timeout: '0.5s' },
            with_request_body: { max_request_bytes: 9_000, allow_partial_message: true },
          }),
          any('Router'),
        ],
        route_config: {
          virtual_hosts: [{ domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'o' } }] }],
        },
      }),
    ],
  };
  const document = {
    static_resources: {
      listeners: [
        {
          listener_filters: [any('TlsInspector'), any('HttpInspector'), any('OriginalDst')],
          filter_chains: [
            { filter_chain_match: { transport_protocol: 'tls' }, filters: [any('TcpProxy')] },
            http,
            { filters: [any('TcpProxy')] },
          ],
        },
      ],
      clusters: [{ name: 'o', type: 'ORIGINAL_DST' }],
    },
  };
  expect(codes(document).toSorted()).toEqual([
    'BODY_AS_TEXT',
    'BODY_LIMIT_UNTOLD',
    'BODY_PARTIAL',
    'CLIENT_FORGED',
    'GOOGLE_GRPC',
    'PATHS_DIFFER',
    'POLICY_UNNAMED',
    'RAW_HEADERS',
    'SLOW_CLIENTS',
    'SNIFFING',
    'TLS_BY',
  ]);
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
