/** What is written for policies that are asked about in a stream. What it does on a real Envoy: test/ext-proc-facts.test.ts. */
import { describe, expect, it } from 'vitest';
import {
  EnvoyConfigError,
  type GuardPolicy,
  nodeConfig,
  type PolicyRoute,
  proxyBootstrap,
  STREAM_ATTRIBUTES,
} from '../src/index.ts';
import { host, type Loose, manager, node, POD, proxy, route } from './support/documents.ts';
import { valuesOf } from './support/values.ts';

const FILTER = 'envoy.filters.http.ext_proc';
const UPGRADE = `${FILTER}.upgrade`;
const AUTHORIZATION = 'envoy.filters.http.ext_authz';

const STREAM: GuardPolicy = { mode: 'Block', unavailable: 'Closed', dataPath: 'ext_proc' };
const streamed = (change: Partial<GuardPolicy> = {}, more: object = {}): Loose =>
  proxy({ ...STREAM, ...change }, more);

const names = (filters: Loose): string[] => filters.map(({ name }: Loose) => name);
const overrides = (document: Loose, filter = FILTER): Loose =>
  route(document).typed_per_filter_config[filter].overrides;
const metadata = (document: Loose, filter = FILTER): Loose =>
  Object.fromEntries(
    overrides(document, filter).grpc_initial_metadata.map(({ key, value }: Loose) => [key, value]),
  );

const LISTENER = { host: '127.0.0.1', port: 0, upstream: { host: '127.0.0.1', port: 1 } };

const MIXED: PolicyRoute = {
  prefix: '/old',
  policy: { name: 'old', mode: 'Block', unavailable: 'Open' },
};

describe('a policy in a stream', () => {
  it('has one filter, which holds back headers and body and may change nothing', () => {
    const { http_filters: filters } = manager(streamed());
    expect(names(filters)).toEqual([FILTER, 'envoy.filters.http.router']);
    expect(filters[0].disabled).toBeUndefined();
    expect(filters[0].typed_config).toMatchObject({
      grpc_service: { envoy_grpc: { cluster_name: 'sluice' } },
      failure_mode_allow: false,
      status_on_error: { code: 503 },
      send_body_without_waiting_for_header_response: true,
      message_timeout: '0.5s',
      max_message_timeout: '300s',
      request_attributes: [...STREAM_ATTRIBUTES],
      mutation_rules: { disallow_system: true, disallow_is_error: true },
      route_cache_action: 'RETAIN',
      allow_mode_override: false,
    });
  });

  it.each([
    ['streaming', false, 'STREAMED', 'SKIP', 'NONE'],
    ['window', false, 'STREAMED', 'SKIP', 'NONE'],
    ['buffered', false, 'BUFFERED', 'SKIP', 'NONE'],
    ['streaming', true, 'STREAMED', 'SEND', 'STREAMED'],
    ['buffered', true, 'BUFFERED', 'SEND', 'STREAMED'],
  ] as const)('%s, responses seen: %s', (profile, responses, body, headers, responseBody) => {
    const document = streamed({ profile, responses });
    expect(overrides(document).processing_mode).toEqual({
      request_header_mode: 'SEND',
      request_body_mode: body,
      request_trailer_mode: 'SEND',
      response_header_mode: headers,
      response_body_mode: responseBody,
      response_trailer_mode: headers,
    });
    expect(metadata(document)).toEqual({
      'sluice-policy': 'shop',
      'sluice-profile': profile,
      'sluice-held-bytes-max': '1048576',
      'sluice-peer': '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%',
    });
  });

  it.each([
    ['Block', 'Closed', false],
    ['Block', 'Open', true],
    ['Detect', 'Closed', true],
    ['Off', 'Closed', true],
  ] as const)('%s with unavailable %s lets through: %s', (mode, unavailable, open) => {
    const document = streamed({ mode, unavailable }, { upgrades: ['websocket'] });
    expect(overrides(document).failure_mode_allow).toBe(open);
    expect(overrides(document, UPGRADE).failure_mode_allow).toBe(open);
  });

  it.each(['Detect', 'Off'] as const)(
    'collects no bodies in %s: one over the limit would be refused',
    (mode) => {
      const document = streamed({ mode, profile: 'buffered' });
      expect(overrides(document).processing_mode.request_body_mode).toBe('STREAMED');
      expect(metadata(document)['sluice-profile']).toBe('streaming');
    },
  );

  it('sends calls of gRPC in Detect as everything else', () => {
    expect(host(streamed({ mode: 'Detect' })).routes).toHaveLength(1);
  });

  it('tells who makes request ids where Envoy does not', () => {
    const [document] = node({ dataPath: 'ext_proc' }).static_resources.listeners;
    const values = valuesOf('grpc_initial_metadata', document).flat();
    expect(values).toContainEqual({ key: 'sluice-request-id', value: 'own' });
  });

  it('has a policy whose name has a percent sign told as it is', () => {
    const document = streamed({}, { policy: { ...STREAM, name: '100%/a%REQ(x)%' } });
    expect(metadata(document)['sluice-policy']).toBe('100%%/a%%REQ(x)%%');
  });

  it.each(['käse', 'two words', 'line\nbreak', ''])(
    'is refused with the name %j, which gRPC has no header for',
    (name) => {
      expect(() => streamed({}, { policy: { ...STREAM, name } })).toThrow(EnvoyConfigError);
    },
  );
});

