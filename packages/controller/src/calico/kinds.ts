/**
 * Calico's kinds as it documents them, for clusters that have none of them: objects that somebody has written must apply unchanged. Fields that Sluice does
 * not honour are here, too, or the API server would lose them. Nothing has a default: Calico's own definitions fill in `state` and `paranoiaLevel` inside of
 * `coreRuleSet`, so that a policy cannot inherit the one while it sets the other.
 */
import { z } from 'zod';
import type { KindDefinition, PrinterColumn } from '../kinds/definitions.ts';
import { KIND_LIMITS } from '../kinds/limits.ts';
import { ALERT_RULES } from '../kinds/schema/alert.ts';
import { maybe, objectName, said } from '../kinds/schema/field.ts';
import { conditionsStatus } from '../kinds/schema/status.ts';

export const OPERATOR_GROUP = 'operator.tigera.io';
export const PROJECT_GROUP = 'projectcalico.org';
export const LAYER_GROUP = 'applicationlayer.projectcalico.org';

const NOT_HONOURED = 'Not honoured by Sluice.';
const state = z.enum(['Enabled', 'Disabled']);
/** What is taken as it comes. */
const anything = z.looseObject({});
const status = z.looseObject({ conditions: conditionsStatus.shape.conditions });

export const applicationLayerSpec = z.looseObject({
  webApplicationFirewall: maybe(
    state,
    'Enabled: Services whose annotation projectcalico.org/l7-logging is true are inspected.',
  ),
  applicationLayerPolicy: maybe(state, NOT_HONOURED),
  logCollection: maybe(
    z.looseObject({
      collectLogs: maybe(state, NOT_HONOURED),
      logIntervalSeconds: maybe(z.int(), NOT_HONOURED),
      logRequestsPerInterval: maybe(z.int(), NOT_HONOURED),
    }),
    'Logs of all HTTP. Sluice counts it in any case (docs/l7.md).',
  ),
  envoy: maybe(
    z.looseObject({
      xffNumTrustedHops: maybe(
        z.int().min(0).max(2_147_483_647),
        'Not honoured by Sluice but for 0: name the proxies in trustedProxies of Sluice.',
      ),
      useRemoteAddress: maybe(z.boolean(), 'True is what Sluice always does.'),
    }),
    "Whose address a client's is.",
  ),
  l7LogCollectorDaemonSet: maybe(anything, NOT_HONOURED),
  sidecarInjection: maybe(state, NOT_HONOURED),
});

export const globalAlertSpec = z.looseObject({
  type: maybe(z.enum(['RuleBased']), 'RuleBased is the only one.'),
  description: said(z.string(), 'What it is about.'),
  summary: maybe(z.string(), 'What is said when it fires; the description where absent.'),
  severity: said(z.int(), 'How bad it is, 1 to 100.'),
  dataSet: maybe(
    z.enum(['flows', 'dns', 'audit', 'l7', 'waf', 'vulnerability']),
    'What is looked at. Sluice has waf and l7.',
  ),
  period: maybe(z.string(), 'How often it is looked; 5m where absent.'),
  lookback: maybe(z.string(), 'How far back is looked; 10m where absent.'),
  query: maybe(z.string(), 'Which records; all where absent.'),
  aggregateBy: maybe(z.array(z.string()), 'Fields whose values together make one group.'),
  metric: maybe(z.enum(['avg', 'max', 'min', 'sum', 'count']), 'What is computed of each group.'),
  field: maybe(z.string().max(256), 'What of; not of count.'),
  condition: maybe(
    z.enum(['eq', 'not_eq', 'gt', 'gte', 'lt', 'lte']),
    'How it is compared with the threshold.',
  ),
  threshold: maybe(z.number(), 'What it is compared with; 0 where absent.'),
  substitutions: maybe(
    z.array(
      z.looseObject({ name: said(z.string(), 'Name.'), values: maybe(z.array(z.string()), 'Values.') }),
    ),
    'Lists of values that the query names.',
  ),
  detector: maybe(z.looseObject({ name: maybe(z.string(), NOT_HONOURED) }), NOT_HONOURED),
});

const GLOBAL_ALERT_RULES = [
  ...ALERT_RULES,
  { rule: 'has(self.dataSet)', message: 'dataSet is required for RuleBased alerts' },
];

const coreRuleSet = z.looseObject({
  state: maybe(state, 'Disabled is not honoured by Sluice: it always runs the CRS.'),
  paranoiaLevel: maybe(z.int().min(1).max(4), 'Paranoia level of the CRS.'),
  enabled: maybe(z.boolean(), 'Deprecated by Calico, and not honoured by Sluice.'),
});

const plugins = z
  .array(
    z.looseObject({
      kind: maybe(
        z.enum(['WAFPlugin', 'GlobalWAFPlugin']),
        'WAFPlugin, or GlobalWAFPlugin in a GlobalWAFPolicy.',
      ),
      name: said(objectName, 'Its name.'),
    }),
  )
  .max(KIND_LIMITS.ruleSetsMax);

const actionMode = z.enum(['Detect', 'Block']);

export const globalWafPolicySpec = z.looseObject({
  defaultAction: maybe(actionMode, 'What policies of namespaces inherit.'),
  coreRuleSet: maybe(coreRuleSet, 'The CRS.'),
  plugins: maybe(plugins, 'SecLang for the whole cluster, in this order.'),
});

