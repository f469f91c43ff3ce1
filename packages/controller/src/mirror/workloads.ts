/** Kubernetes' own kinds, raw, to those of the world. Their shapes are the API server's: it has validated them. */
import type { RawObject } from '../cluster/source.ts';
import type { EndpointSlice, Namespace, Pod, Service, ServicePort } from '../world.ts';
import { annotationsOf, metadataOf } from './metadata.ts';
import { ownerOf } from './owner.ts';

const SERVICE_LABEL = 'kubernetes.io/service-name';

export const namespaceOf = ({ metadata: { name, labels = {} } }: RawObject): Namespace => ({ name, labels });

interface ServiceSpec {
  readonly type?: Service['type'];
  readonly ports?: readonly {
    readonly name?: string;
    readonly port: number;
    readonly protocol?: ServicePort['protocol'];
    readonly appProtocol?: string;
  }[];
}

export function serviceOf(raw: RawObject): Service {
  const { type = 'ClusterIP', ports = [] } = (raw.spec ?? {}) as ServiceSpec;
  return {
    metadata: metadataOf(raw),
    type,
    ports: ports.map(({ name = '', port, protocol = 'TCP', appProtocol = null }) => ({
      ...{ name, port, protocol, appProtocol },
    })),
  };
}

interface RawSlice {
  readonly addressType?: string;
  readonly ports?: readonly {
    readonly name?: string | null;
    readonly port?: number | null;
    readonly protocol?: string | null;
    readonly appProtocol?: string | null;
  }[];
  readonly endpoints?: readonly {
    readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly namespace?: string };
  }[];
}

/**
 * Anybody who may write EndpointSlices in a namespace may name any pod in one: only those of the same namespace count, or a
 * tenant could put the pods of another behind a Service of his own.
 */
export function endpointSliceOf(raw: RawObject): EndpointSlice | null {
  const { name, namespace = '', labels = {} } = raw.metadata;
  const service = labels[SERVICE_LABEL];
  if (service === undefined) return null;
  const { ports, endpoints } = raw as unknown as RawSlice;
  const ownPods = (endpoints ?? []).flatMap(({ targetRef }) =>
    targetRef?.kind === 'Pod' && (targetRef.namespace ?? namespace) === namespace && targetRef.name
      ? [targetRef.name]
      : [],
  );
  return {
    ...{ namespace, name, service },
    ports: (ports ?? []).flatMap(({ name: port, port: number, protocol, appProtocol }) =>
      typeof number === 'number' && (protocol ?? 'TCP') === 'TCP'
        ? [{ name: port ?? '', port: number, appProtocol: appProtocol ?? null }]
        : [],
    ),
    pods: ownPods,
  };
}

interface RawContainer {
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol?: string;
  }[];
}

interface PodSpec {
  readonly nodeName?: string;
  readonly hostNetwork?: boolean;
  readonly containers?: readonly RawContainer[];
  /** Those that go on beside the others serve, too. */
  readonly initContainers?: readonly (RawContainer & { readonly restartPolicy?: string })[];
}

interface PodStatus {
  readonly phase?: string;
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip?: string }[];
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

export function podOf(raw: RawObject): Pod {
  const { name, namespace = '', uid, labels = {} } = raw.metadata;
  const {
    nodeName = '',
    hostNetwork = false,
    containers = [],
    initContainers = [],
  } = (raw.spec ?? {}) as PodSpec;
  const { phase = '', podIP, podIPs = [], conditions = [] } = (raw.status ?? {}) as PodStatus;
  const addresses = podIPs.flatMap(({ ip }) => (ip ? [ip] : []));
  const serving = [
    ...containers,
    ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ];
  return {
    ...{ namespace, name, uid, labels, hostNetwork },
    node: nodeName,
    addresses: addresses.length === 0 && podIP ? [podIP] : addresses,
    alive: phase !== 'Succeeded' && phase !== 'Failed',
    ready: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
    annotations: annotationsOf(raw.metadata),
    owner: ownerOf(raw.metadata),
    ports: serving.flatMap(({ ports = [] }) =>
      ports
        .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
        .map((port) => ({ name: port.name ?? '', port: port.containerPort })),
    ),
  };
}
