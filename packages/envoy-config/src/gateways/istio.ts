/**
 * Objects for Istio 1.31: the filter put in by an EnvoyFilter, whole; or by Istio's own extension provider, with an EnvoyFilter for
 * what that has no field for.
 */
import { METADATA_NAMESPACE } from '../contract.ts';
import { duration, type Json, typed } from '../json.ts';
import { guardFilters, routeGuard } from '../resources/guard.ts';
import { guardOf } from '../resources/policies.ts';
import {
  checkGatewayOptions,
  checkName,
  type GatewayOptions,
  type KubernetesObject,
  objectName,
} from './options.ts';

export interface IstioOptions extends GatewayOptions {
  /** Namespace of the workload, or of the gateway. */
  readonly namespace: string;
  /** Labels of its pods; none are all pods of the namespace. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where its Envoy stands. */
  readonly context: 'SIDECAR_INBOUND' | 'GATEWAY';
}

const PROVIDER = 'sluice';

/** The filter whole, last before the router. @throws EnvoyConfigError ENVOY_OPTION */
export function istioFilter(options: IstioOptions): readonly KubernetesObject[] {
  check(options);
  const { policy, service, context } = options;
  const cluster = `outbound|${service.port}||${hostOf(options)}`;
  const [filter = null] = guardFilters([policy], { ...options, cluster });
  return [
    envoyFilter(options, [
      {
        applyTo: 'HTTP_FILTER',
        match: managerMatch(context, 'envoy.filters.http.router'),
        patch: { operation: 'INSERT_BEFORE', value: filter },
      },
      hostPatch(options),
    ]),
  ];
}

/**
 * Istio's extension provider (a part of the mesh's configuration), the AuthorizationPolicy that uses it for every request, and what both
 * cannot say. @throws EnvoyConfigError ENVOY_OPTION
 */
export function istioProvider(options: IstioOptions): readonly KubernetesObject[] {
  check(options);
  const { policy, service, maxRequestBytes, verdictMillis, statusOnError, context } = options;
  const guard = guardOf(policy);
  const provider = {
    name: PROVIDER,
    envoyExtAuthzGrpc: {
      service: hostOf(options),
      port: service.port,
      timeout: duration(verdictMillis),
      failOpen: guard !== 'closed',
      clearRouteCache: false,
      statusOnError: String(statusOnError),
      includeRequestBodyInCheck: {
        maxRequestBytes,
        allowPartialMessage: guard === 'invisible',
        packAsBytes: true,
      },
    },
  };
  const authorization = {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: objectName(policy.name), namespace: options.namespace },
    spec: {
      ...selector(options, 'selector', 'matchLabels'),
      action: 'CUSTOM',
      provider: { name: PROVIDER },
      // One rule without conditions: a condition on the path would be the client's to meet or not.
      rules: [{}],
    },
  };
  const raw = {
    applyTo: 'HTTP_FILTER',
    match: managerMatch(context, METADATA_NAMESPACE),
    patch: {
      operation: 'MERGE',
      value: {
        name: METADATA_NAMESPACE,
        typed_config: typed('envoy.extensions.filters.http.ext_authz.v3.ExtAuthz', {
          encode_raw_headers: true,
        }),
      },
    },
  };
  return [
    { meshConfig: { extensionProviders: [provider], pathNormalization: { normalization: 'MERGE_SLASHES' } } },
    authorization,
    envoyFilter(options, [raw, hostPatch(options)]),
  ];
}

function check(options: IstioOptions): void {
  checkGatewayOptions(options);
  checkName('namespace', options.namespace);
}

const hostOf = ({ service }: IstioOptions): string =>
  `${service.name}.${service.namespace}.svc.cluster.local`;

const managerMatch = (context: string, subFilter: string): Json => ({
  context,
  listener: {
    filterChain: {
      filter: { name: 'envoy.filters.network.http_connection_manager', subFilter: { name: subFilter } },
    },
  },
});

/** The policy's name, on every virtual host: clients cannot set it. */
function hostPatch({ policy, maxRequestBytes, context }: IstioOptions): Json {
  const value = routeGuard({ policy, policies: [policy], maxRequestBytes, ownRequestId: false });
  return { applyTo: 'VIRTUAL_HOST', match: { context }, patch: { operation: 'MERGE', value } };
}

function envoyFilter(options: IstioOptions, patches: readonly Json[]): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: objectName(options.policy.name), namespace: options.namespace },
    spec: { ...selector(options, 'workloadSelector', 'labels'), configPatches: patches },
  };
}

function selector({ labels }: IstioOptions, field: string, inner: string): Readonly<Record<string, Json>> {
  return Object.keys(labels).length === 0 ? {} : { [field]: { [inner]: labels } };
}
