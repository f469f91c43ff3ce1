/** What else has an object in hand: whatever is changed beside it is taken back, or hides what is declared there. */
import { z } from 'zod';

const texts = z.record(z.string(), z.string()).default({});

export const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    resourceVersion: z.string(),
    labels: texts,
    annotations: texts,
    ownerReferences: z
      .array(z.looseObject({ kind: z.string(), name: z.string(), controller: z.boolean().optional() }))
      .default([]),
    managedFields: z
      .array(z.looseObject({ manager: z.string().optional(), subresource: z.string().optional() }))
      .default([]),
  }),
});

export type ManagedObject = z.output<typeof objectSchema>;

/** Names under which their controllers write. */
const MANAGERS: Readonly<Record<string, string>> = {
  'argocd-controller': 'Argo CD',
  'argocd-application-controller': 'Argo CD',
  'argocd-server': 'Argo CD',
  'kustomize-controller': 'Flux',
  'helm-controller': 'Flux',
};

const FLUX: readonly (readonly [string, string])[] = [
  ['kustomize.toolkit.fluxcd.io', 'Kustomization'],
  ['helm.toolkit.fluxcd.io', 'HelmRelease'],
];

/** As people know it, each once: `Argo CD application shop`. None: it may be changed here. */
export function managersOf({ kind, metadata }: ManagedObject): readonly string[] {
  const { labels, annotations, managedFields, name, namespace } = metadata;
  const found: string[] = [];
  const tracked = annotations['argocd.argoproj.io/tracking-id'];
  // `APPLICATION:GROUP/KIND:NAMESPACE/NAME`. A copy of the object with its annotations is not the object.
  const [application = '', , of] = tracked?.split(':') ?? [];
  const isCopy = of !== undefined && of !== `${namespace ?? ''}/${name}`;
  if (tracked !== undefined && !isCopy) found.push(`Argo CD application ${application}`);
  const instance = labels['argocd.argoproj.io/instance'];
  if (instance !== undefined) found.push(`Argo CD application ${instance}`);
  for (const [group, what] of FLUX) {
    const by = labels[`${group}/name`];
    if (by !== undefined) found.push(`Flux ${what} ${labels[`${group}/namespace`] ?? ''}/${by}`);
  }
  // A pod is made anew from its template: what is done to one is not declared anywhere.
  const writers = kind === 'Pod' ? [] : managedFields.filter(({ subresource }) => subresource !== 'status');
  for (const { manager = '' } of writers) {
    const by = MANAGERS[manager];
    if (by !== undefined && !found.some((each) => each.startsWith(by))) found.push(`${by} (${manager})`);
  }
  return [...new Set(found)];
}

/** Helm takes nothing back by itself. */
export const isOfHelm = ({ metadata: { labels } }: ManagedObject): boolean =>
  labels['app.kubernetes.io/managed-by'] === 'Helm';

export const HELM_NOTE = 'Helm has made it: what its chart says comes back with the next upgrade.';
