/** What the leader does with a plan beside writing it, and what it alone does. */
import {
  type Api,
  CalicoStatusWriter,
  calicoStatuses,
  type Log,
  type MakePlanner,
  Planner,
  policiesByName,
  type RuleSetVerdicts,
  reportsOfOurs,
} from '@sluice/controller';
import { QuarantineKeeper, type RecordDeeds } from '@sluice/controller/quarantine';

export interface PlannerOptions {
  readonly api: Api;
  readonly log: Log;
  readonly verdicts: RuleSetVerdicts;
  readonly namespace: string;
}

/** Calico's objects are told beside ours: what the planner says of those that were translated is theirs. */
export function plannerOf({ api, log, verdicts, namespace }: PlannerOptions): MakePlanner {
  return (inForce, signal) => {
    const planner = new Planner(policiesByName(inForce), { verdicts, namespace });
    const statuses = new CalicoStatusWriter({ api, log, signal });
    return (world) => {
      const plan = planner.plan(world);
      statuses.update(calicoStatuses(plan.reports, world.calico));
      return { ...plan, reports: reportsOfOurs(plan.reports, world.calico) };
    };
  };
}

export interface KeepingOptions {
  readonly api: Api;
  readonly log: Log;
  readonly namespace: string;
  /** Of Sluice. */
  readonly version: string;
  /** Takes what quarantine has done; nobody does where absent. */
  readonly record?: RecordDeeds | undefined;
}

/** Ends quarantines when their time is over, and restores their policies. Nothing is begun behind the end of the term. */
export function keepQuarantines(
  { api, log, namespace, version, record }: KeepingOptions,
  signal: AbortSignal,
): Promise<void> {
  const keeper = new QuarantineKeeper({
    api: during(api, signal),
    systemNamespace: namespace,
    version,
    ...(record === undefined ? {} : { record }),
    onProblem: (what, error) => {
      if (!signal.aborted) log.warn({ what, error: String(error) }, 'quarantine: it is tried again');
    },
  });
  return keeper.run(signal);
}

/** Asks as long as a signal has not ended it. */
const during = (api: Api, end: AbortSignal): Api => ({
  send: ({ signal, ...request }) =>
    api.send({ ...request, signal: signal === undefined ? end : AbortSignal.any([end, signal]) }),
});
