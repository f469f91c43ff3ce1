/** Specs of WAFPolicy, ClusterWAFPolicy and RuleSet. */
import { UNINSPECTABLE_CAUSES } from '@sluice/server/inspector';
import { POLICY_LIMITS } from '@sluice/server/policies/limits';
import { paranoia } from '@sluice/server/policies/policy-schema';
import { z } from 'zod';
import { KIND_LIMITS } from '../limits.ts';
import { intOrString, maybe, objectName, said } from './field.ts';
import { modeSchema, settingsSchema, settingsShape, thresholdsSchema } from './settings.ts';
import { labelSelectorSchema, targetRefSchema, tlsRefSchema } from './targets.ts';

const ruleSetNames = z.array(objectName).max(KIND_LIMITS.ruleSetsMax);

export const wafPolicySpec = z.strictObject({
  targetRefs: maybe(
    z.array(targetRefSchema).min(1).max(KIND_LIMITS.targetsMax),
    'What the policy is for, in its own namespace; for an HTTPRoute or a Gateway wherever it leads (docs/kubernetes.md). With neither targetRefs nor workloadSelector it is for all of its namespace that is selected.',
  ),
  workloadSelector: maybe(
    labelSelectorSchema,
    'Pods of the namespace that the policy is for, and which it selects for inspection by itself.',
  ),
  ...settingsShape,
  ruleSets: maybe(
    ruleSetNames,
    "RuleSets of the same namespace, in this order, behind those of the cluster's policies.",
  ),
  tls: maybe(
    z.array(tlsRefSchema).max(KIND_LIMITS.tlsMax),
    'TLS keys of ports, whose traffic is then inspected.',
    { listMapKeys: ['port'] },
  ),
});

/** Of the whole spec: its parts stand beside one another. */
export const WAF_POLICY_RULES = [
  {
    rule: '!(has(self.targetRefs) && has(self.workloadSelector))',
    message: 'a policy has targetRefs or a workloadSelector, not both',
  },
];

const ALLOWED_RULES = /^(\*|[0-9]{1,15}-[0-9]{1,15})$/;
const allowedRules = intOrString(
  ALLOWED_RULES,
  "rules are named by their ids, by ranges of ids such as 942100-942199, or by '*' for all that are not protected",
);

export const allowancesSchema = z.strictObject({
  mode: maybe(modeSchema, 'The weakest mode.'),
  paranoia: maybe(paranoia, 'The lowest paranoia level.'),
  thresholds: maybe(thresholdsSchema, 'The highest thresholds.'),
  exclusions: maybe(
    z.array(allowedRules).max(POLICY_LIMITS.namesMax),
    "Rules that exclusions may name, and that SecLang may remove or change: ids, ranges; '*' for all that are not protected.",
  ),
  unavailable: maybe(z.array(z.enum(['Closed', 'Open'])).max(2), 'Any of these may be chosen.'),
  uninspectable: maybe(
    z.array(z.enum(UNINSPECTABLE_CAUSES)).max(UNINSPECTABLE_CAUSES.length),
    'Causes for which uninspectable may say allow.',
  ),
  addresses: maybe(z.boolean(), 'Whether clients may be let by uninspected (addresses.allow).'),
  uninspected: maybe(
    z.boolean(),
    'Whether ports that cannot be inspected may be let through (uninspected: Allow).',
  ),
  ruleSets: maybe(
    z.boolean(),
    'Whether RuleSets of the namespace may be used at all; true where absent, for rules of its own are stricter.',
  ),
});

export const clusterWafPolicySpec = z.strictObject({
  namespaceSelector: maybe(labelSelectorSchema, 'Namespaces that the policy is for; all where absent.'),
  select: maybe(
    z.enum(['Annotated', 'All']),
    'Annotated: Services that are annotated, or that a WAFPolicy is for. All: every Service of these namespaces, but those whose annotation says false.',
    { default: 'Annotated' },
  ),
  defaults: maybe(settingsSchema, 'What policies of these namespaces inherit, field by field.'),
  allow: maybe(
    allowancesSchema,
    'How far policies of namespaces may be weaker than what they inherit. What is absent here may not be weakened.',
  ),
  ruleSets: maybe(
    ruleSetNames,
    "RuleSets of Sluice's own namespace, in this order, before those of the namespaces' policies.",
  ),
});

const ruleId = z.int().min(1);

const ruleTest = z.strictObject({
  name: said(z.string().min(1).max(253), 'What is tested, in words.'),
  request: said(
    z.strictObject({
      method: maybe(z.string().min(1).max(32), 'GET where absent.'),
      uri: said(z.string().min(1).max(8_192), 'Path and query, as a client sends them.'),
      headers: maybe(
        z.record(z.string(), z.string().max(8_192)).meta({ maxProperties: KIND_LIMITS.testHeadersMax }),
        'Header lines; Host, User-Agent and Accept of an ordinary client where absent.',
      ),
      body: maybe(z.string().max(KIND_LIMITS.testBodyCharactersMax), 'The body; none where absent.'),
    }),
    'A request.',
  ),
  expect: said(
    z.strictObject({
      matched: maybe(z.array(ruleId).max(KIND_LIMITS.testRulesMax), 'Rules that must match.'),
      notMatched: maybe(z.array(ruleId).max(KIND_LIMITS.testRulesMax), 'Rules that must not.'),
      denied: maybe(z.boolean(), 'Whether Block must deny it.'),
    }),
    'What must come of it.',
    {
      rules: [
        {
          rule: 'has(self.matched) || has(self.notMatched) || has(self.denied)',
          message: 'a test expects something: matched, notMatched or denied',
        },
      ],
    },
  ),
});

const fragment = z.string().max(KIND_LIMITS.fragmentCharactersMax);

export const ruleSetSpec = z.strictObject({
  before: maybe(fragment, 'SecLang before the CRS: exclusions that depend on the request, settings.'),
  after: maybe(fragment, 'SecLang behind the CRS: rules of your own.'),
  tests: maybe(
    z.array(ruleTest).max(KIND_LIMITS.testsMax),
    'Requests and what must come of them. A RuleSet whose tests fail does not come into force.',
    { listMapKeys: ['name'] },
  ),
});

export const RULE_SET_RULES = [
  {
    rule: "(has(self.before) && self.before != '') || (has(self.after) && self.after != '')",
    message: 'a RuleSet has SecLang, in before or in after',
  },
];
