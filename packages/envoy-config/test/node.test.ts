import { describe, expect, it } from 'vitest';
import {
  EnvoyConfigError,
  type InterceptedPod,
  type InterceptedPort,
  type Json,
  type NodeConfig,
  type NodeSettings,
  nodeConfig,
} from '../src/index.ts';
import { valuesOf } from './support/values.ts';

const SETTINGS: NodeSettings = {
  sluiceSockets: ['/run/sluice/0.sock'],
  redirectPort: 15_006,
  originalSourceMark: 0x5117,
};
const POD: InterceptedPod = {
  namespace: 'shop',
  name: 'web-1',
  uid: 'u1',
  networkNamespacePath: '/var/run/netns/one',
  ports: [{ number: 8_080, protocol: 'http' }],
  policy: 'shop',
  mode: 'Block',
  unavailable: 'Closed',
  ipFamilies: ['IPv4', 'IPv6'],
};
const TLS = { certificateChainPath: '/k/tls.crt', privateKeyPath: '/k/tls.key' };

const of = (change: Partial<InterceptedPod>) =>
  nodeConfig({ settings: SETTINGS, pods: [{ ...POD, ...change }] });
const withPort = (port: InterceptedPort, mode: InterceptedPod['mode'] = 'Block') =>
  of({ ports: [port], mode });

/** Chains of a port, of all pods and families. */
const chainsOf = ({ listeners }: NodeConfig, port: number) =>
  listeners.flatMap(({ filter_chains }) =>
    filter_chains.filter(({ name }) => name.startsWith(`port/${port}/`)),
  );

/** What chains write into a header of each request, whatever the client sent there. */
const written = (name: string, chains: unknown): string[] =>
  valuesOf('append', chains).flatMap((append) => {
    const { header, append_action: action } = Object(append);
    return header.key === name && action === 'OVERWRITE_IF_EXISTS_OR_ADD' ? [String(header.value)] : [];
  });

describe('a pod', () => {
  const { listeners, clusters, routes } = of({});

  it('has a listener for each IP family, inside its own network namespace', () => {
    expect(listeners).toMatchObject([
      {
        name: 'pod/u1/IPv4',
        address: {
          socket_address: {
            address: '0.0.0.0',
            port_value: 15_006,
            network_namespace_filepath: '/var/run/netns/one',
          },
        },
      },
      {
        name: 'pod/u1/IPv6',
        address: {
          socket_address: {
            address: '::',
            port_value: 15_006,
            network_namespace_filepath: '/var/run/netns/one',
          },
        },
      },
    ]);
  });

  it('is asked from inside the same namespace, at the address that the client asked for', () => {
    expect(clusters.map(({ name, type }) => [name, type])).toEqual([
      ['sluice', 'STATIC'],
      ['pod/u1/IPv4/plain', 'ORIGINAL_DST'],
      ['pod/u1/IPv6/plain', 'ORIGINAL_DST'],
    ]);
    expect(valuesOf('source_address', clusters)).toEqual([
      { address: '0.0.0.0', port_value: 0, network_namespace_filepath: '/var/run/netns/one' },
      { address: '::', port_value: 0, network_namespace_filepath: '/var/run/netns/one' },
    ]);
  });

  it('sees its client: addresses are kept, and nothing is written into the request', () => {
    expect(valuesOf('mark', listeners)).toEqual([0x5117, 0x5117]);
    const [manager] = valuesOf('typed_config', valuesOf('filters', listeners));
    expect(manager).toMatchObject({
      use_remote_address: false,
      skip_xff_append: true,
      generate_request_id: false,
      preserve_external_request_id: true,
    });
    // Of what clients might steer Envoy by, all that makes it repeat a request.
    expect(valuesOf('remove', listeners[0])).toEqual(
      expect.arrayContaining(['x-envoy-retry-on', 'x-envoy-max-retries']),
    );
  });

  it('cannot have its client choose the policy or the request id', () => {
    const told = valuesOf('context_extensions', routes);
    expect(told.length).toBeGreaterThan(0);
    expect(new Set(told.map((each) => JSON.stringify(each)))).toEqual(
      new Set([
        JSON.stringify({
          'sluice.policy': 'shop',
          'sluice.max_request_bytes': '1048576',
          'sluice.request_id': 'own',
        }),
      ]),
    );
  });
});

