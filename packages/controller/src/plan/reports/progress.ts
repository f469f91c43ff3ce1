/** How far policies have come: Programmed by what nodes say they have, Enforcing by what their probes found. */

import { digestOnce } from '../../canonical-json.ts';
import type { ConditionFact } from '../../conditions.ts';
import type { NodeState } from '../../world.ts';
import { NAMES_IN_MESSAGE_MAX } from '../limits.ts';
import { byText, counted, listed } from '../order.ts';
import type { NodePlan } from '../plan.ts';
import { silentSince } from '../silence.ts';
import type { ReportContext } from './context.ts';

/**
 * @param names of policies, all of which have to be there
 * @param nothing why no pod has any of them
 */
export function progressOf(
  names: readonly string[],
  nothing: string,
  context: ReportContext,
): readonly [ConditionFact, ConditionFact] {
  const pods = podsOf(names, context);
  const leftOut = leftOutOf(names, context);
  if (pods.size > 0) return [programmed(names, [...pods.keys()], context), enforcing(pods, leftOut, context)];
  if (leftOut.size === 0) return [none('Programmed', nothing), none('Enforcing', nothing)];
  return [tooLarge('Programmed', leftOut, ''), tooLarge('Enforcing', leftOut, '')];
}

/** What goes uninspected is said before whatever is well. */
const tooLarge = (
  type: ConditionFact['type'],
  leftOut: ReadonlyMap<string, readonly string[]>,
  count: string,
): ConditionFact => {
  const texts = [...leftOut.values()].flat();
  const message = `${count}Not inspected: ${listed(texts, NAMES_IN_MESSAGE_MAX)}.`;
  return { type, status: 'False', reason: 'TooLarge', message };
};

/** What is beyond a bound, by node, sorted. */
function leftOutOf(
  names: readonly string[],
  { nodes }: ReportContext,
): ReadonlyMap<string, readonly string[]> {
  const all = names.flatMap((name) => [...(nodes.leftOut.get(name) ?? [])]);
  const byNode = Map.groupBy(all, ([node]) => node);
  return new Map(
    [...byNode]
      .sort((a, b) => byText(a[0], b[0]))
      .map(([node, lists]) => [node, [...new Set(lists.flatMap(([, texts]) => texts))]] as const),
  );
}

const none = (type: ConditionFact['type'], message: string): ConditionFact => ({
  ...{ type, status: 'False', reason: 'NothingSelected', message },
});

/** UIDs of pods by node, sorted. */
function podsOf(
  names: readonly string[],
  { nodes }: ReportContext,
): ReadonlyMap<string, ReadonlySet<string>> {
  const pods = new Map<string, Set<string>>();
  for (const name of names) {
    for (const [node, uids] of nodes.uses.get(name) ?? []) {
      const there = pods.get(node) ?? new Set();
      for (const uid of uids) there.add(uid);
      pods.set(node, there);
    }
  }
  return new Map([...pods].sort((a, b) => byText(a[0], b[0])));
}

function programmed(
  names: readonly string[],
  on: readonly string[],
  { world, nodes, now }: ReportContext,
): ConditionFact {
  const wanted = new Set(names);
  const behind = on.filter((node) => {
    const plan = nodes.plans.get(node);
    return plan === undefined || !runs(plan, wanted, world.nodes.get(node));
  });
  const type = 'Programmed';
  if (behind.length === 0)
    return {
      type,
      status: 'True',
      reason: 'Programmed',
      message: `In force on ${counted(on.length, 'node')}.`,
    };
  const problems = behind.flatMap((node) => {
    const since = silentSince(world.nodes.get(node), now);
    if (since !== null) return [`node ${node} silent since ${since}`];
    const problem = world.nodes.get(node)?.report?.problem ?? '';
    return problem === '' ? [] : [`${node}: ${withoutStop(problem)}`];
  });
  const why = problems.length === 0 ? '' : ` ${listed(problems, NAMES_IN_MESSAGE_MAX)}.`;
  const message = `In force on ${on.length - behind.length} of ${counted(on.length, 'node')}; not yet on ${listed(behind, NAMES_IN_MESSAGE_MAX)}.${why}`;
  return { type, status: 'False', reason: 'NodesBehind', message };
}

