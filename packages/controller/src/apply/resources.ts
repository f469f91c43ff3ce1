/** Kinds that are written, and their addresses. */
import { API_VERSION } from '../kinds/names.ts';

export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

const ours = (kind: string, plural: string): Resource => ({ apiVersion: API_VERSION, kind, plural });

export const CONFIG_MAPS: Resource = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
export const EVENTS: Resource = { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events' };
export const SLUICE_NODES = ours('SluiceNode', 'sluicenodes');
export const WORKLOAD_SLICES = ours('WorkloadSlice', 'workloadslices');
/** Kinds whose conditions are written. */
export const REPORTED = {
  Sluice: ours('Sluice', 'sluices'),
  ClusterWAFPolicy: ours('ClusterWAFPolicy', 'clusterwafpolicies'),
  WAFPolicy: ours('WAFPolicy', 'wafpolicies'),
  RuleSet: ours('RuleSet', 'rulesets'),
  Alert: ours('Alert', 'alerts'),
} as const;

/** One object. */
export interface ObjectRef {
  readonly resource: Resource;
  /** `''` of kinds that have none. */
  readonly namespace: string;
  readonly name: string;
}

/** @param namespace `''` for all of them, and for kinds that have none */
export function collectionPath({ apiVersion, plural }: Resource, namespace: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === '' ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
}

export const objectPath = ({ resource, namespace, name }: ObjectRef): string =>
  `${collectionPath(resource, namespace)}/${name}`;

/** `SluiceNode/name`, `ConfigMap/namespace/name`: as logs and messages name it. */
export const refText = ({ resource, namespace, name }: ObjectRef): string =>
  [resource.kind, ...(namespace === '' ? [] : [namespace]), name].join('/');

/** @param key `namespace/name`, or name */
export function refOf(resource: Resource, key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash === -1
    ? { resource, namespace: '', name: key }
    : { resource, namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
