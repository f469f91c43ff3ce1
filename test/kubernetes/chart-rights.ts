/**
 * What the code asks of the API server, and what it must not be able to ask: the chart's roles are held to this list. A call
 * that is new in the code belongs here first.
 */
import { CALICO_KINDS } from '../../packages/controller/src/calico/kinds.ts';
import { crdName } from '../../packages/controller/src/kinds/crd.ts';
import { KINDS } from '../../packages/controller/src/kinds/definitions.ts';
import { SYSTEM_NAMESPACE } from '../../packages/controller/src/kinds/names.ts';

export type Account = 'controller' | 'node' | 'hub' | 'uninstall';

export interface Call {
  readonly verbs: readonly string[];
  /** `GROUP/RESOURCE` or `GROUP/RESOURCE/SUBRESOURCE`; `core` for the group without a name. */
  readonly resource: string;
  /** Without one: of the cluster, or of all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
}

const READ = ['get', 'list', 'watch'];
const REPLACED = ['get', 'create', 'update', 'delete'];
const WRITE = ['create', 'patch', 'delete'];

const DEFINITIONS = [...Object.values(KINDS), ...Object.values(CALICO_KINDS)].map(crdName);

const watchOf = (group: string, ...resources: readonly string[]): readonly Call[] =>
  resources.map((resource) => ({ verbs: ['list', 'watch'], resource: `${group}/${resource}` }));

const readOf = (group: string, ...resources: readonly string[]): readonly Call[] =>
  resources.map((resource) => ({ verbs: READ, resource: `${group}/${resource}` }));

export const NEEDED: Readonly<Record<Account, readonly Call[]>> = {
  controller: [
    ...watchOf('core', 'namespaces', 'services', 'pods'),
    ...watchOf('discovery.k8s.io', 'endpointslices'),
    ...watchOf(
      'gateway.networking.k8s.io',
      'gateways',
      'httproutes',
      'grpcroutes',
      'listenersets',
      'referencegrants',
    ),
    ...watchOf('sluice.dev', 'sluices', 'clusterwafpolicies', 'wafpolicies', 'rulesets', 'alerts'),
    ...['sluices', 'clusterwafpolicies', 'wafpolicies', 'rulesets', 'alerts'].map((kind) => ({
      verbs: ['patch'],
      resource: `sluice.dev/${kind}/status`,
    })),
    // Applied: where there is none, to apply is to create.
    { verbs: ['list', 'watch', ...WRITE], resource: 'sluice.dev/sluicenodes' },
    { verbs: ['list', ...WRITE], resource: 'sluice.dev/workloadslices' },
    { verbs: ['list', ...WRITE], resource: 'core/configmaps', namespace: SYSTEM_NAMESPACE },
    {
      verbs: ['get', 'create', 'update'],
      resource: 'coordination.k8s.io/leases',
      namespace: SYSTEM_NAMESPACE,
    },
    { verbs: ['create', 'patch'], resource: 'events.k8s.io/events' },
    // Certificates of the webhook.
    { verbs: ['create'], resource: 'core/secrets', namespace: SYSTEM_NAMESPACE },
    {
      verbs: ['get', 'update'],
      resource: 'core/secrets',
      namespace: SYSTEM_NAMESPACE,
      name: 'sluice-webhook-certificates',
    },
    { verbs: ['create'], resource: 'admissionregistration.k8s.io/validatingwebhookconfigurations' },
    {
      verbs: ['patch'],
      resource: 'admissionregistration.k8s.io/validatingwebhookconfigurations',
      name: 'policies.sluice.dev',
    },
    { verbs: ['get', 'create'], resource: 'apiextensions.k8s.io/customresourcedefinitions' },
    ...DEFINITIONS.map((name) => ({
      ...{ verbs: ['patch'], resource: 'apiextensions.k8s.io/customresourcedefinitions', name },
    })),
    // Calico's kinds, and who has them in hand.
    ...watchOf('apiregistration.k8s.io', 'apiservices'),
    { verbs: ['list', 'watch'], resource: 'apps/deployments', name: 'tigera-operator' },
    ...watchOf('operator.tigera.io', 'installations'),
    ...Object.values(CALICO_KINDS).flatMap(({ group, plural }) => [
      ...readOf(group, plural),
      { verbs: ['patch'], resource: `${group}/${plural}/status` },
    ]),
    // Quarantine: pods that are let go, policies that are restored, the count of what was done.
    { verbs: ['get', 'patch', 'quarantine'], resource: 'core/pods' },
    { verbs: ['create'], resource: 'authorization.k8s.io/selfsubjectaccessreviews' },
    { verbs: ['get', 'update'], resource: 'core/configmaps', namespace: SYSTEM_NAMESPACE },
    ...REPLACED.flatMap((verb) => [
      { verbs: [verb], resource: 'networking.k8s.io/networkpolicies' },
      { verbs: [verb], resource: 'projectcalico.org/globalnetworkpolicies' },
    ]),
    { verbs: ['list'], resource: 'networking.k8s.io/networkpolicies' },
  ],
  node: [
    ...readOf('sluice.dev', 'sluicenodes', 'workloadslices'),
    { verbs: ['patch'], resource: 'sluice.dev/sluicenodes/status', name: 'node-a' },
    { verbs: ['get'], resource: 'core/configmaps', namespace: SYSTEM_NAMESPACE, name: 'sluice-policy-0' },
  ],
  hub: [
    ...watchOf('sluice.dev', 'alerts', 'wafpolicies'),
    ...watchOf('projectcalico.org', 'globalalerts'),
    { verbs: ['patch'], resource: 'sluice.dev/alerts/status' },
    { verbs: ['patch'], resource: 'projectcalico.org/globalalerts/status' },
    // Whose tokens come with what is delivered.
    { verbs: ['create'], resource: 'authentication.k8s.io/tokenreviews' },
    // Proposals of quarantine.
    { verbs: ['get', 'list'], resource: 'core/pods' },
    { verbs: ['get'], resource: 'sluice.dev/sluices', name: 'sluice' },
    { verbs: ['create'], resource: 'events.k8s.io/events', namespace: 'shop' },
    { verbs: ['list', 'create', 'patch'], resource: 'core/configmaps', namespace: SYSTEM_NAMESPACE },
  ],
  uninstall: [
    { verbs: ['list', 'patch', 'delete'], resource: 'sluice.dev/sluicenodes' },
    { verbs: ['list', 'delete'], resource: 'sluice.dev/workloadslices' },
    { verbs: ['list'], resource: 'core/pods' },
    { verbs: ['list', 'delete'], resource: 'core/configmaps', namespace: SYSTEM_NAMESPACE },
    {
      verbs: ['patch'],
      resource: 'apps/deployments/scale',
      namespace: SYSTEM_NAMESPACE,
      name: 'sluice-controller',
    },
    {
      verbs: ['get', 'update', 'delete'],
      resource: 'coordination.k8s.io/leases',
      namespace: SYSTEM_NAMESPACE,
      name: 'sluice-controller',
    },
    {
      verbs: ['delete'],
      resource: 'core/secrets',
      namespace: SYSTEM_NAMESPACE,
      name: 'sluice-webhook-certificates',
    },
    {
      verbs: ['delete'],
      resource: 'admissionregistration.k8s.io/validatingwebhookconfigurations',
      name: 'policies.sluice.dev',
    },
  ],
};

const ANY: readonly Call[] = [
  { verbs: ['*'], resource: '*/*' },
  { verbs: ['get', 'list'], resource: 'core/secrets' },
  { verbs: ['get', 'list'], resource: 'core/secrets', namespace: 'shop' },
  { verbs: ['get', 'list'], resource: 'core/secrets', namespace: SYSTEM_NAMESPACE },
  { verbs: ['create'], resource: 'core/pods/exec', namespace: 'shop' },
  { verbs: ['create', 'delete'], resource: 'core/pods', namespace: 'shop' },
  { verbs: ['create', 'patch'], resource: 'apps/deployments', namespace: 'shop' },
  { verbs: ['impersonate'], resource: 'core/users' },
  { verbs: ['bind', 'escalate', 'create', 'patch'], resource: 'rbac.authorization.k8s.io/clusterroles' },
  { verbs: ['create'], resource: 'core/serviceaccounts/token', namespace: SYSTEM_NAMESPACE },
  { verbs: ['patch', 'delete'], resource: 'core/nodes' },
  { verbs: ['get', 'list'], resource: 'apps/deployments' },
  { verbs: ['create', 'patch'], resource: 'core/configmaps', namespace: 'shop' },
];