describe('a change of its policy', () => {
  const POLICIES: readonly Partial<InterceptedPod>[] = [
    { mode: 'Detect' },
    { mode: 'Off' },
    { unavailable: 'Open' },
    { policy: 'other' },
    { dataPath: 'ext_proc', responses: true },
    { released: true },
  ];
  const parts = (change: Partial<InterceptedPod>) => {
    const [listener = { name: '', filter_chains: [] }] = of(change).listeners;
    const { filter_chains, filter_chain_matcher: _, default_filter_chain: __, ...rest } = listener;
    return { rest, chains: new Map(filter_chains.map((chain) => [chain.name, chain])) };
  };

  it.each(POLICIES)('to %o leaves alone for what Envoy would drain a listener', (change) => {
    expect(parts(change).rest).toEqual(parts({}).rest);
  });
  it('keeps a chain the same where it has the same name', () => {
    for (const change of POLICIES) {
      for (const [name, chain] of parts(change).chains)
        expect(parts({}).chains.get(name) ?? chain).toEqual(chain);
    }
    expect([...parts({ mode: 'Detect' }).chains.keys()]).toEqual(['port/8080/Open', 'uninspected/8080']);
  });
  it('says of each way that connections were made by what holds now', () => {
    const tables = (change: Partial<InterceptedPod>) => of(change).routes.map(({ table }) => table);
    expect(tables({}).map(({ name }) => name)).toEqual(tables({ mode: 'Detect' }).map(({ name }) => name));
    const byName = new Map(tables({}).map((table) => [table.name, JSON.stringify(table)]));
    const [open, normalised] = ['Open', 'Normalised'].map((how) => byName.get(`destinations/${how}`));
    // Who was there before is judged as everybody, is asked to leave, and has no path resolved for him.
    for (const said of ['"direct_response"', 'sluice.leave']) {
      expect(open).toContain(said);
      expect(normalised).not.toContain(said);
    }
  });
  it('that takes it away asks nobody about what is still connected', () => {
    const { routes } = of({ released: true });
    expect(valuesOf('context_extensions', routes)).toEqual([]);
    expect(valuesOf('overrides', routes)).toEqual([]);
    expect(JSON.stringify(routes)).toContain('sluice.leave');
  });
});

describe('tables of routes', () => {
  const pods = (count: number, change: (at: number) => Partial<InterceptedPod> = () => ({})) =>
    Array.from({ length: count }, (_, at) => ({
      ...POD,
      ...{ uid: `u${at}`, networkNamespacePath: `/var/run/netns/${at}` },
      ...change(at),
    }));
  const config = (all: readonly InterceptedPod[]) => nodeConfig({ settings: SETTINGS, pods: all });

  it('are as many as there are ways to read requests, however many ports: Envoy takes an inotify instance for each', () => {
    const { routes, listeners } = config(pods(300, (at) => ({ policy: `p${at}`, ports: PORTS })));
    expect(routes.map(({ file }) => file).sort()).toEqual([
      'routes/AsSent.json',
      'routes/Normalised.json',
      'routes/Open.json',
      'routes/Strict.json',
    ]);
    const asked = new Set(valuesOf('path', valuesOf('path_config_source', listeners)));
    expect(asked).toEqual(
      new Set(['./routes/Normalised.json', './routes/Open.json', './routes/Strict.json']),
    );
  });
  const PORTS: InterceptedPod['ports'] = [
    { number: 80, protocol: 'http' },
    { number: 81, protocol: 'http', paths: 'Strict' },
    { number: 82, protocol: 'h2c', policy: { name: 'own', mode: 'Detect', unavailable: 'Open' } },
  ];
  it('share what is the same for several ports', () => {
    const { routes } = config(pods(50, (at) => ({ policy: at < 49 ? 'shop' : 'other' })));
    for (const { table } of routes) {
      expect(table.virtual_hosts.map(({ domains }) => domains.length)).toEqual([98, 2]);
      expect(new Set(table.virtual_hosts.flatMap(({ domains }) => domains)).size).toBe(100);
    }
  });
  it('have every port in each, so that one that is new to a table finds itself there', () => {
    const made = config(pods(3, (at) => ({ ports: PORTS, mode: at === 1 ? 'Detect' : 'Block' })));
    const hosts = written('x-sluice-destination', made.listeners).sort();
    expect(new Set(hosts).size).toBe(18);
    for (const { table } of made.routes)
      expect(table.virtual_hosts.flatMap(({ domains }) => domains).sort()).toEqual(hosts);
  });
  it('lead each port to its own workload, by headers that no client can choose', () => {
    const made = config(pods(2));
    const clusters = made.clusters.map(({ name }) => name);
    expect(new Set(written('x-sluice-cluster', made.listeners)).size).toBe(4);
    expect(clusters).toEqual(expect.arrayContaining(written('x-sluice-cluster', made.listeners)));
    for (const { table } of made.routes) {
      expect(table.vhost_header).toBe('x-sluice-destination');
      expect(valuesOf('cluster', table)).toEqual([]);
      expect(new Set(valuesOf('cluster_header', table))).toEqual(new Set(['x-sluice-cluster']));
      // The workload sees neither.
      for (const { request_headers_to_remove: removed } of table.virtual_hosts)
        expect(removed).toEqual(expect.arrayContaining(['x-sluice-destination', 'x-sluice-cluster']));
    }
  });
});

