/** Moves that were begun in the console: plans beside the file, looked after while the hub runs, and by the next one. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { MoveAsked } from '@sluice/console';
import type { EventStore } from '@sluice/hub';
import {
  analyse,
  type InForce,
  isRefusedWithout,
  type MovePlan,
  type Stage,
  takesAway,
} from '@sluice/hub/promote';
import { loadConfig, reasonOf } from '@sluice/server';
import type { Logger } from 'pino';
import type { Document } from 'yaml';
import { withMode } from '../promote/edit.ts';
import { PromoteError } from '../promote/errors.ts';
import { Mover } from '../promote/move/mover.ts';
import { planPath, readPlan, writePlan } from '../promote/move/plan-file.ts';
import { ConsoleDeskError } from './errors.ts';
import { inForceOf } from './in-force.ts';
import { told } from './told.ts';

/** Milliseconds between two looks. */
const LOOK_MILLIS = 30_000;
/** How far back a policy must be free of false positives before it moves. */
const READY_MILLIS = 7 * 86_400_000;
/** Milliseconds that events may be late. */
const LAG_MILLIS = 60_000;

export interface MovesOptions {
  readonly file: string;
  readonly store: EventStore;
  readonly log: Logger;
  readonly edit: (change: (document: Document) => void) => Promise<unknown>;
}

export class Moves {
  readonly #options: MovesOptions;
  readonly #timer: NodeJS.Timeout;
  /** Looks go one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: MovesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#lookAll(), LOOK_MILLIS).unref();
    // What a former hub has begun goes on.
    this.#lookAll();
  }

  /** Those of the command line, too. @throws PromoteError PROMOTE_PLAN */
  list(): readonly MovePlan[] {
    const { file } = this.#options;
    return this.#policies().flatMap((policy) => readPlan(planPath(file, policy)) ?? []);
  }

  /**
   * @returns null where its first stage is in force; else why that cannot be told
   * @throws ConsoleDeskError DESK_POLICY; PromoteError PROMOTE_PLAN where a move is under way, PROMOTE_NOT_READY, and what the first stage
   *   brings about
   */
  async begin(asked: MoveAsked): Promise<string | null> {
    const { policy, tolerated } = asked;
    const { file } = this.#options;
    const config = loadConfig(file);
    if (!Object.hasOwn(config.policies, policy)) throw new ConsoleDeskError('DESK_POLICY', { file, policy });
    const path = planPath(file, policy);
    demandNone(path);
    const began = Date.now();
    const count = await this.#refusedBy(policy, inForceOf(config, policy), began);
    if (count > tolerated) throw new PromoteError('PROMOTE_NOT_READY', { count });
    await this.#inTurn(async () => {
      // Another may have begun while events were read.
      demandNone(path);
      // The mark first: a plan without one is nobody's here, should the hub end in between.
      writeFileSync(markOf(path), '', { mode: 0o600 });
      writePlan(path, planOf(asked, began));
    });
    return told(() => this.#look(policy));
  }

  /** Requests that Block would deny, or denies, with these exclusions in force. */
  async #refusedBy(policy: string, inForce: readonly InForce[], now: number): Promise<number> {
    const { exclusions } = await analyse(this.#options.store, {
      ...{ workload: policy, from: now - READY_MILLIS, to: now + 1 },
      keeps: (event) =>
        event.policy === policy && isRefusedWithout(event, (hit) => takesAway(inForce, event, hit)),
    });
    return exclusions.cleared + exclusions.notCleared;
  }

  /**
   * The plan ends once the policy is back: what could not be changed can be asked for again.
   * @returns null where a server has taken it over, or nothing had to be changed; else why that cannot be told
   * @throws PromoteError PROMOTE_PLAN; with `back` PROMOTE_NOT_IN_FORCE, and what the file brings about
   */
  stop(policy: string, back: boolean): Promise<string | null> {
    const { file, edit } = this.#options;
    const path = planPath(file, policy);
    return this.#inTurn(async () => {
      const plan = readPlan(path);
      if (plan === null) throw new PromoteError('PROMOTE_PLAN', { path, reason: 'there is none' });
      const notice = back ? await told(() => edit(withMode(policy, { mode: 'Detect', staged: null }))) : null;
      writePlan(path, { ...plan, state: 'stopped' });
      rmSync(markOf(path), { force: true });
      return notice;
    });
  }

  /** Resolves when the look that is under way has ended. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#last;
  }

  #policies(): readonly string[] {
    return Object.keys(loadConfig(this.#options.file).policies);
  }

  #lookAll(): void {
    const { file, log } = this.#options;
    // It may come later than the hub: then there is nothing that was begun.
    if (!existsSync(file)) return;
    try {
      for (const policy of this.#policies()) {
        const path = planPath(file, policy);
        if (!existsSync(markOf(path))) continue;
        void this.#look(policy).catch((error: unknown) => {
          log.error(
            { policy, reason: reasonOf(error) },
            'a move could not be looked after; it is tried again',
          );
        });
      }
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'moves could not be looked after; it is tried again');
    }
  }

  #look(policy: string): Promise<void> {
    const { file, store, log, edit } = this.#options;
    const path = planPath(file, policy);
    return this.#inTurn(async () => {
      const plan = readPlan(path);
      if (plan === null || isOver(plan)) return rmSync(markOf(path), { force: true });
      const mover = new Mover({
        ...{ planPath: path, store, now: Date.now },
        apply: (name, mode) => edit(withMode(name, mode)),
        complain: (error) =>
          log.warn({ policy, reason: reasonOf(error) }, 'the store was not told of a move'),
      });
      if (isOver(await mover.look())) rmSync(markOf(path), { force: true });
    });
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act);
    this.#last = done.catch(
      () => undefined, // Who asked for it is told.
    );
    return done;
  }
}

/** Beside the plan: the hub looks after it. One that the command line has begun is the command line's. */
const markOf = (path: string): string => `${path}.console`;

/** A fall back that is not in force yet, or an end that the store was not told of, is still to be looked after. */
const isOver = ({ state, since, history }: MovePlan): boolean =>
  state === 'stopped' || (state !== 'moving' && since !== null && history.every((line) => line.told));

/** @throws PromoteError PROMOTE_PLAN where a move is under way, or its way back is */
function demandNone(path: string): void {
  const plan = readPlan(path);
  if (plan?.state === 'moving')
    throw new PromoteError('PROMOTE_PLAN', { path, reason: 'a move is under way' });
  if (plan?.state === 'fallen back' && plan.since === null)
    throw new PromoteError('PROMOTE_PLAN', { path, reason: 'its way back to Detect is not in force yet' });
}

function planOf({ policy, paths, percents, holdMillis, tolerated }: MoveAsked, began: number): MovePlan {
  const stages: Stage[] = [
    ...(paths.length === 0 ? [] : [{ kind: 'route' as const, paths: [...paths] }]),
    ...percents.map((percent) => ({ kind: 'percentage' as const, percent })),
    { kind: 'whole' as const },
  ];
  return {
    ...{ version: 1, workload: policy, policy, stages, stage: 0, state: 'moving', since: null },
    ...{ began: new Date(began).toISOString(), holdMillis, lagMillis: LAG_MILLIS, tolerated, history: [] },
  };
}
