/** Files of Kubernetes objects: those of Calico that are translated, and what becomes of the rest. */
import { CALICO_KINDS, type CalicoKind } from '@sluice/controller/calico/kinds';
import { type CalicoObjects, NO_CALICO_OBJECTS } from '@sluice/controller/calico/translate';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ImportError } from './errors.ts';

export interface File {
  /** As messages name it. */
  readonly path: string;
  readonly text: string;
}

/** An object that has no place in what is translated. */
export interface Other {
  /** `Service shop/cart`. */
  readonly object: string;
  readonly reason: string;
}

export interface Read {
  readonly objects: CalicoObjects;
  readonly others: readonly Other[];
}

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string().min(1),
    namespace: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
type KubernetesObject = z.infer<typeof objectSchema>;

const listSchema = z.looseObject({ kind: z.string().endsWith('List'), items: z.array(z.unknown()) });

/** `Service shop/cart`. */
export const labelOf = (kind: string, namespace: string, name: string): string =>
  `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;

function documentsOf({ path, text }: File): readonly unknown[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new ImportError('IMPORT_UNREADABLE', { path, reason: problem.message });
    const content: unknown = document.toJS();
    if (content === null) return [];
    const list = listSchema.safeParse(content);
    return list.success ? list.data.items : [content];
  });
}

function objectOf(path: string, content: unknown): KubernetesObject {
  const { data, error } = objectSchema.safeParse(content);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  const reason = `no object of Kubernetes: ${issue?.path.map(String).join('.')}: ${issue?.message}`;
  throw new ImportError('IMPORT_UNREADABLE', { path, reason });
}

function calicoKind({ apiVersion, kind }: KubernetesObject): CalicoKind | null {
  const [found] = Object.entries(CALICO_KINDS).filter(
    ([, each]) => each.kind === kind && apiVersion === `${each.group}/${each.version}`,
  );
  return found === undefined ? null : (found[0] as CalicoKind);
}

const L7_ANNOTATION = 'projectcalico.org/l7-logging';
const SIDECAR_ANNOTATION = 'applicationlayer.projectcalico.org/waf';

/** What people who use the firewall also have written. */
const REASONS: Readonly<Record<string, string>> = {
  GlobalWAFValidationPolicy:
    'Rego is not evaluated: say by allow of a ClusterWAFPolicy what namespaces may do',
  WAFValidationPolicy: 'Rego is not evaluated: say by allow of a ClusterWAFPolicy what namespaces may do',
  GlobalAlertTemplate: "it fills in a form of Calico's and does nothing by itself",
  AlertException: 'narrow the query of the Alert, or exclude the rule by a policy',
  SecurityEventWebhook: "receivers are settings of the hub, and an Alert's action names one",
  GatewayAPI:
    "an Envoy Gateway is given Sluice's filter by sluice envoy config --for envoy-gateway (docs/envoy.md)",
};

function reasonOf({ kind, metadata }: KubernetesObject): string {
  if (kind === 'ConfigMap' && ['tigera-waf-config', 'modsecurity-ruleset'].includes(metadata.name)) {
    return 'put its own rules into a RuleSet; SecRuleEngine On is mode: Block, and the CRS comes with Sluice';
  }
  if (metadata.annotations?.[L7_ANNOTATION] !== undefined) {
    return `its annotation ${L7_ANNOTATION} counts while an ApplicationLayer is in the cluster; sluice.dev/inspect=true counts always`;
  }
  if (metadata.annotations?.[SIDECAR_ANNOTATION] !== undefined) {
    return 'there are no sidecars: annotate its Service with sluice.dev/inspect=true, or select its pods by a WAFPolicy with a workloadSelector';
  }
  return REASONS[kind] ?? "it is no kind of Calico's firewall";
}

/** @throws ImportError IMPORT_UNREADABLE */
export function readObjects(files: readonly File[]): Read {
  const objects: Record<CalicoKind, KubernetesObject[]> = {
    ...{ ApplicationLayer: [], GlobalAlert: [], GlobalWAFPolicy: [] },
    ...{ GlobalWAFPlugin: [], WAFPolicy: [], WAFPlugin: [] },
  };
  const others: Other[] = [];
  for (const file of files) {
    for (const content of documentsOf(file)) {
      const object = objectOf(file.path, content);
      const kind = calicoKind(object);
      const { name, namespace = '' } = object.metadata;
      if (kind === null)
        others.push({ object: labelOf(object.kind, namespace, name), reason: reasonOf(object) });
      else objects[kind].push(withNamespace(kind, object));
    }
  }
  return { objects: { ...NO_CALICO_OBJECTS, ...objects }, others };
}

/** kubectl puts what names no namespace into the one it is told; a file by itself means `default`. */
function withNamespace(kind: CalicoKind, object: KubernetesObject): KubernetesObject {
  const { namespace: _, ...metadata } = object.metadata;
  if (CALICO_KINDS[kind].scope === 'Cluster') return { ...object, metadata };
  return { ...object, metadata: { ...metadata, namespace: object.metadata.namespace ?? 'default' } };
}
