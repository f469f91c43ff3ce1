/** What the controller and the nodes write for each other: checked against plan/ by tsc (check.ts). Nobody writes these by hand. */
import { BODY_PROFILES, DATA_PATHS } from '@sluice/envoy-config';
import { z } from 'zod';
import { KIND_LIMITS } from '../limits.ts';
import { maybe, said } from './field.ts';
import { modeSchema } from './settings.ts';

const text = z.string().max(1_024);
const uid = said(z.string().min(1).max(128), "The pod's UID.");

/** What Envoy has to know of a policy. */
const guard = {
  mode: said(modeSchema, 'Mode of the policy.'),
  unavailable: said(z.enum(['Closed', 'Open']), 'What Envoy does while Sluice does not answer.'),
  dataPath: maybe(z.enum(DATA_PATHS), 'How Envoy asks.'),
  profile: maybe(z.enum(BODY_PROFILES), 'What becomes of bodies.'),
  responses: maybe(z.boolean(), 'Whether Sluice sees responses.'),
};

const portPolicy = z.strictObject({
  name: said(text, 'Name of a policy of this plan.'),
  ...guard,
});

const plannedPort = z.strictObject({
  number: said(z.int().min(1).max(65_535), "The container's port."),
  protocol: said(z.enum(['http', 'h2c', 'tls', 'tcp']), 'What is spoken, as the cluster declares it.'),
  uninspected: maybe(
    z.enum(['Allow', 'Refuse']),
    'What becomes of it where it cannot be inspected, in Block.',
  ),
  upgrades: maybe(z.array(text).max(16), 'HTTP upgrades that the workload needs.'),
  paths: maybe(z.enum(['AsSent', 'Normalised', 'Strict']), 'What Envoy does to a path.'),
  policy: maybe(portPolicy, "In place of the pod's policy, whole."),
  tlsSecret: maybe(text, 'namespace/name of the Secret with its key.'),
});

const plannedPod = z.strictObject({
  namespace: said(text, 'Namespace of the pod.'),
  name: said(text, 'Name of the pod.'),
  uid,
  hostNetwork: said(z.boolean(), 'Whether it is on the network of its node, and so cannot be intercepted.'),
  ipFamilies: said(z.array(z.enum(['IPv4', 'IPv6'])).max(2), 'Families of its addresses.'),
  policy: said(text, 'Name of a policy of this plan.'),
  ports: said(
    z.array(plannedPort).max(KIND_LIMITS.portsPerPodMax),
    'Ports that are inspected, refused or told.',
  ),
  exemptSources: said(
    z.array(text).max(64),
    "Addresses whose connections are not redirected: the kubelet's.",
  ),
  ...guard,
});

const plannedPolicy = z.strictObject({
  name: said(text, 'Name of the policy on this node.'),
  digest: said(z.string().max(128), 'Digest of its content: ConfigMap sluice-policy-DIGEST.'),
});

export const nodePlanSpec = z.strictObject({
  node: said(text, 'Name of the node.'),
  trustedProxies: said(
    z.array(text).max(KIND_LIMITS.networksMax),
    'CIDR ranges of proxies whose X-Forwarded-For is believed.',
  ),
  pods: said(z.array(plannedPod).max(KIND_LIMITS.podsPerNodeMax), 'Pods of the node that are selected.'),
  policies: said(
    z.array(plannedPolicy).max(KIND_LIMITS.podsPerNodeMax + 1),
    'Policies that its pods name, and default.',
    { listMapKeys: ['name'] },
  ),
});

const podReport = z.strictObject({
  uid,
  intercepted: said(z.boolean(), 'Whether its connections are redirected.'),
  reason: said(text, 'Why they are not, in one word (docs/interception.md); empty where they are.'),
  // Patches lose what is null, inside of lists, too: absent means the same.
  enforced: said(
    z.boolean().nullable().default(null),
    'Outcome of the last probe; null where there was none.',
  ),
  message: said(z.string().max(KIND_LIMITS.messageCharactersMax), 'In words; empty where all is well.'),
});

export const nodeReportStatus = z.strictObject({
  observedGeneration: said(z.int().min(0), 'Generation of the spec that is in force, whole.'),
  ruleSetVersion: said(text, 'Version of the rules in force: the same for the same rules on every node.'),
  heartbeatAt: said(z.string().max(64), 'When the node last said something.', { format: 'date-time' }),
  problem: said(
    z.string().max(KIND_LIMITS.messageCharactersMax),
    'Why the newest spec is not in force; empty where it is.',
  ),
  policies: maybe(
    z.array(plannedPolicy).max(KIND_LIMITS.podsPerNodeMax + 1),
    'Policies in force, as the newest spec that is in force names them.',
    { listMapKeys: ['name'] },
  ),
  pods: said(z.array(podReport).max(KIND_LIMITS.podsPerNodeMax), 'What has become of each pod.'),
});

const workload = z.strictObject({
  addresses: said(z.array(z.string().max(64)).max(16), 'Its addresses.'),
  namespace: said(text, 'Namespace of the pod.'),
  pod: said(text, 'Name of the pod.'),
  uid,
  node: said(text, 'Node that it runs on.'),
  owner: said(text, 'What it belongs to in the end, Deployment/shop.'),
  labels: said(z.array(text).max(64), 'Labels of it, app=shop.'),
  services: said(z.array(text).max(256), 'Services of its namespace that lead to it.'),
});

export const workloadSliceSpec = z.strictObject({
  workloads: said(
    z.array(workload).max(KIND_LIMITS.workloadsPerSliceMax),
    'Pods, and who stands behind their addresses.',
  ),
});