describe('Block', () => {
  it('chooses by nothing that a client sends first, and refuses what has no chain', () => {
    const [listener] = of({}).listeners;
    expect(JSON.stringify(listener)).not.toMatch(/tcp_proxy|ApplicationProtocolInput|application_protocols/);
    expect(listener).toMatchObject({
      default_filter_chain: { filters: [{ name: 'envoy.filters.network.direct_response' }] },
    });
  });
  it('parses what is declared as HTTP, and as HTTP/2 alone where that is declared', () => {
    expect(valuesOf('codec_type', withPort({ number: 80, protocol: 'http' }).listeners[0])).toEqual(['AUTO']);
    expect(valuesOf('codec_type', withPort({ number: 80, protocol: 'h2c' }).listeners[0])).toEqual(['HTTP2']);
  });
});

describe('Detect', () => {
  it('lets through what is no HTTP, so that nothing changes', () => {
    const [listener] = of({ mode: 'Detect' }).listeners;
    const [seen] = valuesOf('matcher', valuesOf('filter_chain_matcher', listener));
    expect(valuesOf('map', seen).flatMap((map) => Object.keys(Object(map)))).toEqual([
      "'http/1.0'",
      "'http/1.1'",
      "'h2c'",
    ]);
    expect(JSON.stringify(valuesOf('on_no_match', seen))).toContain('uninspected/8080');
    expect(listener).toMatchObject({
      continue_on_listener_filters_timeout: true,
      default_filter_chain: { filters: [{ typed_config: { cluster: 'pod/u1/IPv4/plain' } }] },
    });
  });
  it('leaves paths as they were sent, whatever the port says', () => {
    const port = { number: 80, protocol: 'http', paths: 'Strict' } as const;
    expect(valuesOf('normalize_path', withPort(port, 'Detect').listeners[0])).toEqual([false]);
    expect(valuesOf('path_with_escaped_slashes_action', withPort(port).listeners[0])).toEqual([
      'REJECT_REQUEST',
    ]);
  });
  it('knows WebSockets that nobody declared; Block knows those that somebody did', () => {
    const port = { number: 80, protocol: 'http' } as const;
    const allowed = ({ routes }: NodeConfig) =>
      new Set(valuesOf('upgrade_configs', routes).flatMap((configs) => valuesOf('enabled', configs)));
    expect(allowed(withPort(port, 'Detect'))).toEqual(new Set([true]));
    expect(allowed(withPort(port))).toEqual(new Set([false]));
    expect(allowed(withPort({ ...port, upgrades: ['websocket'] }))).toEqual(new Set([true]));
  });
});

