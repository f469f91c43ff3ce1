/** What is said of Sluice, of ClusterWAFPolicies, of RuleSets and of Alerts. */
import type { ConditionFact } from '../../conditions.ts';
import type { Alert, ClusterWafPolicy, RuleSet, Sluice } from '../../kinds/objects.ts';
import type { RuleSetVerdicts } from '../../rules/verdict.ts';
import { proxiesOf } from '../nodes.ts';
import { byText, counted, keyOf, listed } from '../order.ts';
import type { ObjectReport } from '../plan.ts';
import { clusterPolicyName, ownPolicyName } from '../policies.ts';
import { clusterRights, type Finding, namespaceRights } from '../rules.ts';
import type { ReportContext } from './context.ts';
import { accepted, idle, validated } from './facts.ts';
import { progressOf } from './progress.ts';
import { invalidFinding } from './waf-policy.ts';

const about = (kind: ObjectReport['kind'], { metadata }: Sluice | ClusterWafPolicy | RuleSet | Alert) => ({
  ...{ kind, key: keyOf(metadata), generation: metadata.generation },
});

const maybeInvalid = (invalid: string | null): readonly Finding[] =>
  invalid === null ? [] : [invalidFinding(invalid)];

export function sluiceReport(sluice: Sluice, invalid: string | null, context: ReportContext): ObjectReport {
  const { policies, world, nodes } = context;
  const { ignored } = proxiesOf(world);
  const findings: readonly Finding[] = [
    ...maybeInvalid(invalid),
    ...policies.default.findings,
    ...(ignored.length === 0
      ? []
      : [
          {
            reason: 'Invalid' as const,
            message: `trustedProxies: ${listed(ignored)} is no CIDR range, or one too many, and is ignored.`,
          },
        ]),
  ];
  const names = [...nodes.uses.keys()];
  const nothing = 'No pod that runs is selected: annotate a Service with sluice.dev/inspect=true.';
  return {
    ...about('Sluice', sluice),
    conditions: [accepted(findings, 'Its defaults are inherited.'), ...progressOf(names, nothing, context)],
  };
}

export function clusterPolicyReport(
  policy: ClusterWafPolicy,
  invalid: string | null,
  context: ReportContext,
): ObjectReport {
  const { name } = policy.metadata;
  const { namespaces, policies } = context;
  const effective = policies.cluster.get(name);
  const governed = namespaces.governed.get(name) ?? [];
  const lost = namespaces.lost.get(name) ?? [];
  const winners = [...new Set(lost.map(([, winner]) => winner))].sort();
  const findings: readonly Finding[] = [
    ...maybeInvalid(invalid),
    ...(lost.length > 0 && governed.length === 0
      ? [
          {
            reason: 'Conflicted' as const,
            message: `${listed(winners)} is older and for the same namespaces: of two the oldest is in force. Change a namespaceSelector.`,
          },
        ]
      : []),
    ...(effective?.findings ?? []),
    ...(effective?.rules.missing ?? []),
  ];
  const others =
    lost.length === 0
      ? ''
      : ` In ${counted(lost.length, 'namespace')} an older one goes before it: ${listed(winners)}.`;
  const isGoverned = new Set(governed);
  const own = [...policies.own.keys()].filter((key) => isGoverned.has(key.slice(0, key.indexOf('/'))));
  const conditions: readonly ConditionFact[] = [
    accepted(findings, `${counted(governed.length, 'namespace')} inherit from it.${others}`),
    ...(effective === undefined ? [] : [validated(effective.rules)]),
    ...progressOf(
      [clusterPolicyName(name), ...own.map(ownPolicyName)],
      'No pod that runs is selected in namespaces that inherit from it.',
      context,
    ),
  ];
  return { ...about('ClusterWAFPolicy', policy), conditions };
}

/** A RuleSet is judged where policies put it; one that none names, by itself. */
export function ruleSetReport(
  ruleSet: RuleSet,
  invalid: string | null,
  context: ReportContext,
  verdicts: RuleSetVerdicts,
): ObjectReport {
  const key = keyOf(ruleSet.metadata);
  const users = usersOf(ruleSet, context);
  const acceptance = accepted(
    maybeInvalid(invalid),
    users.length === 0 ? 'No policy names it.' : `${listed(users.map(({ label }) => label))} uses it.`,
  );
  const used = users.length === 0 ? aloneState(ruleSet, context, verdicts) : stateIn(key, users, context);
  const names = users.map(({ name }) => name);
  const progress =
    names.length === 0
      ? idle('No policy names it.')
      : progressOf(names, 'No pod that runs has a policy that names it.', context);
  return { ...about('RuleSet', ruleSet), conditions: [acceptance, used, ...progress] };
}

interface User {
  readonly label: string;
  readonly name: string;
  readonly rules: NonNullable<ReturnType<ReportContext['policies']['own']['get']>>['rules'];
}

function usersOf(
  { metadata }: RuleSet,
  { world, policies, namespace: house }: ReportContext,
): readonly User[] {
  const { name, namespace = '' } = metadata;
  const own = [...world.policies.values()].flatMap((policy): readonly User[] => {
    const key = keyOf(policy.metadata);
    const rules = policies.own.get(key)?.rules;
    const names = policy.metadata.namespace === namespace && policy.spec.ruleSets?.includes(name) === true;
    return names && rules !== undefined
      ? [{ label: `WAFPolicy ${key}`, name: ownPolicyName(key), rules }]
      : [];
  });
  const cluster = [...world.clusterPolicies.values()].flatMap((policy): readonly User[] => {
    const rules = policies.cluster.get(policy.metadata.name)?.rules;
    const names = namespace === house && policy.spec.ruleSets?.includes(name) === true;
    const label = `ClusterWAFPolicy ${policy.metadata.name}`;
    return names && rules !== undefined
      ? [{ label, name: clusterPolicyName(policy.metadata.name), rules }]
      : [];
  });
  return [...cluster, ...own].sort((a, b) => byText(a.label, b.label));
}

function stateIn(key: string, users: readonly User[], _context: ReportContext): ConditionFact {
  const start = `RuleSet ${key}: `;
  const refused = users.flatMap(({ rules }) =>
    rules.refused.filter(({ message }) => message.startsWith(start)),
  );
  const [first] = refused;
  if (first !== undefined)
    return {
      type: 'Validated',
      status: 'False',
      reason: first.reason,
      message: first.message.slice(start.length),
    };
  if (users.some(({ rules }) => rules.pending.includes(key))) return pending();
  return compiled();
}

const pending = (): ConditionFact => ({
  ...{
    type: 'Validated',
    status: 'Unknown',
    reason: 'Pending',
    message: 'It is being compiled; what was in force stays until then.',
  },
});

const compiled = (): ConditionFact => ({
  ...{ type: 'Validated', status: 'True', reason: 'Compiled', message: 'It compiled, and passed its tests.' },
});

function aloneState(
  { metadata, spec }: RuleSet,
  { namespaces, policies, namespace: house }: ReportContext,
  verdicts: RuleSetVerdicts,
): ConditionFact {
  const { namespace = '' } = metadata;
  const allow = namespaces.governing(namespace)?.spec.allow ?? {};
  const rights = namespace === house ? clusterRights : namespaceRights(namespace, allow);
  const candidate = { key: keyOf(metadata), spec, rights };
  const { name, settings } = policies.default.planned;
  const verdict = verdicts.of(candidate, { name, settings, candidates: [candidate] });
  if (verdict === null) return pending();
  if (verdict.kind === 'ok') return compiled();
  return { type: 'Validated', status: 'False', reason: verdict.reason, message: verdict.message };
}