export const REFUSED: Readonly<Record<Account, readonly Call[]>> = {
  controller: [
    ...ANY,
    { verbs: ['patch', 'create', 'delete'], resource: 'sluice.dev/wafpolicies', namespace: 'shop' },
    { verbs: ['patch'], resource: 'sluice.dev/sluicenodes/status' },
    {
      verbs: ['patch', 'delete'],
      resource: 'apiextensions.k8s.io/customresourcedefinitions',
      name: 'x.example',
    },
    {
      verbs: ['patch', 'delete'],
      resource: 'admissionregistration.k8s.io/validatingwebhookconfigurations',
      name: 'of-somebody-else',
    },
    { verbs: ['create'], resource: 'admissionregistration.k8s.io/mutatingwebhookconfigurations' },
  ],
  node: [
    ...ANY,
    { verbs: ['list', 'patch'], resource: 'core/configmaps', namespace: SYSTEM_NAMESPACE },
    { verbs: ['get'], resource: 'core/pods' },
    { verbs: ['patch', 'create', 'delete'], resource: 'sluice.dev/sluicenodes' },
    { verbs: ['patch'], resource: 'core/pods', namespace: 'shop' },
  ],
  hub: [
    ...ANY,
    { verbs: ['patch', 'quarantine'], resource: 'core/pods', namespace: 'shop' },
    { verbs: ['create', 'update'], resource: 'networking.k8s.io/networkpolicies', namespace: 'shop' },
    { verbs: ['delete'], resource: 'core/configmaps', namespace: SYSTEM_NAMESPACE },
    ...readOf('sluice.dev', 'sluicenodes'),
    { verbs: ['create', 'update', 'patch', 'delete'], resource: 'sluice.dev/alerts' },
  ],
  uninstall: [
    ...ANY,
    { verbs: ['get', 'patch', 'delete'], resource: 'core/pods', namespace: 'shop' },
    { verbs: ['patch', 'delete'], resource: 'sluice.dev/wafpolicies', namespace: 'shop' },
    { verbs: ['delete'], resource: 'apiextensions.k8s.io/customresourcedefinitions' },
    { verbs: ['patch', 'delete'], resource: 'apps/deployments', namespace: SYSTEM_NAMESPACE },
    {
      verbs: ['get'],
      resource: 'core/secrets',
      namespace: SYSTEM_NAMESPACE,
      name: 'sluice-webhook-certificates',
    },
    {
      verbs: ['delete'],
      resource: 'admissionregistration.k8s.io/validatingwebhookconfigurations',
      name: 'of-somebody-else',
    },
  ],
};