describe('a port with a policy of its own', () => {
  const own = (mode: InterceptedPod['mode'], name = 'own') => ({ name, mode, unavailable: 'Open' }) as const;
  const ports = (mode: InterceptedPod['mode']): InterceptedPort[] => [
    { number: 80, protocol: 'http' },
    { number: 81, protocol: 'http', policy: own(mode) },
    { number: 25, protocol: 'tcp' },
    { number: 26, protocol: 'tcp', policy: own(mode) },
  ];
  const routesOf = (config: NodeConfig, port: number) => {
    const host = written('x-sluice-destination', chainsOf(config, port));
    return config.routes.flatMap(({ table }) =>
      table.virtual_hosts.filter(({ domains }) => host.some((one) => domains.includes(one))),
    );
  };
  const choice = (config: Json | undefined, port: number) =>
    JSON.stringify(valuesOf(String(port), valuesOf('map', valuesOf('filter_chain_matcher', config))));

  it('is asked about by that one’s name, and fails as that one says', () => {
    const config = of({ ports: ports('Block') });
    const named = (port: number) => new Set(valuesOf('sluice.policy', routesOf(config, port)));
    expect([named(80), named(81)]).toEqual([new Set(['shop']), new Set(['own'])]);
    const filters = (port: number) =>
      new Set(
        valuesOf('typed_per_filter_config', routesOf(config, port))
          .flatMap((each) => Object.entries(Object(each)))
          .flatMap(([name, own]) => (valuesOf('check_settings', own).length > 0 ? [name] : [])),
      );
    const guard = (how: string) => new Set([`envoy.filters.http.ext_authz${how}`]);
    expect([filters(80), filters(81)]).toEqual([guard(''), guard('.open')]);
  });

  it('that detects lets through what is no HTTP; the others of the pod refuse it, whatever was seen of theirs', () => {
    const { listeners, ports: outcomes } = of({ ports: ports('Detect') });
    const [listener] = listeners;
    expect(outcomes.map(({ port, state }) => [port, state])).toEqual([
      [80, 'Inspected'],
      [81, 'Inspected'],
      [25, 'Refused'],
      [26, 'NotInspected'],
    ]);
    expect(choice(listener, 80)).not.toMatch(/ApplicationProtocolInput|uninspected/);
    expect(choice(listener, 81)).toMatch(/ApplicationProtocolInput.*uninspected\/81/);
    expect(
      valuesOf('name', valuesOf('filter_chains', listener)).filter((name) => name === 'uninspected/80'),
    ).toEqual([]);
    expect(JSON.stringify(valuesOf('default_filter_chain', listener))).toContain('direct_response');
  });

  it('that blocks refuses what is no HTTP in a pod that detects', () => {
    const { listeners, ports: outcomes } = of({ mode: 'Detect', ports: ports('Block') });
    const [listener] = listeners;
    expect(outcomes.map(({ state }) => state)).toEqual(['Inspected', 'Inspected', 'NotInspected', 'Refused']);
    expect(choice(listener, 81)).not.toMatch(/ApplicationProtocolInput|uninspected/);
    expect(choice(listener, 80)).toMatch(/ApplicationProtocolInput.*uninspected\/80/);
    expect(JSON.stringify(valuesOf('default_filter_chain', listener))).toContain('direct_response');
  });

  it('looks at the first bytes only where HTTP is declared', () => {
    const ranges = [25, 26].map((port) => ({ destination_port_range: { start: port, end: port + 1 } }));
    for (const mode of ['Detect', 'Block'] as const) {
      const [listener] = of({ ports: ports(mode) }).listeners;
      expect(valuesOf('filter_disabled', listener)).toEqual([{ or_match: { rules: ranges } }]);
    }
  });

  it('changes nothing where it says what the pod says', () => {
    const same = { name: 'shop', mode: 'Block', unavailable: 'Closed' } as const;
    const with_ = (policy: object) => of({ ports: [{ number: 80, protocol: 'http', ...policy }] });
    expect(JSON.stringify(with_({ policy: same }))).toBe(JSON.stringify(with_({})));
  });
});

describe('where Sluice does not answer', () => {
  it.each([
    ['Block', 'Closed', false],
    ['Block', 'Open', true],
    ['Detect', 'Closed', true],
    ['Detect', 'Open', true],
    ['Off', 'Closed', true],
  ] as const)('%s with unavailable %s lets through: %s', (mode, unavailable, open) => {
    const asked = { mode, unavailable, dataPath: 'ext_proc' } as const;
    expect(new Set(valuesOf('failure_mode_allow', of(asked).routes))).toEqual(new Set([open]));
    const { listeners, routes } = of({ mode, unavailable });
    const filters = valuesOf('http_filters', listeners[0]).flat();
    const on = valuesOf('typed_per_filter_config', routes)
      .flatMap((each) => Object.entries(Object(each)))
      .flatMap(([name, own]) => (valuesOf('check_settings', own).length > 0 ? [name] : []));
    const used = filters.filter((filter) => on.includes(String(valuesOf('name', filter)[0])));
    expect(used.flatMap((filter) => valuesOf('failure_mode_allow', filter))).toEqual([open]);
  });
});

