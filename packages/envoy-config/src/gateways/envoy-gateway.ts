/**
 * Objects for Envoy Gateway 1.9. Its SecurityPolicy puts an ext_authz filter in, without raw headers and without bodies as bytes; an
 * EnvoyPatchPolicy sets those. Its EnvoyExtensionPolicy is the same with ext_proc.
 */
import { CONTEXT_BODY_BYTES_MAX, CONTEXT_POLICY, METADATA_NAMESPACE } from '../contract.ts';
import type { Json } from '../json.ts';
import { EJECTION_MILLIS, ERRORS_MAX, HEALTH_MILLIS, REQUESTS_MAX } from '../limits.ts';
import { guardOf, INTENT_NAMESPACE } from '../resources/policies.ts';
import {
  checkGatewayOptions,
  checkName,
  type GatewayOptions,
  type KubernetesObject,
  objectName,
} from './options.ts';

export interface EnvoyGatewayOptions extends GatewayOptions {
  /** What the policy is for. */
  readonly target: {
    readonly kind: 'Gateway' | 'HTTPRoute';
    readonly namespace: string;
    readonly name: string;
  };
  /** The Gateway of the target, and the names of its listeners: Envoy Gateway names what is patched after them. */
  readonly gateway: { readonly name: string; readonly listeners: readonly string[] };
}

const GATEWAY_GROUP = 'gateway.networking.k8s.io';
const API = 'gateway.envoyproxy.io/v1alpha1';

/** With ext_authz, which Sluice answers today. @throws EnvoyConfigError ENVOY_OPTION */
export function envoyGatewayObjects(options: EnvoyGatewayOptions): readonly KubernetesObject[] {
  check(options);
  return [securityPolicy(options), patchPolicy(options), ...grants(options, 'SecurityPolicy')];
}

/**
 * With ext_proc. Bodies are held back and inspected whole, up to the listener's buffer (ClientTrafficPolicy
 * spec.connection.bufferLimit). @throws EnvoyConfigError ENVOY_OPTION
 */
export function envoyGatewayProcessor(options: EnvoyGatewayOptions): readonly KubernetesObject[] {
  check(options);
  const { verdictMillis, statusOnError } = options;
  const processor = {
    ...backend(options),
    messageTimeout: millis(verdictMillis),
    failOpen: guardOf(options.policy) !== 'closed',
    statusOnError,
    processingMode: {
      request: {
        body: 'Buffered',
        attributes: ['source.address', 'destination.address', 'request.protocol', 'xds.route_name'],
      },
    },
    metadata: { writableNamespaces: [INTENT_NAMESPACE] },
  };
  const policy = {
    apiVersion: API,
    kind: 'EnvoyExtensionPolicy',
    metadata: { name: objectName(options.policy.name), namespace: options.target.namespace },
    spec: { targetRefs: [targetReference(options)], extProc: [processor] },
  };
  return [policy, ...grants(options, 'EnvoyExtensionPolicy')];
}

function check(options: EnvoyGatewayOptions): void {
  checkGatewayOptions(options);
  checkName('target', options.target.namespace);
  checkName('target', options.target.name);
  checkName('gateway', options.gateway.name);
  for (const name of options.gateway.listeners) checkName('listener', name);
}

const targetReference = ({ target }: EnvoyGatewayOptions): Json => ({
  group: GATEWAY_GROUP,
  kind: target.kind,
  name: target.name,
});

/** Kubernetes writes a duration in units of its own; whole milliseconds are among them. */
const millis = (value: number): string => `${Math.ceil(value)}ms`;

const backend = ({ service }: EnvoyGatewayOptions): Readonly<Record<string, Json>> => ({
  backendRefs: [{ name: service.name, namespace: service.namespace, port: service.port }],
  backendSettings: {
    circuitBreaker: {
      maxConnections: REQUESTS_MAX,
      maxPendingRequests: REQUESTS_MAX,
      maxParallelRequests: REQUESTS_MAX,
    },
    healthCheck: {
      passive: {
        consecutive5XxErrors: ERRORS_MAX,
        interval: millis(HEALTH_MILLIS),
        baseEjectionTime: millis(EJECTION_MILLIS),
      },
    },
  },
});

function securityPolicy(options: EnvoyGatewayOptions): KubernetesObject {
  const { policy, target, maxRequestBytes, verdictMillis, statusOnError } = options;
  const extensions = [
    [CONTEXT_POLICY, policy.name],
    [CONTEXT_BODY_BYTES_MAX, String(maxRequestBytes)],
  ];
  return {
    apiVersion: API,
    kind: 'SecurityPolicy',
    metadata: { name: objectName(policy.name), namespace: target.namespace },
    spec: {
      targetRefs: [targetReference(options)],
      extAuth: {
        grpc: backend(options),
        bodyToExtAuth: { maxRequestBytes },
        timeout: millis(verdictMillis),
        failOpen: guardOf(policy) !== 'closed',
        statusOnError,
        recomputeRoute: false,
        contextExtensions: extensions.map(([name = '', value = '']) => ({ name, type: 'Value', value })),
      },
    },
  };
}

/** Sets what SecurityPolicy has no field for. Envoy Gateway takes patches where its EnvoyGateway enables them. */
function patchPolicy(options: EnvoyGatewayOptions): KubernetesObject {
  const { policy, target, gateway } = options;
  const filter = `${METADATA_NAMESPACE}/securitypolicy/${target.namespace}/${objectName(policy.name)}`;
  const fields: readonly (readonly [string, Json])[] = [
    ['/encode_raw_headers', true],
    ['/with_request_body/pack_as_bytes', true],
    ...(guardOf(policy) === 'invisible' ? [['/with_request_body/allow_partial_message', true] as const] : []),
  ];
  return {
    apiVersion: API,
    kind: 'EnvoyPatchPolicy',
    metadata: { name: objectName(policy.name), namespace: target.namespace },
    spec: {
      targetRef: { group: GATEWAY_GROUP, kind: 'Gateway', name: gateway.name },
      type: 'JSONPatch',
      jsonPatches: gateway.listeners.flatMap((listener) =>
        fields.map(([path, value]) => ({
          type: 'type.googleapis.com/envoy.config.listener.v3.Listener',
          name: `${target.namespace}/${gateway.name}/${listener}`,
          operation: {
            op: 'add',
            jsonPath: `$..http_filters[?(@.name=='${filter}')].typed_config`,
            path,
            value,
          },
        })),
      ),
    },
  };
}

/** Without it a policy may not point into another namespace. */
function grants({ service, target }: EnvoyGatewayOptions, kind: string): readonly KubernetesObject[] {
  if (service.namespace === target.namespace) return [];
  return [
    {
      apiVersion: `${GATEWAY_GROUP}/v1beta1`,
      kind: 'ReferenceGrant',
      metadata: { name: `sluice-from-${target.namespace}`, namespace: service.namespace },
      spec: {
        from: [{ group: 'gateway.envoyproxy.io', kind, namespace: target.namespace }],
        to: [{ group: '', kind: 'Service', name: service.name }],
      },
    },
  ];
}