/** By the digests that a node tells; of one that does not, by its whole spec. */
function runs(plan: NodePlan, names: ReadonlySet<string>, state: NodeState | undefined): boolean {
  const report = state?.report;
  if (state === undefined || report === null || report === undefined) return false;
  if (report.policies === undefined)
    return report.observedGeneration >= state.generation && state.specDigest === digestOnce(plan);
  const inForce = new Map(report.policies.map(({ name, digest }) => [name, digest] as const));
  return plan.policies.every(({ name, digest }) => !names.has(name) || inForce.get(name) === digest);
}

/** What nodes say are sentences; here they are parts of one. */
const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '');

function enforcing(
  pods: ReadonlyMap<string, ReadonlySet<string>>,
  leftOut: ReadonlyMap<string, readonly string[]>,
  { world, nodes, now }: ReportContext,
): ConditionFact {
  let enforced = 0;
  const failed: string[] = [];
  const waiting: string[] = [];
  const silent: string[] = [];
  for (const [node, uids] of pods) {
    const since = silentSince(world.nodes.get(node), now);
    if (since !== null) {
      silent.push(`node ${node} silent since ${since}`);
      continue;
    }
    const reports = new Map(world.nodes.get(node)?.report?.pods.map((pod) => [pod.uid, pod] as const));
    const name = (uid: string): string => {
      const pod = nodes.plans.get(node)?.pods.find((each) => each.uid === uid);
      return `${pod?.namespace}/${pod?.name}`;
    };
    const broken = [...uids].filter((uid) => {
      const report = reports.get(uid);
      return (
        report !== undefined &&
        (report.enforced === false || (!report.intercepted && report.reason !== 'Pending'))
      );
    });
    const unknown = [...uids].filter((uid) => reports.get(uid)?.enforced !== true && !broken.includes(uid));
    for (const uid of broken) {
      const { reason = '', message = '' } = reports.get(uid) ?? {};
      failed.push(
        `${name(uid)} on ${node}: ${[reason, withoutStop(message)].filter((text) => text !== '').join(', ') || 'the probe was not answered as the policy says'}`,
      );
    }
    if (broken.length === 0 && unknown.length > 0) waiting.push(node);
    if (broken.length === 0 && unknown.length === 0 && !leftOut.has(node)) enforced++;
  }
  const type = 'Enforcing';
  const count = `On ${enforced} of ${counted(pods.size, 'node')}`;
  if (leftOut.size > 0) return tooLarge(type, leftOut, `${count} all of its pods are inspected. `);
  if (enforced === pods.size)
    return {
      type,
      status: 'True',
      reason: 'Enforced',
      message: `${count} the probes of all its pods were answered as it says.`,
    };
  const status = enforced > 0 || failed.length > 0 ? 'False' : 'Unknown';
  const reason = enforced > 0 ? 'PartlyEnforced' : reasonOfNone(failed, silent);
  const texts = [
    ...(failed.length === 0 ? [] : [listed(failed, NAMES_IN_MESSAGE_MAX)]),
    ...(waiting.length === 0 || failed.length > 0
      ? []
      : [`No probe yet on ${listed(waiting, NAMES_IN_MESSAGE_MAX)}`]),
    ...(silent.length === 0 ? [] : [upper(listed(silent, NAMES_IN_MESSAGE_MAX))]),
  ];
  return { type, status, reason, message: `${count} it is enforced. ${texts.join('. ')}.` };
}

function reasonOfNone(failed: readonly string[], silent: readonly string[]): ConditionFact['reason'] {
  if (failed.length > 0) return 'NotEnforced';
  return silent.length > 0 ? 'NodeSilent' : 'NotProbed';
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
