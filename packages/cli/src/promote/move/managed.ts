/** Whether an object comes from a repository, which would write back whatever is changed in the cluster. */

export interface ManagedObject {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly managedFields?: readonly { readonly manager?: string | undefined }[] | undefined;
}

/**
 * What the tools write on all that they apply: Argo CD's tracking (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/), labels of
 * Flux's kustomize and helm controllers (https://fluxcd.io/flux/components/kustomize/kustomizations/).
 */
const MARKS = [
  ['Argo CD', 'annotations', 'argocd.argoproj.io/tracking-id'],
  ['Argo CD', 'labels', 'argocd.argoproj.io/instance'],
  ['Flux', 'labels', 'kustomize.toolkit.fluxcd.io/name'],
  ['Flux', 'labels', 'helm.toolkit.fluxcd.io/name'],
] as const;

/** As whom they write: Argo CD's label may be one that everybody uses (`app.kubernetes.io/instance`). */
const MANAGERS: Readonly<Record<string, string>> = {
  'argocd-controller': 'Argo CD',
  'argocd-application-controller': 'Argo CD',
  'kustomize-controller': 'Flux',
  'helm-controller': 'Flux',
};

/** Who, and by what it is seen; null where nobody does. */
export function managedBy(object: ManagedObject): string | null {
  for (const [who, where, name] of MARKS) {
    const value = object[where]?.[name];
    if (value !== undefined && value !== '') return `${who} (${name}: ${value})`;
  }
  for (const { manager = '' } of object.managedFields ?? []) {
    const who = MANAGERS[manager];
    if (who !== undefined) return `${who} (field manager ${manager})`;
  }
  return null;
}
