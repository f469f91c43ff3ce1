import { describe, expect, it } from 'vitest';
import { type EnvoyConfigOptions, type EnvoyListener, envoyBootstrap } from '../src/envoy/config.ts';
import { ENVOY_ERRORS, type EnvoyErrorCode } from '../src/envoy/errors.ts';

const LISTENER: EnvoyListener = {
  name: 'shop',
  host: '127.0.0.1',
  port: 0,
  upstream: { host: '127.0.0.1', port: 8080 },
  policy: { name: 'shop', mode: 'Block', unavailable: 'Closed' },
};
const OPTIONS: EnvoyConfigOptions = { listeners: [LISTENER], sluiceSockets: ['/run/sluice/0.sock'] };

/** Every value below a key of this name, wherever it stands. */
function valuesOf(name: string, within: unknown): readonly unknown[] {
  if (typeof within !== 'object' || within === null) return [];
  return Object.entries(within).flatMap(([key, value]) => [
    ...(key === name ? [value] : []),
    ...valuesOf(name, value),
  ]);
}

const withPolicy = (mode: 'Off' | 'Detect' | 'Block', unavailable: 'Closed' | 'Open') =>
  envoyBootstrap({
    ...OPTIONS,
    listeners: [{ ...LISTENER, policy: { name: 'shop', mode, unavailable } }],
  });

describe('the bootstrap', () => {
  const bootstrap = envoyBootstrap(OPTIONS);

  it('changes nothing of a request on its way', () => {
    const [manager] = valuesOf('http_connection_manager', {
      http_connection_manager: valuesOf('typed_config', bootstrap)[0],
    });
    expect(manager).toMatchObject({
      normalize_path: false,
      merge_slashes: false,
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
    const routed = envoyBootstrap({ ...OPTIONS, listeners, maxRequestBytes: 4_096 });
    expect(valuesOf('context_extensions', routed)).toEqual([
      { 'sluice.policy': 'shop', 'sluice.max_request_bytes': '4096' },
      { 'sluice.policy': 'admin', 'sluice.max_request_bytes': '4096' },
    ]);
  });

  it('balances over a socket for each process', () => {
    const paths = ['/run/sluice/0.sock', '/run/sluice/1.sock'];
    expect(valuesOf('path', valuesOf('pipe', envoyBootstrap({ ...OPTIONS, sluiceSockets: paths })))).toEqual(
      paths,
    );
  });

  it('looks names up and takes addresses as they are', () => {
    const named = [{ ...LISTENER, upstream: { host: 'shop.internal', port: 80 } }];
    const types = (options: EnvoyConfigOptions) => valuesOf('clusters', envoyBootstrap(options)).flat();
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
  const detect = { name: 'detect', mode: 'Detect', unavailable: 'Closed' } as const;
  const open = { name: 'open', mode: 'Block', unavailable: 'Open' } as const;
  it.each<[string, EnvoyErrorCode, Partial<EnvoyConfigOptions>]>([
    ['no listener', 'ENVOY_OPTION', { listeners: [] }],
    ['two listeners of a name', 'ENVOY_OPTION', { listeners: [LISTENER, LISTENER] }],
    ['a listener on a name', 'ENVOY_OPTION', { listeners: [{ ...LISTENER, host: 'localhost' }] }],
    ['a port beyond all ports', 'ENVOY_OPTION', { listeners: [{ ...LISTENER, port: 65_536 }] }],
    ['no socket', 'ENVOY_OPTION', { sluiceSockets: [] }],
    ['no room for a body', 'ENVOY_OPTION', { maxRequestBytes: 0 }],
    ['no time', 'ENVOY_OPTION', { timeoutMillis: 0 }],
    ['a refusal that is none', 'ENVOY_OPTION', { statusOnError: 200 }],
    [
      'Detect and Block on a listener',
      'ENVOY_POLICIES_MIXED',
      { listeners: [{ ...LISTENER, routes: [{ prefix: '/a', policy: detect }] }] },
    ],
    [
      'Open and Closed on a listener',
      'ENVOY_POLICIES_MIXED',
      { listeners: [{ ...LISTENER, routes: [{ prefix: '/a', policy: open }] }] },
    ],
  ])('%s', (_, code, change) => {
    expect(() => envoyBootstrap({ ...OPTIONS, ...change })).toThrow(
      expect.objectContaining({ name: 'EnvoyError', code, remedy: ENVOY_ERRORS[code].remedy }),
    );
  });
});
