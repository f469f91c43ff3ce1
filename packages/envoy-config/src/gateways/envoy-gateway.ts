/**
 * Objects for Envoy Gateway 1.9. Its SecurityPolicy puts an ext_authz filter in, without raw headers and without bodies as bytes; an
 * EnvoyPatchPolicy sets those. Its EnvoyExtensionPolicy is the same with ext_proc, without the metadata that names the policy.
 */
import {
  CONTEXT_BODY_BYTES_MAX,
  CONTEXT_POLICY,
  METADATA_NAMESPACE,
  STREAM_ATTRIBUTES,
  STREAM_METADATA_NAMESPACE,
} from '../contract.ts';
import { refuse } from '../errors.ts';
import type { Json } from '../json.ts';
import { EJECTION_MILLIS, ERRORS_MAX, HEALTH_MILLIS, REQUESTS_MAX } from '../limits.ts';
import { guardOf } from '../resources/policies.ts';
import { COMMON_SETTINGS, streamMetadata } from '../resources/processor.ts';
import type { BodyProfile, NamedPolicy } from '../table.ts';
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

/** With ext_authz. @throws EnvoyConfigError ENVOY_OPTION */
export function envoyGatewayObjects(options: EnvoyGatewayOptions): readonly KubernetesObject[] {
  check(options);
  const { policy, target } = options;
  const filter = `${METADATA_NAMESPACE}/securitypolicy/${target.namespace}/${objectName(policy.name)}`;
  const patch = patchPolicy(options, filter, authorizationFields(options));
  return [securityPolicy(options), patch, ...grants(options, 'SecurityPolicy')];
}

/**
 * With ext_proc. Envoy Gateway says which parts of an exchange come; what it has no field for (the metadata that names the policy, how
 * requests are held) is patched. @throws EnvoyConfigError ENVOY_OPTION
 */
export function envoyGatewayProcessor(options: EnvoyGatewayOptions): readonly KubernetesObject[] {
  check(options);
  const { verdictMillis, statusOnError } = options;
  const profile = profileFor(options.policy);
  const processor = {
    ...backend(options),
    messageTimeout: millis(verdictMillis),
    failOpen: guardOf(options.policy) !== 'closed',
    statusOnError,
    processingMode: {
      request: {
        body: profile === 'buffered' ? 'Buffered' : 'Streamed',
        attributes: STREAM_ATTRIBUTES.filter((name) => TAKEN_ATTRIBUTES.test(name)),
      },
      ...(options.policy.responses === true ? { response: { body: 'Streamed' } } : {}),
    },
    metadata: { writableNamespaces: [STREAM_METADATA_NAMESPACE] },
  };
  const name = objectName(options.policy.name);
  const policy = {
    apiVersion: API,
    kind: 'EnvoyExtensionPolicy',
    metadata: { name, namespace: options.target.namespace },
    spec: { targetRefs: [targetReference(options)], extProc: [processor] },
  };
  const filter = `${STREAM_METADATA_NAMESPACE}/envoyextensionpolicy/${options.target.namespace}/${name}/extproc/0`;
  const patch = patchPolicy(options, filter, streamFields(options, profile));
  return [policy, patch, ...grants(options, 'EnvoyExtensionPolicy')];
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

/**
 * What Envoy holds of a body is the connection's buffer here, and a chunk may be as large: a window cannot slide in it. So bodies are
 * collected, or in Detect, where nothing is held, answered at once.
 */
function profileFor(policy: NamedPolicy): BodyProfile {
  if (guardOf(policy) === 'invisible') return 'streaming';
  const { profile = 'buffered' } = policy;
  if (profile !== 'buffered') refuse('profile', `Envoy Gateway has no room for ${profile}: it is buffered`);
  return profile;
}

/** Of these an EnvoyExtensionPolicy takes. */
const TAKEN_ATTRIBUTES = /^(?:connection|source|destination|request|response|upstream)\.|^xds\.route_/;

type Patches = readonly (readonly [path: string, value: Json])[];

/** What a SecurityPolicy has no field for. */
const authorizationFields = ({ policy }: EnvoyGatewayOptions): Patches => [
  ['/encode_raw_headers', true],
  ['/with_request_body/pack_as_bytes', true],
  ...(guardOf(policy) === 'invisible' ? [['/with_request_body/allow_partial_message', true] as const] : []),
];

/** What an EnvoyExtensionPolicy has no field for. */
const streamFields = (options: EnvoyGatewayOptions, profile: BodyProfile): Patches => [
  [
    '/grpc_service/initial_metadata',
    streamMetadata(options.policy, profile, { ...options, ownRequestId: false }),
  ],
  ['/request_attributes', [...STREAM_ATTRIBUTES]],
  ['/processing_mode/request_trailer_mode', 'SEND'],
  ...(options.policy.responses === true ? [['/processing_mode/response_trailer_mode', 'SEND'] as const] : []),
  ...Object.entries(COMMON_SETTINGS).map(([name, value]) => [`/${name}`, value] as const),
  ['/send_body_without_waiting_for_header_response', true],
];

/** Sets what a policy has no field for. Envoy Gateway takes patches where its EnvoyGateway enables them. */
function patchPolicy(options: EnvoyGatewayOptions, filter: string, fields: Patches): KubernetesObject {
  const { policy, target, gateway } = options;
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
