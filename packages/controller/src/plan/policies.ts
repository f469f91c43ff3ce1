/** Each policy as it comes into force: settings inherited, held against what the cluster allows, with the SecLang that is good. */

import { createHash } from 'node:crypto';
import { SYSTEM_NAMESPACE } from '../kinds/names.ts';
import type { Allowances, ClusterWafPolicy, PolicySettings, WafPolicy } from '../kinds/objects.ts';
import { problemText, type SpecProblem, settingsOf, settingsProblems } from '../kinds/problems.ts';
import { POLICY_BYTES_MAX, policyBytes, policyDigest } from '../policy-content.ts';
import type { RuleSetVerdicts } from '../rules/verdict.ts';
import type { World } from '../world.ts';
import { POLICY_NAME_CHARACTERS_MAX } from './limits.ts';
import type { Memo } from './memo.ts';
import type { Namespaces } from './namespaces.ts';
import { byAge, keyOf } from './order.ts';
import type { PlannedPolicy } from './plan.ts';
import { clusterRights, type Finding, namespaceRights, type RulesInForce, rulesInForce } from './rules.ts';
import { dataPathOf, inherit, plannedSettings, settingsIn } from './settings.ts';
import { type Weakness, weaknesses } from './strictness.ts';

/** A policy in force. */
export interface Effective {
  readonly planned: PlannedPolicy;
  readonly digest: string;
  /** All that is in force, those of the table included. */
  readonly settings: PolicySettings;
  /** What is wrong with the settings. Where anything is, they are not in force. */
  readonly findings: readonly Finding[];
  readonly rules: RulesInForce;
}

export interface Policies {
  /** Sluice's defaults. */
  readonly default: Effective;
  /** By name of the ClusterWAFPolicy. */
  readonly cluster: ReadonlyMap<string, Effective>;
  /** By key of the WAFPolicy. */
  readonly own: ReadonlyMap<string, Effective>;
}

export interface PolicyContext {
  readonly world: World;
  readonly namespaces: Namespaces;
  readonly verdicts: RuleSetVerdicts;
  /** What was in force, by name. */
  readonly former: ReadonlyMap<string, PlannedPolicy>;
  /** Namespace of the cluster's RuleSets. */
  readonly namespace?: string;
  readonly kept: Memo<Effective>;
}

export const DEFAULT_POLICY = 'default';
export const clusterPolicyName = (name: string): string => bounded(`cluster.${name}`);
export const ownPolicyName = (key: string): string => bounded(key);

