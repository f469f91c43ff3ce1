/** What service accounts may do, as RBAC says it. */
import type { ApiRequests } from './api-requests.ts';

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const reads = (apiGroup: string, resources: readonly string[]): PolicyRule => ({
  ...{ apiGroups: [apiGroup], resources, verbs: ['list', 'watch'] },
});

/** All that the mirror reads of a cluster, but for Secrets that policies name: those their owners give, by name. */
export const CONTROLLER_READS: readonly PolicyRule[] = [
  reads('', ['namespaces', 'services', 'pods']),
  reads('discovery.k8s.io', ['endpointslices']),
  reads('sluice.dev', ['sluices', 'clusterwafpolicies', 'wafpolicies', 'rulesets', 'alerts', 'sluicenodes']),
  reads('gateway.networking.k8s.io', [
    'gateways',
    'httproutes',
    'grpcroutes',
    'listenersets',
    'referencegrants',
  ]),
  // Whether something of Calico's manages its kinds, and those.
  reads('apiregistration.k8s.io', ['apiservices']),
  { ...reads('apps', ['deployments']), resourceNames: ['tigera-operator'] },
  reads('operator.tigera.io', ['installations', 'applicationlayers']),
  reads('projectcalico.org', ['globalalerts']),
  reads('applicationlayer.projectcalico.org', [
    'globalwafpolicies',
    'wafpolicies',
    'globalwafplugins',
    'wafplugins',
  ]),
];

const RBAC = 'rbac.authorization.k8s.io';

/** To a service account; in one namespace where `within` says so. */
export async function grant(
  api: ApiRequests,
  {
    namespace,
    account,
    within,
  }: { readonly namespace: string; readonly account: string; readonly within?: string },
  rules: readonly PolicyRule[],
): Promise<void> {
  const kind = within === undefined ? 'ClusterRole' : 'Role';
  const metadata = { name: `${namespace}-${account}`, ...(within !== undefined && { namespace: within }) };
  await api.apply([
    { apiVersion: `${RBAC}/v1`, kind, metadata, rules },
    {
      ...{ apiVersion: `${RBAC}/v1`, kind: `${kind}Binding`, metadata },
      roleRef: { apiGroup: RBAC, kind, name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    },
  ]);
}
