/** `sluice promote move|status|stop`: the move in stages, as the command line calls it. */
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore } from '@sluice/hub';
import {
  analyse,
  describeStage,
  isRefusedWithout,
  type MovePlan,
  modeOf,
  type Stage,
  takesAway,
} from '@sluice/hub/promote';
import { reasonOf } from '@sluice/server';
import { type ClusterFlags, type ClusterSession, openCluster } from '../../cluster/session.ts';
import { type EventsEnvironment, withStore } from '../../events/session.ts';
import { oneLine, safeJson } from '../../events/text.ts';
import { parseTime } from '../../events/time.ts';
import { EXIT } from '../../setup/errors.ts';
import { PromoteError } from '../errors.ts';
import type { ConfigFlags } from '../exclude.ts';
import { withHub } from '../show.ts';
import { ClusterGround } from './cluster-ground.ts';
import { FileGround, type MoveGround } from './ground.ts';
import { Mover } from './mover.ts';
import { planPath, readPlan, writePlan } from './plan-file.ts';

export interface MoveFlags extends Omit<ConfigFlags, 'config'>, GroundFlags {
  readonly route?: readonly string[];
  readonly percent: string;
  readonly hold: string;
  readonly lag: string;
  readonly every: string;
  readonly tolerate: string;
  readonly once?: true;
}

export interface MoveEnvironment extends EventsEnvironment {
  readonly signal: AbortSignal;
  /** @throws ControllerError KUBECONFIG_ABSENT, KUBECONFIG_INVALID */
  readonly cluster?: (flags: ClusterFlags) => ClusterSession;
}

/** Where the policy stands: one of both. */
export interface GroundFlags extends ClusterFlags {
  readonly config?: string;
  readonly cluster?: true;
}

type GroundEnvironment = Pick<MoveEnvironment, 'stdout' | 'now' | 'cluster'>;

/** @throws PromoteError PROMOTE_OPTION, ControllerError KUBECONFIG_ABSENT, KUBECONFIG_INVALID */
function groundOf(
  flags: GroundFlags & { readonly policy?: string; readonly wait: boolean },
  { stdout, now, cluster }: GroundEnvironment,
): MoveGround {
  const { config, policy, wait } = flags;
  if ((config === undefined) === (flags.cluster === undefined)) {
    const reason = 'say where the policy is: --config sluice.yaml, or --cluster';
    throw new PromoteError('PROMOTE_OPTION', { option: '--config', reason });
  }
  if (config !== undefined) {
    return new FileGround({ config, wait, ...(policy === undefined ? {} : { policy }) });
  }
  const session = (cluster ?? openCluster)(flags);
  return new ClusterGround({ session, stdout, policy, wait, now });
}

const MILLIS_MIN = 1_000;

/** @throws PromoteError PROMOTE_OPTION */
function millisOf(option: string, text: string): number {
  const millis = /^\d{1,9}[smhdw]$/.test(text) ? -parseTime(option, `-${text}`, 0) : Number.NaN;
  if (millis >= MILLIS_MIN || millis === 0) return millis;
  throw new PromoteError('PROMOTE_OPTION', {
    option,
    reason: `${text} is no length of time: 30s, 15m, 1h, 2d`,
  });
}

/** @throws PromoteError PROMOTE_OPTION */
export function stagesOf({ route = [], percent }: Pick<MoveFlags, 'route' | 'percent'>): readonly Stage[] {
  const percents = percent === '' ? [] : percent.split(',').map(Number);
  if (percents.some((each, at) => !(each > (percents[at - 1] ?? 0) && each < 100))) {
    const reason = `${percent} are no rising numbers above 0 and below 100`;
    throw new PromoteError('PROMOTE_OPTION', { option: '--percent', reason });
  }
  return [
    ...(route.length === 0 ? [] : [{ kind: 'route' as const, paths: [...route] }]),
    ...percents.map((each) => ({ kind: 'percentage' as const, percent: each })),
    { kind: 'whole' as const },
  ];
}

/**
 * Begins a move, or goes on with the one that is written down, and stays until it is at its end.
 *
 * @returns 0 where it is done or was interrupted, 1 where it fell back
 * @throws PromoteError, EventsError, HubError, and the errors of configurations
 */
export async function runMove(
  workload: string,
  flags: MoveFlags,
  environment: MoveEnvironment,
): Promise<number> {
  const { stdout, stderr, signal } = environment;
  const everyMillis = millisOf('--every', flags.every);
  const ground = groundOf(flags, environment);
  return closing(ground, () =>
    withStore(withHub(flags), environment, async (store) => {
      const path = await planOf(workload, flags, { store, now: environment.now, ground });
      const mover = new Mover({
        ...{ planPath: path, store, now: environment.now },
        apply: (policy, mode) => ground.apply(policy, mode),
        complain: (error) => stderr.write(`not told to the store: ${oneLine(reasonOf(error))}\n`),
      });
      let told = 0;
      for (;;) {
        const plan = await mover.look();
        for (const line of plan.history.slice(told)) stdout.write(`${line.at}  ${oneLine(line.says)}\n`);
        told = plan.history.length;
        if (plan.state !== 'moving') return plan.state === 'fallen back' ? EXIT.failed : EXIT.ok;
        if (flags.once === true || (await interrupted(everyMillis, signal))) return EXIT.ok;
      }
    }),
  );
}

