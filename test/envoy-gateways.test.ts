/** Objects for Envoy Gateway and Istio: by their own schemas, and in what their Envoys make of them. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  diagnose,
  type EnvoyGatewayOptions,
  envoyGatewayObjects,
  envoyGatewayProcessor,
  type GuardPolicy,
  type IstioOptions,
  istioFilter,
  istioProvider,
  type KubernetesObject,
  proxyBootstrap,
} from '@sluice/envoy-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import { envoyBinary, schemaModules } from '../packages/cli/src/setup/paths.ts';
import { checkMeshConfig, envoyGatewaySchemas, istioSchemas, type ObjectSchemas } from './schemas.ts';

/** JSON that may be reached into: what a parser gives. */
type Loose = ReturnType<typeof JSON.parse>;

const COMMON = {
  service: { namespace: 'sluice-system', name: 'sluice', port: 9_191 },
  maxRequestBytes: 1_048_576,
  verdictMillis: 500,
  statusOnError: 503,
};
const POLICIES: readonly GuardPolicy[] = [
  { mode: 'Block', unavailable: 'Closed' },
  { mode: 'Block', unavailable: 'Open' },
  { mode: 'Detect', unavailable: 'Closed' },
];
const STREAMED = POLICIES.map((policy) => ({ ...policy, dataPath: 'ext_proc' }) as const);

const gateway = (policy: GuardPolicy, kind: 'Gateway' | 'HTTPRoute' = 'HTTPRoute'): EnvoyGatewayOptions => ({
  ...COMMON,
  policy: { name: 'shop', ...policy },
  target: { kind, namespace: 'default', name: 'web' },
  gateway: { name: 'gateway-1', listeners: ['http'] },
});
const istio = (
  policy: GuardPolicy,
  labels: Readonly<Record<string, string>> = { app: 'web' },
): IstioOptions => ({
  ...COMMON,
  policy: { name: 'shop', ...policy },
  namespace: 'shop',
  labels,
  context: 'SIDECAR_INBOUND',
});

describe('for Envoy Gateway', () => {
  let schemas: ObjectSchemas;
  beforeAll(() => {
    schemas = envoyGatewaySchemas();
  });
  const kinds = (objects: readonly KubernetesObject[]) => objects.map(({ kind }) => kind);

  it.each(POLICIES)('ext_authz in $mode, $unavailable is what its schemas say', (policy) => {
    const objects = envoyGatewayObjects(gateway(policy));
    expect(kinds(objects)).toEqual(['SecurityPolicy', 'EnvoyPatchPolicy', 'ReferenceGrant']);
    for (const object of objects) expect(schemas.check(object)).toBeNull();
  });
  it.each(POLICIES)('ext_proc in $mode, $unavailable is what its schemas say', (policy) => {
    const objects = envoyGatewayProcessor(gateway(policy, 'Gateway'));
    expect(kinds(objects)).toEqual(['EnvoyExtensionPolicy', 'EnvoyPatchPolicy', 'ReferenceGrant']);
    for (const object of objects) expect(schemas.check(object)).toBeNull();
  });
  it('the schemas would say so if it were not', () => {
    const [object]: Loose = structuredClone(
      envoyGatewayObjects(gateway({ mode: 'Block', unavailable: 'Closed' })),
    );
    object.spec.extAuth.bodyToExtAuth.packAsBytes = true;
    expect(schemas.check(object)).toContain('must NOT have additional properties');
    expect(schemas.check({ apiVersion: 'v1', kind: 'SecurityPolicy' })).toContain('no schema');
  });
  it('needs no grant inside one namespace', () => {
    const options = gateway({ mode: 'Block', unavailable: 'Closed' });
    const near = { ...options, service: { ...options.service, namespace: 'default' } };
    expect(kinds(envoyGatewayObjects(near))).toEqual(['SecurityPolicy', 'EnvoyPatchPolicy']);
  });

  /** What Envoy Gateway 1.9.1's own tests say that it makes of a SecurityPolicy like ours, with ours in its place. */
  function translated(objects: readonly KubernetesObject[]): Loose {
    const path = 'internal/xds/translator/testdata/out/xds-ir/ext-auth.listeners.yaml';
    const [listener] = parse(readFileSync(join(schemaModules().envoyGateway, path), 'utf8'));
    const manager = listener.defaultFilterChain.filters[0].typedConfig;
    const [security, patch]: Loose = objects;
    const { extAuth } = security.spec;
    const name = `envoy.filters.http.ext_authz/securitypolicy/${security.metadata.namespace}/${security.metadata.name}`;
    const config: Loose = {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz',
      failure_mode_allow: extAuth.failOpen,
      grpc_service: { envoy_grpc: { cluster_name: `securitypolicy/default/sluice-shop` }, timeout: '0.5s' },
      with_request_body: { max_request_bytes: extAuth.bodyToExtAuth.maxRequestBytes },
    };
    for (const { operation } of patch?.spec?.jsonPatches ?? []) {
      expect(operation.jsonPath).toContain(`@.name=='${name}'`);
      const steps: string[] = operation.path.split('/').slice(1);
      const last = steps.pop() ?? '';
      steps.reduce((at: Loose, step) => at[step], config)[last] = operation.value;
    }
    manager.httpFilters = [{ disabled: true, name, typed_config: config }, manager.httpFilters.at(-1)];
    const extensions = extAuth.contextExtensions.map((one: Loose) => [one.name, one.value]);
    manager.route_config = {
      virtual_hosts: [
        {
          routes: [
            {
              match: { prefix: '/' },
              route: { cluster: 'web' },
              typed_per_filter_config: {
                [name]: {
                  '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute',
                  check_settings: { context_extensions: Object.fromEntries(extensions) },
                },
              },
            },
          ],
        },
      ],
    };
    delete manager.rds;
    return { static_resources: { listeners: [listener] }, dynamic_resources: { cds_config: {} } };
  }

  it('becomes a filter that lets nothing by, because it is patched', () => {
    const objects = envoyGatewayObjects(gateway({ mode: 'Block', unavailable: 'Closed' }));
    const codes = (from: readonly KubernetesObject[]) =>
      diagnose(translated(from)).findings.map(({ code }) => code);
    // Envoy Gateway has no time-outs for slow clients by itself: ClientTrafficPolicy is where they are set.
    expect(codes(objects)).toEqual(['SLOW_CLIENTS']);
    expect(codes(objects.filter(({ kind }) => kind === 'SecurityPolicy')).sort()).toEqual([
      'BODY_AS_TEXT',
      'RAW_HEADERS',
      'SLOW_CLIENTS',
    ]);
  });
});

