/** Names that others write into a cluster, and that stay. */

export const GROUP = 'sluice.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Owner of the fields that the controller applies. */
export const FIELD_MANAGER = 'sluice-controller';
/** Owner of what the hub says of alerts. */
export const HUB_FIELD_MANAGER = 'sluice-hub';
/** Owner of what a node says of itself. */
export const NODE_FIELD_MANAGER = 'sluice-node';

/** On a Service: `true` selects it, `false` keeps it out whatever else selects it. */
export const INSPECT_ANNOTATION = `${GROUP}/inspect`;
/** On a Service: what its ports speak, `8080=http,9000=tcp`; the last word on it. */
export const PORTS_ANNOTATION = `${GROUP}/ports`;
/** Calico's: on a Service, `true` selects it. */
export const CALICO_L7_ANNOTATION = 'projectcalico.org/l7-logging';

/**
 * Names of objects that were translated from Calico's kinds begin with it: `shop/calico_strict` is the WAFPolicy `strict` of
 * applicationlayer.projectcalico.org in `shop`. No name in Kubernetes has an underscore, so none of ours can be taken for one.
 */
export const CALICO_PREFIX = 'calico_';

/** Node that an object is for, or that a workload runs on. */
export const NODE_LABEL = `${GROUP}/node`;
/** What a ConfigMap of Sluice's holds: `policy`. */
export const CONTENT_LABEL = `${GROUP}/content`;
/** On a pod in quarantine. */
export const QUARANTINE_LABEL = `${GROUP}/quarantine`;

/** Where Sluice itself runs, unless told otherwise. */
export const SYSTEM_NAMESPACE = 'sluice-system';

/** Namespaces that are never selected, whatever selects them; a trailing `*` stands for any ending. */
export const NEVER_SELECTED = [
  'kube-system',
  'kube-public',
  'kube-node-lease',
  SYSTEM_NAMESPACE,
  'calico-*',
  'tigera-*',
  'openshift-*',
  'gatekeeper-system',
] as const;

/** Services that are never selected, as `namespace/name`. */
export const NEVER_SELECTED_SERVICES = ['default/kubernetes', 'default/openshift'] as const;