async function closing<T>(ground: MoveGround, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    ground.close();
  }
}

async function interrupted(millis: number, signal: AbortSignal): Promise<boolean> {
  try {
    await pause(millis, undefined, { signal });
    return false;
  } catch (error) {
    if (signal.aborted) return true;
    throw error;
  }
}

/** The path of the plan that is under way, or of one that begins now. */
async function planOf(
  workload: string,
  flags: MoveFlags,
  {
    store,
    now,
    ground,
  }: { readonly store: EventStore; readonly now: () => number; readonly ground: MoveGround },
): Promise<string> {
  const to = now();
  const from = to - millisOf('--since', flags.since);
  const found = await analyse(store, { workload, from, to });
  const policy = ground.policyOf(found);
  const path = ground.planPath(policy);
  if (readPlan(path)?.state === 'moving') return path;
  const stages = stagesOf(flags);
  const tolerated = Number(/^\d{1,9}$/.exec(flags.tolerate)?.[0] ?? Number.NaN);
  if (Number.isNaN(tolerated)) {
    throw new PromoteError('PROMOTE_OPTION', {
      option: '--tolerate',
      reason: `${flags.tolerate} is no number`,
    });
  }
  const exclusions = await ground.exclusionsOf(policy);
  const left = await analyse(store, {
    ...{ workload, from, to },
    keeps: (event) =>
      event.policy === policy && isRefusedWithout(event, (hit) => takesAway(exclusions, event, hit)),
  });
  const count = left.exclusions.cleared + left.exclusions.notCleared;
  if (count > tolerated) throw new PromoteError('PROMOTE_NOT_READY', { count });
  const plan: MovePlan = {
    ...{ version: 1, workload, policy, stages: [...stages], stage: 0, state: 'moving' },
    ...{ began: new Date(to).toISOString(), since: null, tolerated, history: [] },
    holdMillis: Math.max(1, millisOf('--hold', flags.hold)),
    lagMillis: millisOf('--lag', flags.lag),
  };
  await ground.mayBegin(policy, modeOf(plan));
  writePlan(path, plan);
  return path;
}

export interface StatusFlags extends GroundFlags {
  readonly json?: true;
}

/** @throws PromoteError PROMOTE_PLAN, PROMOTE_OPTION */
export function runStatus(
  policy: string,
  flags: StatusFlags,
  { stdout }: Pick<EventsEnvironment, 'stdout'>,
): number {
  const plan = wantedPlan(pathOf(policy, flags));
  stdout.write(flags.json === true ? `${safeJson(plan, 2)}\n` : shownPlan(plan));
  return plan.state === 'fallen back' ? EXIT.failed : EXIT.ok;
}

/** Beside sluice.yaml; of a cluster beside whoever calls. */
const pathOf = (policy: string, { config }: GroundFlags): string =>
  planPath(config ?? resolve('sluice.yaml'), policy);

function wantedPlan(path: string): MovePlan {
  const plan = readPlan(path);
  if (plan === null) throw new PromoteError('PROMOTE_PLAN', { path, reason: 'there is none' });
  return plan;
}

function shownPlan({ policy, workload, state, stage, stages, since, history }: MovePlan): string {
  const lines = [
    `${oneLine(workload)}, policy ${oneLine(policy)}: ${state}`,
    ...stages.map((each, at) => {
      const mark = state !== 'moving' ? ' ' : at === stage ? '▶' : at < stage ? '✓' : ' ';
      return `  ${mark} ${describeStage(each)}${at === stage && state === 'moving' ? `, ${since === null ? 'not yet in force' : `since ${since}`}` : ''}`;
    }),
    ...history.map(({ at, says }) => `  ${at}  ${oneLine(says)}`),
  ];
  return `${lines.join('\n')}\n`;
}

export interface StopFlags extends GroundFlags {
  readonly back?: true;
  readonly confirm?: string;
  readonly wait: boolean;
}

/**
 * Ends a move where it is. With `back` the policy goes to Detect: what nobody does by accident, its name has to be typed.
 *
 * @throws PromoteError PROMOTE_PLAN, PROMOTE_CONFIRMATION, PROMOTE_NOT_IN_FORCE, PROMOTE_MANAGED
 */
export async function runStop(
  policy: string,
  flags: StopFlags,
  environment: Pick<MoveEnvironment, 'stdout' | 'now' | 'cluster'>,
): Promise<number> {
  const path = pathOf(policy, flags);
  const plan = wantedPlan(path);
  if (flags.back === true && flags.confirm !== policy)
    throw new PromoteError('PROMOTE_CONFIRMATION', { policy });
  writePlan(path, { ...plan, state: 'stopped' });
  if (flags.back === true) {
    const ground = groundOf(flags, environment);
    await closing(ground, () => ground.apply(policy, { mode: 'Detect', staged: null }));
  }
  environment.stdout.write(
    `${oneLine(policy)}: ${flags.back === true ? 'in Detect' : 'stays as it is'}; the move has ended\n`,
  );
  return EXIT.ok;
}