describe('for Envoy Gateway with ext_proc', () => {
  /** What its own tests say that Envoy Gateway 1.9.1 makes of an EnvoyExtensionPolicy like ours, with ours in its place. */
  function translated([policy, patch]: readonly KubernetesObject[]): Loose {
    const path = 'internal/xds/translator/testdata/out/xds-ir/ext-proc.listeners.yaml';
    const [listener] = parse(readFileSync(join(schemaModules().envoyGateway, path), 'utf8'));
    const manager = listener.defaultFilterChain.filters[0].typedConfig;
    const { metadata, spec }: Loose = policy;
    const [given] = spec.extProc;
    const name = `envoy.filters.http.ext_proc/envoyextensionpolicy/${metadata.namespace}/${metadata.name}/extproc/0`;
    // The name is theirs: a filter of theirs has it but for the policy's.
    const theirs = manager.httpFilters[0].name.replace(
      'default/policy-for-route-1',
      `${metadata.namespace}/${metadata.name}`,
    );
    expect(theirs).toBe(name);
    const config: Loose = {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor',
      failure_mode_allow: given.failOpen,
      grpc_service: {
        envoy_grpc: { cluster_name: 'envoyextensionpolicy/default/sluice-shop' },
        timeout: '10s',
      },
      message_timeout: '0.5s',
      metadata_options: { receiving_namespaces: { untyped: given.metadata.writableNamespaces } },
      processing_mode: {
        request_header_mode: 'SEND',
        request_body_mode: given.processingMode.request.body.toUpperCase(),
        request_trailer_mode: 'SKIP',
        response_header_mode: given.processingMode.response === undefined ? 'SKIP' : 'SEND',
        ...(given.processingMode.response === undefined
          ? {}
          : { response_body_mode: given.processingMode.response.body.toUpperCase() }),
      },
    };
    for (const { operation } of (patch?.spec as Loose)?.jsonPatches ?? []) {
      expect(operation.jsonPath).toContain(`@.name=='${name}'`);
      const steps: string[] = operation.path.split('/').slice(1);
      const last = steps.pop() ?? '';
      steps.reduce((at: Loose, step) => at[step], config)[last] = operation.value;
    }
    manager.httpFilters = [{ disabled: true, name, typed_config: config }, manager.httpFilters.at(-1)];
    const intent = { mode: given.failOpen ? 'Detect' : 'Block' };
    const on = { [name]: { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', config: {} } };
    const route = { match: { prefix: '/' }, route: { cluster: 'web' }, typed_per_filter_config: on };
    manager.route_config = {
      virtual_hosts: [{ metadata: { filter_metadata: { sluice: intent } }, routes: [route] }],
    };
    delete manager.rds;
    return { static_resources: { listeners: [listener] }, dynamic_resources: { cds_config: {} } };
  }

  it.each([
    ['Block', ['SLOW_CLIENTS']],
    ['Detect', []],
  ] as const)('becomes a filter that Sluice answers, because it is patched, in %s', (mode, expected) => {
    const objects = envoyGatewayProcessor(gateway({ mode, unavailable: 'Closed', responses: true }));
    const codes = (from: readonly KubernetesObject[]) =>
      diagnose(translated(from)).findings.map(({ code }) => code);
    expect(codes(objects)).toEqual(expected);
    expect(codes(objects.slice(0, 1))).toContain('STREAM_REFUSED');
  });

  it.each(['streaming', 'window'] as const)('has no room for the profile %s', (profile) => {
    const policy = { mode: 'Block', unavailable: 'Closed', profile } as const;
    expect(() => envoyGatewayProcessor(gateway(policy))).toThrow(
      expect.objectContaining({ code: 'ENVOY_OPTION' }),
    );
  });
});

describe('for Istio', () => {
  const directory = new TemporaryDirectory('sluice-istio-');
  let schemas: ObjectSchemas;
  beforeAll(() => {
    schemas = istioSchemas();
  });
  afterAll(() => directory.remove());

  it.each([...POLICIES, ...STREAMED])(
    'an EnvoyFilter in $mode, $unavailable is what its schema says',
    (policy) => {
      for (const labels of [{ app: 'web' }, {}]) {
        const objects = istioFilter(istio(policy, labels));
        expect(objects.map(({ kind }) => kind)).toEqual(['EnvoyFilter']);
        for (const object of objects) expect(schemas.check(object)).toBeNull();
      }
    },
  );
  it.each(POLICIES)('an extension provider in $mode, $unavailable is what its schemas say', (policy) => {
    const [mesh, ...objects]: Loose = istioProvider(istio(policy));
    expect(checkMeshConfig(mesh.meshConfig)).toBeNull();
    expect(objects.map(({ kind }: Loose) => kind)).toEqual(['AuthorizationPolicy', 'EnvoyFilter']);
    for (const object of objects) expect(schemas.check(object)).toBeNull();
  });
  it('the schemas would say so if it were not', () => {
    const [mesh, authorization]: Loose = structuredClone(
      istioProvider(istio({ mode: 'Block', unavailable: 'Closed' })),
    );
    authorization.spec.rule = [];
    expect(schemas.check(authorization)).toContain('must NOT have additional properties');
    mesh.meshConfig.extensionProviders[0].envoyExtAuthzGrpc.encodeRawHeaders = true;
    expect(checkMeshConfig(mesh.meshConfig)).toBe(
      'meshConfig.extensionProviders.envoyExtAuthzGrpc.encodeRawHeaders is not known',
    );
  });

  /** An Envoy like Istio's, with the patches put in where they say. */
  function patched(policy: GuardPolicy): Loose {
    const listener = { name: 'x', host: '127.0.0.1', port: 0, upstream: { host: '127.0.0.1', port: 1 } };
    const document: Loose = structuredClone(
      proxyBootstrap({
        listeners: [{ ...listener, policy: { name: 'shop', ...policy } }],
        sluiceSockets: ['/run/0.sock', '/run/1.sock'],
      }),
    );
    const manager = document.static_resources.listeners[0].filter_chains[0].filters[0].typed_config;
    const [{ spec }]: Loose = istioFilter(istio(policy));
    const value = (kind: string): Loose =>
      spec.configPatches.find((one: Loose) => one.applyTo === kind).patch.value;
    const name = value('HTTP_FILTER').typed_config.grpc_service.envoy_grpc.cluster_name;
    const [cluster] = document.static_resources.clusters;
    [cluster.name, cluster.load_assignment.cluster_name] = [name, name];
    manager.http_filters = [value('HTTP_FILTER'), manager.http_filters.at(-1)];
    // Istio's have none of their own.
    for (const upgrade of manager.upgrade_configs ?? []) delete upgrade.filters;
    const [host] = manager.route_config.virtual_hosts;
    host.routes = host.routes.map(({ match, route }: Loose) => ({ match, route }));
    Object.assign(host, value('VIRTUAL_HOST'));
    return document;
  }

  it.each([...POLICIES, ...STREAMED])(
    'becomes a configuration without a finding, which Envoy takes, in $mode, $unavailable',
    (policy) => {
      const document = patched(policy);
      expect(diagnose(document).findings).toEqual([]);
      const path = directory.join('envoy.json');
      writeFileSync(path, JSON.stringify(document));
      const told = execFileSync(envoyBinary(), ['--mode', 'validate', '-c', path, '-l', 'error'], {
        encoding: 'utf8',
      });
      expect(told).toContain('OK');
    },
  );
});

it.each([
  ['a service that is an address', { service: { namespace: 'a', name: '10.0.0.1', port: 1 } }],
  ['a port that is none', { service: { namespace: 'a', name: 'b', port: 0 } }],
  ['a policy without a name', { policy: { name: '', mode: 'Block', unavailable: 'Closed' } as const }],
  ['no room for a body', { maxRequestBytes: 0 }],
])('%s is refused', (_, change) => {
  const policy = { mode: 'Block', unavailable: 'Closed' } as const;
  expect(() => envoyGatewayObjects({ ...gateway(policy), ...change })).toThrow(
    expect.objectContaining({ code: 'ENVOY_OPTION' }),
  );
  expect(() => istioFilter({ ...istio(policy), ...change })).toThrow(
    expect.objectContaining({ code: 'ENVOY_OPTION' }),
  );
});
