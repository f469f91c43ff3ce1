/** Our kinds, each whole: what a CRD, the documentation and the reader of objects are made from. */
import type { z } from 'zod';
import { GROUP } from './names.ts';
import { ALERT_RULES, alertSpec, alertStatus } from './schema/alert.ts';
import type { CelRule } from './schema/field.ts';
import { sluiceSpec } from './schema/installation.ts';
import { nodePlanSpec, nodeReportStatus, workloadSliceSpec } from './schema/node.ts';
import {
  clusterWafPolicySpec,
  RULE_SET_RULES,
  ruleSetSpec,
  WAF_POLICY_RULES,
  wafPolicySpec,
} from './schema/policies.ts';
import { conditionsStatus } from './schema/status.ts';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  /** 1: only with `-o wide`. */
  readonly priority?: number;
  readonly description?: string;
}

export interface KindDefinition<Spec extends z.ZodType = z.ZodType> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  readonly description: string;
  readonly spec: Spec;
  /** Null: it has none. */
  readonly status: z.ZodType | null;
  /** Of the spec, as a whole. */
  readonly specRules: readonly CelRule[];
  /** Of the object, its name for one. */
  readonly rules: readonly CelRule[];
  readonly columns: readonly PrinterColumn[];
  readonly categories: readonly string[];
}

const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const condition = (type: string, priority = 0): PrinterColumn => ({
  name: type,
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=="${type}")].status`,
  ...(priority > 0 && { priority }),
});

const text = (name: string, jsonPath: string, priority = 0): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath,
  ...(priority > 0 && { priority }),
});

const reason = (type: string): PrinterColumn =>
  text(`${type}:Message`, `.status.conditions[?(@.type=="${type}")].message`, 1);

const OURS = { group: GROUP, version: 'v1alpha1', specRules: [], rules: [], categories: ['sluice'] } as const;

const SLUICE = {
  ...OURS,
  kind: 'Sluice',
  plural: 'sluices',
  shortNames: ['slu'],
  scope: 'Cluster',
  description: 'The installation of Sluice in this cluster: one object, named sluice.',
  spec: sluiceSpec,
  status: conditionsStatus,
  rules: [
    { rule: "self.metadata.name == 'sluice'", message: 'the installation is one object, named sluice' },
  ],
  columns: [
    text('Mode', '.spec.defaults.mode'),
    condition('Accepted'),
    condition('Programmed'),
    condition('Enforcing'),
    text('Calico', '.spec.calico', 1),
    reason('Enforcing'),
    AGE,
  ],
} as const satisfies KindDefinition;

const CLUSTER_WAF_POLICY = {
  ...OURS,
  kind: 'ClusterWAFPolicy',
  plural: 'clusterwafpolicies',
  shortNames: ['cswaf'],
  scope: 'Cluster',
  description:
    'What policies of namespaces inherit, and how far they may be weaker. The oldest one that matches a namespace holds for it.',
  spec: clusterWafPolicySpec,
  status: conditionsStatus,
  columns: [
    text('Mode', '.spec.defaults.mode'),
    text('Select', '.spec.select'),
    condition('Accepted'),
    condition('Validated'),
    condition('Programmed'),
    { name: 'Paranoia', type: 'integer', jsonPath: '.spec.defaults.paranoia', priority: 1 },
    reason('Accepted'),
    AGE,
  ],
} as const satisfies KindDefinition;

const WAF_POLICY = {
  ...OURS,
  kind: 'WAFPolicy',
  plural: 'wafpolicies',
  shortNames: ['swaf'],
  scope: 'Namespaced',
  description:
    'What is done with requests to Services, pods, or what HTTPRoutes and Gateways lead to, of a namespace, or to all of it that is selected.',
  spec: wafPolicySpec,
  specRules: WAF_POLICY_RULES,
  status: conditionsStatus,
  columns: [
    text('Mode', '.spec.mode'),
    text('Targets', '.spec.targetRefs[*].name'),
    condition('Accepted'),
    condition('Validated'),
    condition('Programmed'),
    condition('Enforcing'),
    { name: 'Paranoia', type: 'integer', jsonPath: '.spec.paranoia', priority: 1 },
    reason('Accepted'),
    reason('Enforcing'),
    AGE,
  ],
} as const satisfies KindDefinition;

const RULE_SET = {
  ...OURS,
  kind: 'RuleSet',
  plural: 'rulesets',
  shortNames: ['srules'],
  scope: 'Namespaced',
  description:
    'Fragments of SecLang that stand before and behind the CRS where a policy names them, with tests.',
  spec: ruleSetSpec,
  specRules: RULE_SET_RULES,
  status: conditionsStatus,
  columns: [condition('Accepted'), condition('Validated'), reason('Validated'), AGE],
} as const satisfies KindDefinition;

const ALERT = {
  ...OURS,
  kind: 'Alert',
  plural: 'alerts',
  shortNames: ['salert'],
  scope: 'Namespaced',
  description:
    "A query over events, and what is done when it finds something. In Sluice's own namespace it sees all events, elsewhere those to and from its namespace.",
  spec: alertSpec,
  specRules: ALERT_RULES,
  status: alertStatus,
  columns: [
    { name: 'Severity', type: 'integer', jsonPath: '.spec.severity' },
    text('Data', '.spec.dataSet'),
    text('Period', '.spec.period'),
    condition('Accepted'),
    { name: 'Active', type: 'boolean', jsonPath: '.status.active' },
    text('Owner', '.spec.owner', 1),
    text('Query', '.spec.query', 1),
    AGE,
  ],
} as const satisfies KindDefinition;

const SLUICE_NODE = {
  ...OURS,
  kind: 'SluiceNode',
  plural: 'sluicenodes',
  shortNames: ['snode'],
  scope: 'Cluster',
  description:
    'What a node is to do, written by the controller, and what has become of it, written by the node. Named after the node.',
  spec: nodePlanSpec,
  status: nodeReportStatus,
  columns: [
    { name: 'Wanted', type: 'integer', jsonPath: '.metadata.generation' },
    { name: 'In-Force', type: 'integer', jsonPath: '.status.observedGeneration' },
    text('Rules', '.status.ruleSetVersion'),
    { name: 'Heard', type: 'date', jsonPath: '.status.heartbeatAt' },
    text('Problem', '.status.problem'),
    AGE,
  ],
} as const satisfies KindDefinition;

const WORKLOAD_SLICE = {
  ...OURS,
  kind: 'WorkloadSlice',
  plural: 'workloadslices',
  shortNames: ['sslice'],
  scope: 'Cluster',
  description:
    'Who stands behind which address, written by the controller for the nodes, whose events name both ends of a request.',
  spec: workloadSliceSpec,
  status: null,
  columns: [AGE],
  // A hundred of them would hide the rest of `kubectl get sluice`.
  categories: [],
} as const satisfies KindDefinition;

export const KINDS = {
  Sluice: SLUICE,
  ClusterWAFPolicy: CLUSTER_WAF_POLICY,
  WAFPolicy: WAF_POLICY,
  RuleSet: RULE_SET,
  Alert: ALERT,
  SluiceNode: SLUICE_NODE,
  WorkloadSlice: WORKLOAD_SLICE,
} as const satisfies Record<string, KindDefinition>;

export type KindName = keyof typeof KINDS;