describe('what Envoy holds', () => {
  const limit = (document: Loose): number => route(document).request_body_buffer_limit;

  it('is over twice what Sluice may leave unanswered, or both could stand still', () => {
    expect(limit(streamed({ profile: 'window' }))).toBeGreaterThan(2 * 1_048_576);
    expect(host(streamed()).request_body_buffer_limit).toBe(limit(streamed()));
  });

  it('is just the limit where Envoy itself collects', () => {
    expect(limit(streamed({ profile: 'buffered' }))).toBe(1_048_576);
  });

  it('is left alone with ext_authz, which has a limit of its own', () => {
    expect(limit(proxy())).toBeUndefined();
  });

  it('cannot be more than a message takes where it is one message', () => {
    const settings = {
      sluiceSockets: ['/0'],
      redirectPort: 1,
      originalSourceMark: 1,
      maxRequestBytes: 16_777_216,
    };
    const of = (profile: 'buffered' | 'window') => () =>
      nodeConfig({ settings, pods: [{ ...POD, dataPath: 'ext_proc', profile }] });
    expect(of('buffered')).toThrow(expect.objectContaining({ code: 'ENVOY_OPTION' }));
    expect(of('window')).not.toThrow();
  });
});

describe('an upgrade', () => {
  const [chain] = manager(streamed({}, { upgrades: ['websocket'] })).upgrade_configs;

  it('has a filter of its own that asks about the headers alone', () => {
    expect(names(chain.filters)).toEqual([UPGRADE, 'envoy.filters.http.router']);
    const { typed_config: config } = chain.filters[0];
    expect(config.processing_mode).toMatchObject({ request_header_mode: 'SEND', request_body_mode: 'NONE' });
    expect(config.send_body_without_waiting_for_header_response).toBeUndefined();
  });

  it('is told apart, under the same policy', () => {
    const document = streamed({ profile: 'window' }, { upgrades: ['websocket'] });
    expect(metadata(document, UPGRADE)).toMatchObject({
      'sluice-policy': 'shop',
      'sluice-profile': 'upgrade',
    });
    expect(overrides(document, UPGRADE).processing_mode).toBeUndefined();
  });

  it('goes the common way with ext_authz', () => {
    const [plain] = manager(proxy(undefined, { upgrades: ['websocket'] })).upgrade_configs;
    expect(plain.filters).toBeUndefined();
  });
});

describe('two policies with a way each', () => {
  const document = streamed({}, { routes: [MIXED], upgrades: ['websocket'] });
  const [old, shop] = host(document).routes;

  it('have a filter each, of which one is on', () => {
    const { http_filters: filters, upgrade_configs: upgrades } = manager(document);
    expect(names(filters).slice(0, -1)).toEqual([FILTER, AUTHORIZATION]);
    expect(filters.map(({ disabled }: Loose) => disabled)).toEqual([undefined, true, undefined]);
    expect(names(upgrades[0].filters).slice(0, -1)).toEqual([UPGRADE, AUTHORIZATION]);
  });

  it('have each route say it of every filter', () => {
    const { [FILTER]: off, [UPGRADE]: none, [AUTHORIZATION]: on } = old.typed_per_filter_config;
    expect([off.disabled, none.disabled, on.disabled]).toEqual([true, true, undefined]);
    expect(shop.typed_per_filter_config[AUTHORIZATION].disabled).toBe(true);
    expect(old.request_body_buffer_limit).toBeUndefined();
  });

  it('have what was said of them in the access log side by side', () => {
    const formats = (policies: readonly GuardPolicy[]): Loose =>
      valuesOf(
        'json_format',
        proxyBootstrap({
          listeners: policies.map((policy, index) => ({
            ...LISTENER,
            name: String(index),
            policy: { name: 'shop', ...policy },
            ...(index === 2 ? { routes: [MIXED] } : {}),
          })),
          sluiceSockets: ['/0'],
          accessLog: '/dev/null',
        }),
      );
    const [plain, stream, both] = formats([{ mode: 'Block', unavailable: 'Closed' }, STREAM, STREAM]);
    expect(plain.sluice.verdict).toBe(`%DYNAMIC_METADATA(${AUTHORIZATION}:verdict)%`);
    expect(stream.sluice.verdict).toBe(`%DYNAMIC_METADATA(${FILTER}:verdict)%`);
    expect(stream.event_id).toBe(`%DYNAMIC_METADATA(${FILTER}:request_id)%`);
    expect([both.sluice.verdict, both.sluice_stream.verdict]).toEqual([
      plain.sluice.verdict,
      stream.sluice.verdict,
    ]);
    expect(both.stream_event_id).toBe(stream.event_id);
  });
});

describe('how long a request may take', () => {
  it.each([
    ['streaming', '300s'],
    ['window', '3600s'],
  ] as const)('%s: %s', (profile, time) => {
    expect(manager(streamed({ profile })).request_timeout).toBe(time);
  });

  it('is nobody’s affair in Detect', () => {
    expect(manager(streamed({ mode: 'Detect', profile: 'window' })).request_timeout).toBe('0s');
  });
});