export const wafPolicySpec = z.looseObject({
  targetRefs: said(
    z
      .array(
        z.looseObject({
          group: maybe(z.string(), 'gateway.networking.k8s.io.'),
          kind: said(z.enum(['Gateway', 'HTTPRoute']), 'Kind of the target.'),
          name: said(objectName, 'Its name.'),
          sectionName: maybe(z.string().min(1).max(253), 'A listener, or a rule.'),
        }),
      )
      .min(1)
      .max(KIND_LIMITS.targetsMax),
    'What the policy is for.',
  ),
  action: maybe(actionMode, 'Detect or Block; inherited where absent.'),
  coreRuleSet: maybe(coreRuleSet, 'The CRS.'),
  plugins: maybe(plugins, 'SecLang of the namespace, in this order.'),
});

const fragment = z.string().max(65_536);

export const pluginSpec = z.looseObject({
  description: maybe(z.string().max(1_024), 'What it is for.'),
  config: maybe(fragment, 'SecLang before everything else.'),
  before: maybe(fragment, 'SecLang before the CRS.'),
  rules: maybe(fragment, 'SecLang behind the CRS.'),
  after: maybe(fragment, 'SecLang behind everything else.'),
});

const PLUGIN_RULES = [
  {
    rule: "(has(self.config) && self.config != '') || (has(self.before) && self.before != '') || (has(self.rules) && self.rules != '') || (has(self.after) && self.after != '')",
    message: 'at least one of config, before, rules and after is not empty',
  },
];

const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
const ACCEPTED: PrinterColumn = {
  name: 'Accepted',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Accepted")].status',
};

const COMMON = { status, specRules: [], rules: [], categories: [] } as const;

export const CALICO_KINDS = {
  ApplicationLayer: {
    ...COMMON,
    group: OPERATOR_GROUP,
    version: 'v1',
    kind: 'ApplicationLayer',
    plural: 'applicationlayers',
    shortNames: [],
    scope: 'Cluster',
    description:
      "Calico's switch of its firewall, read by Sluice: Services are then selected by an annotation.",
    spec: applicationLayerSpec,
    rules: [
      { rule: "self.metadata.name == 'tigera-secure'", message: "resource name must be 'tigera-secure'" },
    ],
    columns: [
      { name: 'WAF', type: 'string', jsonPath: '.spec.webApplicationFirewall' },
      { name: 'State', type: 'string', jsonPath: '.status.state' },
      ACCEPTED,
      AGE,
    ],
  },
  GlobalAlert: {
    ...COMMON,
    group: PROJECT_GROUP,
    version: 'v3',
    kind: 'GlobalAlert',
    plural: 'globalalerts',
    shortNames: [],
    scope: 'Cluster',
    description: "An alert of Calico's, read by Sluice. Alert of sluice.dev says the same and more.",
    spec: globalAlertSpec,
    specRules: GLOBAL_ALERT_RULES,
    columns: [
      { name: 'Severity', type: 'integer', jsonPath: '.spec.severity' },
      { name: 'Data', type: 'string', jsonPath: '.spec.dataSet' },
      ACCEPTED,
      AGE,
    ],
  },
  GlobalWAFPolicy: {
    ...COMMON,
    group: LAYER_GROUP,
    version: 'v3',
    kind: 'GlobalWAFPolicy',
    plural: 'globalwafpolicies',
    shortNames: ['gwafp'],
    scope: 'Cluster',
    description:
      "Calico's policy for the cluster, read by Sluice. ClusterWAFPolicy of sluice.dev says the same and more.",
    spec: globalWafPolicySpec,
    rules: [{ rule: "self.metadata.name == 'default'", message: "resource name must be 'default'" }],
    columns: [
      { name: 'Action', type: 'string', jsonPath: '.spec.defaultAction' },
      { name: 'Paranoia', type: 'integer', jsonPath: '.spec.coreRuleSet.paranoiaLevel' },
      ACCEPTED,
      AGE,
    ],
  },
  WAFPolicy: {
    ...COMMON,
    group: LAYER_GROUP,
    version: 'v3',
    kind: 'WAFPolicy',
    plural: 'wafpolicies',
    shortNames: ['wafp'],
    scope: 'Namespaced',
    description:
      "Calico's policy for a gateway, read by Sluice. WAFPolicy of sluice.dev says the same and more.",
    spec: wafPolicySpec,
    specRules: [
      {
        rule: "!has(self.plugins) || self.plugins.all(p, !has(p.kind) || p.kind != 'GlobalWAFPlugin')",
        message: 'a WAFPolicy has plugins of its own namespace: kind WAFPlugin',
      },
    ],
    columns: [{ name: 'Action', type: 'string', jsonPath: '.spec.action' }, ACCEPTED, AGE],
  },
  GlobalWAFPlugin: {
    ...COMMON,
    group: LAYER_GROUP,
    version: 'v3',
    kind: 'GlobalWAFPlugin',
    plural: 'globalwafplugins',
    shortNames: ['gwafplugin'],
    scope: 'Cluster',
    description:
      "SecLang for Calico's GlobalWAFPolicy, read by Sluice. RuleSet of sluice.dev says the same and more.",
    spec: pluginSpec,
    specRules: PLUGIN_RULES,
    columns: [ACCEPTED, AGE],
  },
  WAFPlugin: {
    ...COMMON,
    group: LAYER_GROUP,
    version: 'v3',
    kind: 'WAFPlugin',
    plural: 'wafplugins',
    shortNames: ['wafplugin'],
    scope: 'Namespaced',
    description:
      "SecLang for Calico's WAFPolicy, read by Sluice. RuleSet of sluice.dev says the same and more.",
    spec: pluginSpec,
    specRules: PLUGIN_RULES,
    columns: [ACCEPTED, AGE],
  },
} as const satisfies Record<string, KindDefinition>;

export type CalicoKind = keyof typeof CALICO_KINDS;