describe('a port becomes', () => {
  it.each<[string, InterceptedPort, InterceptedPod['mode'], string, string | null]>([
    ['HTTP', { number: 80, protocol: 'http' }, 'Block', 'Inspected', null],
    ['HTTP/2', { number: 80, protocol: 'h2c' }, 'Block', 'Inspected', null],
    ['TLS with a key', { number: 443, protocol: 'tls', tls: TLS }, 'Block', 'Inspected', null],
    ['TLS without', { number: 443, protocol: 'tls' }, 'Block', 'Refused', 'TlsWithoutKey'],
    [
      'TLS without, allowed',
      { number: 443, protocol: 'tls', uninspected: 'Allow' },
      'Block',
      'NotInspected',
      'TlsWithoutKey',
    ],
    ['TLS without, in Detect', { number: 443, protocol: 'tls' }, 'Detect', 'NotInspected', 'TlsWithoutKey'],
    ['TCP', { number: 25, protocol: 'tcp' }, 'Block', 'Refused', 'NotHttp'],
    [
      'TCP, allowed',
      { number: 25, protocol: 'tcp', uninspected: 'Allow' },
      'Block',
      'NotInspected',
      'NotHttp',
    ],
    [
      'TCP, in Detect, refused',
      { number: 25, protocol: 'tcp', uninspected: 'Refuse' },
      'Detect',
      'NotInspected',
      'NotHttp',
    ],
  ])('%s', (_, port, mode, state, reason) => {
    expect(withPort(port, mode).ports).toEqual([{ pod: 'u1', port: port.number, state, reason }]);
  });
  it('nothing that Envoy hears of where it is not inspected', () => {
    const { listeners, clusters } = withPort({ number: 25, protocol: 'tcp', uninspected: 'Allow' });
    expect(listeners).toEqual([]);
    expect(clusters.map(({ name }) => name)).toEqual(['sluice']);
  });
  it('TLS on both sides where it is terminated', () => {
    const { listeners, clusters } = withPort({ number: 443, protocol: 'tls', tls: TLS });
    expect(valuesOf('private_key', listeners[0])).toEqual([{ filename: '/k/tls.key' }]);
    expect(valuesOf('transport_socket', clusters[1])).toHaveLength(1);
  });
});

describe('what cannot be is refused, with its place:', () => {
  it.each<[string, string, Partial<InterceptedPod>]>([
    ['a port twice', 'shop/web-1', { ports: [...POD.ports, ...POD.ports] }],
    ['a port beyond all ports', '70000', { ports: [{ number: 70_000, protocol: 'http' }] }],
    ['a key for what is no TLS', '80', { ports: [{ number: 80, protocol: 'http', tls: TLS }] }],
    ['no family', 'shop/web-1', { ipFamilies: [] }],
    ['a family twice', 'shop/web-1', { ipFamilies: ['IPv4', 'IPv4'] }],
    ['no policy', 'shop/web-1', { policy: '' }],
    ['a uid that no header takes', 'shop/web-1', { uid: 'a\nb' }],
    ['a policy that is no text', 'no text', { policy: '\ud800' }],
    [
      'a policy of a port that is no text',
      'no text',
      {
        ports: [
          { number: 80, protocol: 'http', policy: { name: '\ud800', mode: 'Block', unavailable: 'Open' } },
        ],
      },
    ],
    [
      'an upgrade that Envoy would have twice',
      'WebSocket',
      { ports: [{ number: 80, protocol: 'http', upgrades: ['WebSocket'] }] },
    ],
    [
      'an upgrade that is no token',
      'upgrade',
      { ports: [{ number: 80, protocol: 'http', upgrades: ['a\nb'] }] },
    ],
    [
      'no policy of a port',
      'policy of 80',
      { ports: [{ number: 80, protocol: 'http', policy: { name: '', mode: 'Block', unavailable: 'Open' } }] },
    ],
    ['a relative path', 'networkNamespacePath', { networkNamespacePath: 'netns/one' }],
  ])('%s', (_, place, change) => {
    expect(() => of(change)).toThrow(EnvoyConfigError);
    expect(() => of(change)).toThrow(place);
  });
  it.each<[string, Partial<NodeSettings>]>([
    ['no socket', { sluiceSockets: [] }],
    ['no mark', { originalSourceMark: 0 }],
    ['a proxy that is no range', { trustedProxies: ['10.0.0.1'] }],
    ['a range that is too long', { trustedProxies: ['10.0.0.0/33'] }],
  ])('%s', (_, change) => {
    expect(() => nodeConfig({ settings: { ...SETTINGS, ...change }, pods: [POD] })).toThrow(EnvoyConfigError);
  });
  it.each([
    ['uid', { networkNamespacePath: '/other' }],
    ['network namespace', { uid: 'u2' }],
  ])('two pods with one %s', (_, change) => {
    const pods = [POD, { ...POD, ...change }];
    expect(() => nodeConfig({ settings: SETTINGS, pods })).toThrow('another pod');
  });
});

it('gives the same bytes for the same table', () => {
  expect(JSON.stringify(of({}))).toBe(JSON.stringify(of({})));
});
