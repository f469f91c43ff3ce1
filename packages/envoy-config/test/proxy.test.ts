import { describe, expect, it } from 'vitest';
import {
  ENVOY_CONFIG_ERRORS,
  type EnvoyConfigErrorCode,
  type EnvoyListener,
  type ProxyOptions,
  proxyBootstrap,
} from '../src/index.ts';
import { valuesOf } from './support/values.ts';

const LISTENER: EnvoyListener = {
  name: 'shop',
  host: '127.0.0.1',
  port: 0,
  upstream: { host: '127.0.0.1', port: 8080 },
  policy: { name: 'shop', mode: 'Block', unavailable: 'Closed' },
};
const OPTIONS: ProxyOptions = { listeners: [LISTENER], sluiceSockets: ['/run/sluice/0.sock'] };

const withPolicy = (mode: 'Off' | 'Detect' | 'Block', unavailable: 'Closed' | 'Open') =>
  proxyBootstrap({
    ...OPTIONS,
    listeners: [{ ...LISTENER, policy: { name: 'shop', mode, unavailable } }],
  });

describe('the bootstrap', () => {
  const bootstrap = proxyBootstrap(OPTIONS);

  it('lets Sluice and the workload see one path, and the request as it was sent otherwise', () => {
    const [manager] = valuesOf('typed_config', valuesOf('listeners', bootstrap));
    expect(manager).toMatchObject({
      normalize_path: true,
      merge_slashes: true,
      path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
      common_http_protocol_options: { headers_with_underscores_action: 'ALLOW' },
      http_protocol_options: { accept_http_10: true },
      use_remote_address: true,
    });
    expect(valuesOf('upgrade_configs', bootstrap)).toEqual([]);
  });

  it('has Sluice judge last before the router, with raw headers and whole bodies', () => {
    const [filters] = valuesOf('http_filters', bootstrap);
    expect(filters).toMatchObject([
      {
        name: 'envoy.filters.http.ext_authz',
        typed_config: {
          transport_api_version: 'V3',
          encode_raw_headers: true,
          with_request_body: {
            max_request_bytes: 1_048_576,
            allow_partial_message: false,
            pack_as_bytes: true,
          },
        },
      },
      { name: 'envoy.filters.http.router' },
    ]);
  });

  it('tells the policy and the limit of bodies to Sluice, for each route its own', () => {
    const admin = { name: 'admin', mode: 'Block', unavailable: 'Closed' } as const;
    const listeners = [{ ...LISTENER, routes: [{ prefix: '/admin', policy: admin }] }];
    const routed = proxyBootstrap({ ...OPTIONS, listeners, maxRequestBytes: 4_096 });
    expect(valuesOf('context_extensions', routed)).toEqual([
      { 'sluice.policy': 'shop', 'sluice.max_request_bytes': '4096' },
      { 'sluice.policy': 'admin', 'sluice.max_request_bytes': '4096' },
      { 'sluice.policy': 'shop', 'sluice.max_request_bytes': '4096' },
    ]);
  });

  it('balances over a socket for each process', () => {
    const paths = ['/run/sluice/0.sock', '/run/sluice/1.sock'];
    expect(valuesOf('path', valuesOf('pipe', proxyBootstrap({ ...OPTIONS, sluiceSockets: paths })))).toEqual(
      paths,
    );
  });

  it('looks names up and takes addresses as they are', () => {
    const named = [{ ...LISTENER, upstream: { host: 'shop.internal', port: 80 } }];
    const types = (options: ProxyOptions) => valuesOf('clusters', proxyBootstrap(options)).flat();
    expect(types(OPTIONS)).toMatchObject([{ name: 'sluice' }, { type: 'STATIC' }]);
    expect(types({ ...OPTIONS, listeners: named })).toMatchObject([
      { name: 'sluice' },
      { type: 'STRICT_DNS' },
    ]);
  });
});

describe('while Sluice does not answer', () => {
  it.each([
    ['Block', 'Closed', false],
    ['Block', 'Open', true],
    ['Detect', 'Closed', true],
    ['Detect', 'Open', true],
    ['Off', 'Closed', true],
  ] as const)('%s with unavailable %s lets through: %s', (mode, unavailable, open) => {
    expect(valuesOf('failure_mode_allow', withPolicy(mode, unavailable))).toEqual([open]);
  });
});

describe('a body over the limit', () => {
  it.each([
    ['Block', 'Closed', false],
    ['Block', 'Open', false],
    ['Detect', 'Closed', true],
    ['Off', 'Closed', true],
  ] as const)('goes on in %s with unavailable %s: %s', (mode, unavailable, partial) => {
    expect(valuesOf('allow_partial_message', withPolicy(mode, unavailable))).toEqual([partial]);
  });
});

describe('what cannot be is refused:', () => {
  it.each<[string, EnvoyConfigErrorCode, Partial<ProxyOptions>]>([
    ['no listener', 'ENVOY_OPTION', { listeners: [] }],
    ['two listeners of a name', 'ENVOY_OPTION', { listeners: [LISTENER, LISTENER] }],
    ['a listener on a name', 'ENVOY_OPTION', { listeners: [{ ...LISTENER, host: 'localhost' }] }],
    ['a port beyond all ports', 'ENVOY_OPTION', { listeners: [{ ...LISTENER, port: 65_536 }] }],
    ['no socket', 'ENVOY_OPTION', { sluiceSockets: [] }],
    ['no room for a body', 'ENVOY_OPTION', { maxRequestBytes: 0 }],
    ['no time', 'ENVOY_OPTION', { verdictMillis: 0 }],
    ['a refusal that is none', 'ENVOY_OPTION', { statusOnError: 200 }],
  ])('%s', (_, code, change) => {
    expect(() => proxyBootstrap({ ...OPTIONS, ...change })).toThrow(
      expect.objectContaining({ name: 'EnvoyConfigError', code, remedy: ENVOY_CONFIG_ERRORS[code].remedy }),
    );
  });
});
