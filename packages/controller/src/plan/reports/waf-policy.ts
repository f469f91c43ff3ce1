/** What is said of a WAFPolicy. */
import type { WafPolicy } from '../../kinds/objects.ts';
import { keyOf, listed } from '../order.ts';
import type { ObjectReport } from '../plan.ts';
import { ownPolicyName } from '../policies.ts';
import type { Finding } from '../rules.ts';
import { isService, sectionKey, sectionNames } from '../targets.ts';
import type { ReportContext } from './context.ts';
import { accepted, idle, validated } from './facts.ts';
import { progressOf } from './progress.ts';
import { routedFindings, routedRivals, routedText } from './routed.ts';

export function wafPolicyReport(
  policy: WafPolicy,
  invalid: string | null,
  context: ReportContext,
): ObjectReport {
  const key = keyOf(policy.metadata);
  const { namespace = '' } = policy.metadata;
  const about = { kind: 'WAFPolicy', key, generation: policy.metadata.generation } as const;
  const system = context.namespaces.never(namespace);
  if (system !== null) {
    const message = `Nothing is selected here: ${system}.`;
    return {
      ...about,
      conditions: [accepted([{ reason: 'SystemNamespace', message }], ''), ...idle(message)],
    };
  }
  const effective = context.policies.own.get(key);
  if (effective === undefined) return { ...about, conditions: [] };
  const found = [
    ...(invalid === null ? [] : [invalidFinding(invalid)]),
    ...targetFindings(policy, context),
    ...routedFindings(policy, context),
    ...conflicts(policy, context),
    ...effective.findings,
    ...effective.rules.missing,
    ...secretFindings(policy, context),
  ];
  const stays = effective.findings.length > 0 || invalid !== null;
  const findings = stays ? withWhatHolds(found) : found;
  return {
    ...about,
    conditions: [
      accepted(
        findings,
        `It is in force wherever a pod is selected that it is for.${routedText(policy, context)}`,
      ),
      validated(effective.rules),
      ...progressOf([ownPolicyName(key)], nothingText(policy), context),
    ],
  };
}

export const invalidFinding = (problem: string): Finding => ({ reason: 'Invalid', message: `${problem}.` });

/** Said once, behind what is wrong. */
const withWhatHolds = (findings: readonly Finding[]): readonly Finding[] =>
  findings.map((finding, at) =>
    at < findings.length - 1
      ? finding
      : {
          ...finding,
          message: `${finding.message} Its last good settings stay in force, or what it inherits where there are none.`,
        },
  );

function nothingText({ spec }: WafPolicy): string {
  if (spec.workloadSelector !== undefined)
    return 'No pod of its namespace that runs has these labels, or others go before it.';
  if (spec.targetRefs !== undefined)
    return 'No pod that runs stands behind its targets, or others go before it.';
  return 'Nothing of its namespace is selected that no other policy is for: annotate a Service with sluice.dev/inspect=true.';
}

/** Targets that are not there, and those that nothing can select. */
function targetFindings(policy: WafPolicy, { selections }: ReportContext): readonly Finding[] {
  const { namespace = '' } = policy.metadata;
  return (policy.spec.targetRefs ?? []).filter(isService).flatMap((target): readonly Finding[] => {
    const key = `${namespace}/${target.name}`;
    const selection = selections.get(key);
    if (selection === undefined)
      return [{ reason: 'TargetNotFound', message: `Service ${key} is not there.` }];
    const { sectionName } = target;
    const ports = selection.service.ports.filter(
      (port) => sectionName === undefined || sectionNames(port).includes(sectionName),
    );
    if (ports.length === 0)
      return [
        { reason: 'TargetNotFound', message: `Service ${key} has no port ${sectionName ?? 'at all'}.` },
      ];
    if (selection.ports.length === 0)
      return [{ reason: 'TargetNotSelected', message: `Service ${key}: ${selection.because}` }];
    return [];
  });
}

/** Another policy, older, is for the same. Where this one is in force for anything else, that is no conflict of it as a whole. */
function conflicts(policy: WafPolicy, context: ReportContext): readonly Finding[] {
  const { targets, claims } = context;
  const routed = routedRivals(policy, context);
  const winners = [...routed, ...rivals(policy, targets), ...(claims.lost.get(policy) ?? [])].filter(
    (each) => each !== policy,
  );
  const holds = claims.won.has(policy) || isFirstAnywhere(policy, targets);
  if (winners.length === 0 || (holds && routed.length === 0)) return [];
  const names = [...new Set(winners.map(({ metadata }) => keyOf(metadata)))].sort();
  const message = `${listed(names)} is older and for the same: of two the oldest is in force. Change what one of them is for, or delete one.`;
  return [{ reason: 'Conflicted', message }];
}

type Lists = readonly (readonly WafPolicy[])[];

/** The policies for each target of a policy, the oldest first. */
function targetLists(policy: WafPolicy, { services, sections, wide }: ReportContext['targets']): Lists {
  const { namespace = '' } = policy.metadata;
  const { targetRefs, workloadSelector } = policy.spec;
  if (targetRefs === undefined && workloadSelector === undefined) return [wide.get(namespace) ?? []];
  return (targetRefs ?? []).filter(isService).map(({ name, sectionName }) => {
    const key = `${namespace}/${name}`;
    return (sectionName === undefined ? services.get(key) : sections.get(sectionKey(key, sectionName))) ?? [];
  });
}

const rivals = (policy: WafPolicy, targets: ReportContext['targets']): readonly WafPolicy[] =>
  targetLists(policy, targets).flatMap(([first]) => (first === undefined ? [] : [first]));

/** First for a target that no pod stands behind yet; what it has lost on pods is told by `claims`. */
const isFirstAnywhere = (policy: WafPolicy, targets: ReportContext['targets']): boolean =>
  targetLists(policy, targets).some(([first]) => first === policy);

function secretFindings({ metadata, spec }: WafPolicy, { world }: ReportContext): readonly Finding[] {
  return (spec.tls ?? []).flatMap(({ port, secretName }): readonly Finding[] => {
    const key = `${metadata.namespace}/${secretName}`;
    if (world.secrets.has(key)) return [];
    const message = `Secret ${key} for port ${port} is not there, or is not of type kubernetes.io/tls: its traffic cannot be inspected, and Block refuses it.`;
    return [{ reason: 'SecretNotFound', message }];
  });
}
