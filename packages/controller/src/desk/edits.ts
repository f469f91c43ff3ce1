/** A change of somebody as the object that it is made to, and the patch. Pure. */
import { API_VERSION, INSPECT_ANNOTATION } from '../kinds/names.ts';
import type { WafPolicy } from '../kinds/objects.ts';

export type Edit =
  | { readonly kind: 'inspect'; readonly service: string; readonly inspect: boolean | null }
  | { readonly kind: 'mode'; readonly service: string; readonly mode: 'Off' | 'Detect' | 'Block' };

export type EditPlan =
  /** Of an object that is there: a merge patch (RFC 7386). */
  | {
      readonly verb: 'patch';
      readonly target: string;
      readonly path: string;
      readonly patch: { readonly [field: string]: object };
    }
  | { readonly verb: 'create'; readonly target: string; readonly path: string; readonly object: object };

export type Plan =
  | EditPlan
  /** The object as it is to be, with the version that it comes of. */
  | { readonly verb: 'replace'; readonly target: string; readonly path: string; readonly object: object }
  | { readonly verb: 'delete'; readonly target: string; readonly path: string };

const servicePath = (namespace: string, name: string): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`;

const policiesPath = (namespace: string): string =>
  `/apis/${API_VERSION}/namespaces/${encodeURIComponent(namespace)}/wafpolicies`;

/** @param policy that the Service has of its own; null where it only inherits */
export function planOf(edit: Edit, policy: WafPolicy | null): EditPlan {
  const [namespace = '', name = ''] = edit.service.split('/');
  if (edit.kind === 'inspect') {
    const value = edit.inspect === null ? null : String(edit.inspect);
    return {
      ...{ verb: 'patch', target: `Service ${edit.service}`, path: servicePath(namespace, name) },
      patch: { metadata: { annotations: { [INSPECT_ANNOTATION]: value } } },
    };
  }
  const { mode } = edit;
  if (policy !== null) {
    const { name: of } = policy.metadata;
    return {
      ...{ verb: 'patch', target: `WAFPolicy ${namespace}/${of}` },
      path: `${policiesPath(namespace)}/${encodeURIComponent(of)}`,
      patch: { spec: { mode } },
    };
  }
  return {
    ...{ verb: 'create', target: `WAFPolicy ${edit.service}`, path: policiesPath(namespace) },
    object: {
      ...{ apiVersion: API_VERSION, kind: 'WAFPolicy', metadata: { name, namespace } },
      spec: { targetRefs: [{ group: '', kind: 'Service', name }], mode },
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7386. */
export function merged(object: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Record<string, unknown> = { ...(isFields(object) ? object : {}) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

/** What people write of an object: without what the API server, or a controller, has added. */
export function written(object: unknown): Fields {
  if (!isFields(object)) return {};
  const { status: _, metadata, ...rest } = object;
  const { name, namespace, labels, annotations } = isFields(metadata) ? metadata : {};
  const { 'kubectl.kubernetes.io/last-applied-configuration': __, ...noted } = isFields(annotations)
    ? annotations
    : {};
  const shown = {
    ...{ name, ...(namespace === undefined ? {} : { namespace }) },
    ...(isFields(labels) && Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(noted).length > 0 ? { annotations: noted } : {}),
  };
  const { apiVersion, kind, ...others } = rest;
  return { apiVersion, kind, metadata: shown, ...others };
}