/** Names of objects may be as long as keys of policies, and a key has the namespace too. */
function bounded(name: string): string {
  if (name.length <= POLICY_NAME_CHARACTERS_MAX) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, POLICY_NAME_CHARACTERS_MAX - digest.length - 1)}-${digest}`;
}

const NO_SETTINGS: PolicySettings = Object.freeze({});
const NOTHING_ALLOWED: Allowances = Object.freeze({});
const NO_RULES: RulesInForce = { before: [], after: [], missing: [], refused: [], pending: [], newest: [] };

export function policiesOf(context: PolicyContext): Policies {
  const { world, former } = context;
  const house = defaultPolicy(context);
  const cluster = new Map<string, Effective>();
  for (const policy of [...world.clusterPolicies.values()].sort(byAge))
    cluster.set(policy.metadata.name, clusterPolicy(policy, house, context));
  const own = new Map<string, Effective>();
  for (const policy of [...world.policies.values()].sort(byAge)) {
    const key = keyOf(policy.metadata);
    const governing = context.namespaces.governing(policy.metadata.namespace ?? '');
    const base = (governing && cluster.get(governing.metadata.name)) ?? house;
    own.set(key, ownPolicy(policy, governing, base, former.get(ownPolicyName(key)), context));
  }
  return { default: house, cluster, own };
}

/** What nobody's defaults say anything about is kept under a name of its own, so that its digest is made once. */
const NOTHING = Object.freeze({});

function defaultPolicy({ world, former, kept }: PolicyContext): Effective {
  const before = former.get(DEFAULT_POLICY);
  return kept.of(world.sluice ?? NOTHING, [before && policyDigest(before)], () => {
    const wanted = world.sluice?.spec.defaults ?? NO_SETTINGS;
    const findings = invalid(problemsOf(wanted, 'spec.defaults'));
    const settings = findings.length === 0 ? wanted : formerSettings(before, NO_SETTINGS, null);
    return effective(DEFAULT_POLICY, settings, findings, () => NO_RULES, undefined);
  });
}

function clusterPolicy(policy: ClusterWafPolicy, house: Effective, context: PolicyContext): Effective {
  const { world, verdicts, former, namespace = SYSTEM_NAMESPACE, kept } = context;
  const name = clusterPolicyName(policy.metadata.name);
  const before = former.get(name);
  const sources = (policy.spec.ruleSets ?? []).map((ruleSet) => ({
    key: `${namespace}/${ruleSet}`,
    rights: clusterRights,
  }));
  const wanted = inherit(house.settings, policy.spec.defaults ?? NO_SETTINGS);
  const make = (): Effective => {
    const findings = invalid(problemsOf(wanted, 'spec.defaults'));
    const settings = findings.length === 0 ? wanted : formerSettings(before, house.settings, null);
    return effective(
      name,
      settings,
      findings,
      (head) => rulesInForce(world, verdicts, { policy: head, sources, former: before }),
      before,
    );
  };
  return sources.length > 0 ? make() : kept.of(policy, [house.digest, before && policyDigest(before)], make);
}

function ownPolicy(
  policy: WafPolicy,
  governing: ClusterWafPolicy | null,
  base: Effective,
  before: PlannedPolicy | undefined,
  { world, verdicts, namespace: house = SYSTEM_NAMESPACE, kept }: PolicyContext,
): Effective {
  const { namespace = '' } = policy.metadata;
  const allow = governing?.spec.allow ?? NOTHING_ALLOWED;
  const inherited = (governing?.spec.ruleSets ?? []).map((name) => ({
    key: `${house}/${name}`,
    rights: clusterRights,
  }));
  const mayHaveRules = allow.ruleSets !== false;
  const rights = namespaceRights(namespace, allow);
  const given = policy.spec.ruleSets ?? [];
  const sources = [
    ...inherited,
    ...(mayHaveRules ? given : []).map((name) => ({ key: `${namespace}/${name}`, rights })),
  ];
  const make = (): Effective => {
    const wanted = inherit(base.settings, settingsOf(policy.spec));
    const weak = weaknesses(base.settings, wanted, allow);
    const findings = [
      ...invalid(problemsOf(wanted, 'spec')),
      ...tooWeak(weak, namespace, governing),
      ...(mayHaveRules || given.length === 0 ? [] : noRuleSets(governing)),
    ];
    const isGood = findings.every(({ reason }) => reason === 'WeakerThanAllowed') && weak.length === 0;
    const settings = isGood ? wanted : formerSettings(before, base.settings, allow);
    const name = ownPolicyName(keyOf(policy.metadata));
    return effective(
      name,
      settings,
      findings,
      (head) => rulesInForce(world, verdicts, { policy: head, sources, former: before }),
      before,
    );
  };
  if (sources.length > 0) return make();
  return kept.of(policy, [base.digest, allow, governing, before && policyDigest(before)], make);
}

/** @param root where the settings stand */
function problemsOf(settings: PolicySettings, root: string): readonly SpecProblem[] {
  const unseen = settings.responses?.inspect === true && dataPathOf(settings) === 'ext_authz';
  return [
    ...settingsProblems(settings, root),
    ...(unseen
      ? [
          {
            path: `${root}.dataPath`,
            message: 'responses.inspect needs ext_proc: by ext_authz Envoy shows no responses',
          },
        ]
      : []),
  ];
}

const invalid = (problems: readonly SpecProblem[]): readonly Finding[] =>
  problems.length === 0 ? [] : [{ reason: 'Invalid', message: `${problemText(problems)}.` }];

function tooWeak(
  weak: readonly Weakness[],
  namespace: string,
  governing: ClusterWafPolicy | null,
): readonly Finding[] {
  if (weak.length === 0) return [];
  const fields = weak.map(({ field, message }) => `${field}: ${message}`).join('; ');
  const owner =
    governing === null
      ? `No ClusterWAFPolicy is for namespace ${namespace}, so nothing may be weakened: write one whose allow says so.`
      : `Change it, or the allow of ClusterWAFPolicy ${governing.metadata.name}.`;
  const reason = weak.every((each) => each.protected) ? 'ProtectedRule' : 'WeakerThanAllowed';
  return [{ reason, message: `${fields}. ${owner}` }];
}

const noRuleSets = (governing: ClusterWafPolicy | null): readonly Finding[] => [
  {
    reason: 'WeakerThanAllowed',
    message: `ruleSets: ClusterWAFPolicy ${governing?.metadata.name} lets this namespace have none. Take them away, or change its allow.`,
  },
];

/** What was in force, where it is still good and the cluster still allows it; else what is inherited. */
function formerSettings(
  before: PlannedPolicy | undefined,
  inherited: PolicySettings,
  allow: Allowances | null,
): PolicySettings {
  if (before === undefined) return inherited;
  const settings = settingsIn(before);
  const isGood = problemsOf(settings, '').length === 0;
  return isGood && (allow === null || weaknesses(inherited, settings, allow).length === 0)
    ? settings
    : inherited;
}

function effective(
  name: string,
  settings: PolicySettings,
  findings: readonly Finding[],
  rulesFor: (head: Pick<PlannedPolicy, 'name' | 'settings'>) => RulesInForce,
  before: PlannedPolicy | undefined,
): Effective {
  const head = { name, ...plannedSettings(settings) };
  const rules = rulesFor(head);
  const planned: PlannedPolicy = { ...head, before: rules.before, after: rules.after };
  const bytes = policyBytes(planned);
  if (bytes <= POLICY_BYTES_MAX) return { planned, digest: policyDigest(planned), settings, findings, rules };
  const kept: PlannedPolicy = { ...head, before: before?.before ?? [], after: before?.after ?? [] };
  const message = `It comes to ${bytes} bytes, and a ConfigMap holds ${POLICY_BYTES_MAX}: make its RuleSets smaller. Its former SecLang stays in force.`;
  return {
    ...{ planned: kept, digest: policyDigest(kept), settings },
    findings: [...findings, { reason: 'TooLarge', message }],
    rules: { ...rules, before: kept.before, after: kept.after },
  };
}
