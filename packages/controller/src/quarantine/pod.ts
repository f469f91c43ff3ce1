/** A pod as quarantine sees it, read from the API server itself: never from what was known a moment ago. */
import { z } from 'zod';

export interface TargetPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly addresses: readonly string[];
  readonly hostNetwork: boolean;
  /** Made by a node's kubelet from a file. */
  readonly mirror: boolean;
  /** Ready, and not on its way out. */
  readonly ready: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** `Deployment/shop`; `Pod/NAME` where it belongs to nothing. */
  readonly owner: string;
}

const texts = z.record(z.string(), z.string()).optional();

const ownerSchema = z.looseObject({ kind: z.string(), name: z.string(), controller: z.boolean().optional() });

const podSchema = z.looseObject({
  metadata: z.looseObject({
    namespace: z.string(),
    name: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().nullish(),
    labels: texts,
    annotations: texts,
    ownerReferences: z.array(ownerSchema).optional(),
  }),
  spec: z.looseObject({ nodeName: z.string().optional(), hostNetwork: z.boolean().optional() }).optional(),
  status: z
    .looseObject({
      phase: z.string().optional(),
      podIP: z.string().optional(),
      podIPs: z.array(z.looseObject({ ip: z.string().optional() })).optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).optional(),
    })
    .optional(),
});

type RawPod = z.infer<typeof podSchema>;

export function readPod(raw: unknown): TargetPod {
  const pod = podSchema.parse(raw);
  const { metadata, spec, status } = pod;
  const { labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  return {
    ...{ namespace: metadata.namespace, name: metadata.name, uid: metadata.uid },
    node: spec?.nodeName ?? '',
    addresses: (status?.podIPs ?? [{ ip: status?.podIP }]).flatMap(({ ip }) =>
      ip === undefined ? [] : [ip],
    ),
    hostNetwork: spec?.hostNetwork === true,
    mirror:
      annotations['kubernetes.io/config.mirror'] !== undefined ||
      ownerReferences.some(({ kind }) => kind === 'Node'),
    ready: isReady(pod),
    labels,
    annotations,
    owner: ownerOf(metadata.name, labels, ownerReferences),
  };
}

function isReady({ metadata, status }: RawPod): boolean {
  if (metadata.deletionTimestamp) return false;
  return (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
}

/** A ReplicaSet of a Deployment is named after it and after the hash that its pods bear as a label. */
function ownerOf(
  name: string,
  labels: Readonly<Record<string, string>>,
  references: readonly z.infer<typeof ownerSchema>[],
): string {
  const owner = references.find(({ controller }) => controller === true);
  if (owner === undefined) return `Pod/${name}`;
  const ending = `-${labels['pod-template-hash'] ?? ''}`;
  if (owner.kind === 'ReplicaSet' && ending.length > 1 && owner.name.endsWith(ending))
    return `Deployment/${owner.name.slice(0, -ending.length)}`;
  return `${owner.kind}/${owner.name}`;
}

export const keyOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;
