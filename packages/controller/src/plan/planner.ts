/**
 * From a World, and the time, to a Plan: a pure function. The same world gives the same bytes, in whatever order its maps were filled.
 *
 *     select ─▶ claims (ports, targets) ─▶ policies (inherit, strictness, rules) ─▶ nodes ─▶ workloads, reports
 *
 * A bad policy leaves the last good one in force. What that was is known by `former`: the policies of the plan before, or, of a controller that
 * has just begun, those that SluiceNodes name, read back from their ConfigMaps.
 */
import { SYSTEM_NAMESPACE } from '../kinds/names.ts';
import type { RuleSetVerdicts } from '../rules/verdict.ts';
import type { World } from '../world.ts';
import { claimsOf, slicesByService } from './claims.ts';
import { Memo } from './memo.ts';
import { namespacesOf } from './namespaces.ts';
import { KeptPlans, nodesOf } from './nodes.ts';
import { byKey, byText, keyOf } from './order.ts';
import type { ObjectReport, Plan, PlannedPod, PlannedPolicy, Workload } from './plan.ts';
import { type Effective, policiesOf } from './policies.ts';
import { clusterPolicyReport, ruleSetReport, sluiceReport } from './reports/cluster.ts';
import type { ReportContext } from './reports/context.ts';
import { accepted } from './reports/facts.ts';
import { serviceReports } from './reports/services.ts';
import { invalidFinding, wafPolicyReport } from './reports/waf-policy.ts';
import { verdictsOfStatus } from './rules.ts';
import { selections } from './select.ts';
import { silentNext } from './silence.ts';
import { targetsOf } from './targets.ts';
import { workloadsOf } from './workloads.ts';

export interface PlanOptions {
  /** Default: what the status of RuleSets says. */
  readonly verdicts?: RuleSetVerdicts;
  /** Policies that were in force, by name. Default: none. */
  readonly former?: ReadonlyMap<string, PlannedPolicy>;
  /** Namespace that Sluice is installed in: never selected, and where the cluster's RuleSets are. */
  readonly namespace?: string;
  /** When it is made, in milliseconds since the epoch: what nodes said long ago says nothing of now. Default: now. */
  readonly now?: number;
  /** What was computed for the same objects before. Changes no plan. */
  readonly kept?: KeptParts;
}

export class KeptParts {
  readonly policies = new Memo<Effective>();
  readonly pods = new Memo<PlannedPod>();
  readonly workloads = new Memo<Workload>();
  readonly nodes = new KeptPlans();
}

interface Planned {
  readonly plan: Plan;
  /** All policies as they are in force, or would be if a pod had them, by name. */
  readonly policies: ReadonlyMap<string, PlannedPolicy>;
}

export const plan = (world: World, options: PlanOptions = {}): Plan => planned(world, options).plan;

/** Plans again and again, and remembers what was good. */
export class Planner {
  readonly #options: Omit<PlanOptions, 'former' | 'kept' | 'now'>;
  readonly #kept = new KeptParts();
  #former: ReadonlyMap<string, PlannedPolicy>;

  /** @param inForce policies by name as SluiceNodes name them, read back from their ConfigMaps (policy-content.ts, readPolicy) */
  constructor(
    inForce: ReadonlyMap<string, PlannedPolicy> = new Map(),
    options: Omit<PlanOptions, 'former' | 'kept' | 'now'> = {},
  ) {
    this.#former = inForce;
    this.#options = options;
  }

  plan(world: World): Plan {
    const { plan: next, policies } = planned(world, {
      ...this.#options,
      former: this.#former,
      kept: this.#kept,
    });
    this.#former = policies;
    return next;
  }
}

function planned(world: World, options: PlanOptions): Planned {
  const verdicts = options.verdicts ?? verdictsOfStatus(world);
  const kept = options.kept ?? new KeptParts();
  const context = contextOf(world, { ...options, verdicts, kept });
  const { nodes, policies, slices } = context;
  return {
    plan: {
      nodes: nodes.plans,
      policies: nodes.policies,
      workloads: workloadsOf(world, slices, kept.workloads),
      reports: reportsOf(context, verdicts),
      services: serviceReports(context),
      dueAt: silentNext(world.nodes, context.now),
    },
    policies: new Map(
      [policies.default, ...policies.cluster.values(), ...policies.own.values()].map((each) => [
        each.planned.name,
        each.planned,
      ]),
    ),
  };
}

/** All that a plan is made from, for who wants to know how it came about. */
export function contextOf(
  world: World,
  options: PlanOptions = {},
): ReportContext & { readonly slices: ReturnType<typeof slicesByService> } {
  const {
    verdicts = verdictsOfStatus(world),
    former = new Map(),
    namespace = SYSTEM_NAMESPACE,
    kept = new KeptParts(),
    now = Date.now(),
  } = options;
  const namespaces = namespacesOf(world, namespace);
  const targets = targetsOf(world, namespaces);
  const calico = world.calico?.annotationSelects === true;
  const selected = selections(world, { namespaces, targets, calico });
  const slices = slicesByService(world);
  const claims = claimsOf({ world, namespaces, targets, selections: selected, slices });
  const policies = policiesOf({ world, namespaces, verdicts, former, namespace, kept: kept.policies });
  const nodes = nodesOf({
    world,
    namespaces,
    policies,
    pods: claims.pods,
    kept: kept.pods,
    keptPlans: kept.nodes,
  });
  return {
    world,
    namespaces,
    targets,
    selections: selected,
    claims,
    policies,
    nodes,
    namespace,
    now,
    slices,
  };
}

/** By kind and key. */
function reportsOf(context: ReportContext, verdicts: RuleSetVerdicts): readonly ObjectReport[] {
  const { world } = context;
  const { sluice, invalid } = world;
  const problem = (kind: string, key: string): string | null =>
    invalid.get(`${kind}/${key}`)?.problem ?? null;
  const reports = [
    ...(sluice === null ? [] : [sluiceReport(sluice, problem('Sluice', sluice.metadata.name), context)]),
    ...[...world.clusterPolicies].map(([key, policy]) =>
      clusterPolicyReport(policy, problem('ClusterWAFPolicy', key), context),
    ),
    ...[...world.policies].map(([key, policy]) =>
      wafPolicyReport(policy, problem('WAFPolicy', key), context),
    ),
    ...[...world.ruleSets].map(([key, ruleSet]) =>
      ruleSetReport(ruleSet, problem('RuleSet', key), context, verdicts),
    ),
    ...[...world.alerts]
      .filter(([key]) => problem('Alert', key) === null)
      .map(([key, { metadata }]) => alertReport(key, metadata.generation)),
  ];
  const told = new Set(reports.map(({ kind, key }) => `${kind}/${key}`));
  const rest = [...invalid]
    .sort(byKey)
    .flatMap(([at, { kind, metadata, problem: message }]): readonly ObjectReport[] =>
      told.has(at)
        ? []
        : [
            {
              kind,
              key: keyOf(metadata),
              generation: metadata.generation,
              conditions: [accepted([invalidFinding(message)], '')],
            },
          ],
    );
  const current = reports.map((report) => {
    // What was invalid has a newer generation than its last good version, which stands in the world.
    const newest = invalid.get(`${report.kind}/${report.key}`);
    return newest === undefined ? report : { ...report, generation: newest.metadata.generation };
  });
  return [...current, ...rest].sort((a, b) => byText(a.kind, b.kind) || byText(a.key, b.key));
}

const alertReport = (key: string, generation: number): ObjectReport => ({
  ...{
    kind: 'Alert',
    key,
    generation,
    conditions: [accepted([], 'Its query and its actions are understood.')],
  },
});
