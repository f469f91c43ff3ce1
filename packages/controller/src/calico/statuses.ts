/**
 * Which object a report is written to. The planner knows no difference between our objects and those that were translated from Calico's; here each
 * report finds its object, and what is not honoured of it is said in its condition Accepted.
 */
import type { ConditionFact } from '../conditions.ts';
import { CALICO_PREFIX } from '../kinds/names.ts';
import type { ObjectReport } from '../plan/plan.ts';
import type { CalicoReport, CalicoState } from '../world.ts';
import { CALICO_KINDS, type CalicoKind } from './kinds.ts';

/** A status to write of an object of Calico's, without times. */
export interface ObjectStatus {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** `''` where the kind has none. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly conditions: readonly ConditionFact[];
  /** Beside the conditions: what those who know Calico look at. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** The same, where the status has nothing there yet: the hub writes it from then on. */
  readonly first: Readonly<Record<string, unknown>>;
}

/** Kinds of ours, and what they were translated from. */
const ORIGINS: Readonly<Record<ObjectReport['kind'], readonly CalicoKind[]>> = {
  Sluice: [],
  ClusterWAFPolicy: ['GlobalWAFPolicy'],
  WAFPolicy: ['WAFPolicy'],
  RuleSet: ['WAFPlugin', 'GlobalWAFPlugin'],
  Alert: ['GlobalAlert'],
};

const split = (key: string): readonly [string, string] => {
  const at = key.indexOf('/');
  return at === -1 ? ['', key] : [key.slice(0, at), key.slice(at + 1)];
};

const isTranslated = ({ key }: ObjectReport): boolean => split(key)[1].startsWith(CALICO_PREFIX);

/** Whether what was translated from `report`'s object is what the planner speaks of. */
function isOf(planned: ObjectReport, report: CalicoReport): boolean {
  if (!ORIGINS[planned.kind].some((kind) => kind === report.kind)) return false;
  const [namespace, name] = split(planned.key);
  const plain = name.slice(CALICO_PREFIX.length).replace(/_late$/, '');
  // What has no namespace in Calico stands in Sluice's own.
  return plain === report.name && (report.namespace === '' || report.namespace === namespace);
}

function notHonouredText({ notHonoured }: CalicoReport): string {
  if (notHonoured.length === 0) return '';
  return ` Not honoured: ${notHonoured.map(({ path, reason }) => `${path} (${reason})`).join('; ')}.`;
}

function acceptance(report: CalicoReport): ConditionFact {
  const { accepted, notHonoured } = report;
  if (accepted) {
    return {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: `Read by Sluice.${notHonouredText(report)}`,
    };
  }
  const why = notHonoured.map(({ path, reason }) => `${path}: ${reason}`).join('; ');
  return { type: 'Accepted', status: 'False', reason: 'NotSupported', message: `${why}.` };
}

/** The worse of two facts of one type. */
const worse = (one: ConditionFact, other: ConditionFact): ConditionFact =>
  one.status === 'True' ? other : one;

/** What the planner says, with what the translation says. Of two RuleSets of one plugin the worse holds. */
function conditionsOf(report: CalicoReport, planned: readonly ObjectReport[]): readonly ConditionFact[] {
  const byType = new Map<string, ConditionFact>();
  for (const fact of planned.flatMap(({ conditions }) => conditions)) {
    const known = byType.get(fact.type);
    byType.set(fact.type, known === undefined ? fact : worse(known, fact));
  }
  const accepted = byType.get('Accepted');
  const own = acceptance(report);
  if (!report.accepted || accepted === undefined) byType.set('Accepted', own);
  else byType.set('Accepted', { ...accepted, message: accepted.message + notHonouredText(report) });
  return [...byType.values()];
}

function extraOf(report: CalicoReport): Readonly<Record<string, unknown>> {
  const { kind, accepted, notHonoured } = report;
  if (kind === 'ApplicationLayer') return { state: accepted ? 'Ready' : 'Degraded' };
  if (kind !== 'GlobalAlert') return {};
  const errors = notHonoured.map(({ path, reason }) => ({
    type: 'NotSupported',
    message: `${path}: ${reason}`,
  }));
  return accepted ? {} : { active: false, healthy: false, errorConditions: errors };
}

/** Calico's definition asks for both. */
const FIRST_OF_ALERT = { active: false, healthy: true };

const firstOf = ({ kind, accepted }: CalicoReport): Readonly<Record<string, unknown>> =>
  kind === 'GlobalAlert' && accepted ? FIRST_OF_ALERT : {};

function ofCalico(report: CalicoReport, planned: readonly ObjectReport[]): ObjectStatus {
  const { apiVersion, kind, namespace, name, uid, generation } = report;
  const { plural } = CALICO_KINDS[kind as CalicoKind];
  const conditions = conditionsOf(
    report,
    planned.filter((each) => isOf(each, report)),
  );
  return {
    apiVersion,
    kind,
    plural,
    namespace,
    name,
    uid,
    generation,
    conditions,
    extra: extraOf(report),
    first: firstOf(report),
  };
}

/** Calico's kinds are not read, and the installation says so. */
function managed(report: ObjectReport, managedBy: string): readonly ConditionFact[] {
  const message = `Calico's kinds are not read: ${managedBy} manages them. Use WAFPolicy, ClusterWAFPolicy and Alert of sluice.dev, and annotate Services with sluice.dev/inspect=true.`;
  return report.conditions.map((fact) =>
    fact.type === 'Accepted' && fact.status === 'True'
      ? { ...fact, reason: 'ManagedByCalico', message: `${fact.message} ${message}`.trim() }
      : fact,
  );
}

/** What is said of our own objects; the installation says where Calico's kinds are not read because somebody else manages them. */
export function reportsOfOurs(
  reports: readonly ObjectReport[],
  state: CalicoState | null,
): readonly ObjectReport[] {
  const managedBy = state?.managedBy ?? null;
  return reports
    .filter((report) => !isTranslated(report))
    .map((report) =>
      managedBy === null || report.kind !== 'Sluice'
        ? report
        : { ...report, conditions: managed(report, managedBy) },
    );
}

/** What is said of Calico's objects: what the planner says of those that were made of them, with what is not honoured. */
export function calicoStatuses(
  reports: readonly ObjectReport[],
  state: CalicoState | null,
): readonly ObjectStatus[] {
  const translated = reports.filter(isTranslated);
  return (state?.reports ?? []).map((report) => ofCalico(report, translated));
}
