/** Moves that were begun in the console: plans beside the file, looked after while the hub runs, and by the next one. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { MoveAsked } from '@sluice/console';
import type { EventStore } from '@sluice/hub';
import { analyse, isRefusedWithout, type MovePlan, type Stage, takesAway } from '@sluice/hub/promote';
import { loadConfig, reasonOf } from '@sluice/server';
import type { Logger } from 'pino';
import type { Document } from 'yaml';
import { withMode } from '../promote/edit.ts';
import { PromoteError } from '../promote/errors.ts';
import { Mover } from '../promote/move/mover.ts';
import { planPath, readPlan, writePlan } from '../promote/move/plan-file.ts';
import { ConsoleDeskError } from './errors.ts';
import { inForceOf } from './in-force.ts';

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
  }

  /** Those of the command line, too. @throws PromoteError PROMOTE_PLAN */
  list(): readonly MovePlan[] {
    const { file } = this.#options;
    return this.#policies().flatMap((policy) => readPlan(planPath(file, policy)) ?? []);
  }

  /**
   * @throws ConsoleDeskError DESK_POLICY; PromoteError PROMOTE_PLAN where a move is under way, PROMOTE_NOT_READY, and what the first stage
   *   brings about
   */
  async begin({ policy, paths, percents, holdMillis, tolerated }: MoveAsked): Promise<void> {
    const { file, store } = this.#options;
    const config = loadConfig(file);
    if (!Object.hasOwn(config.policies, policy)) throw new ConsoleDeskError('DESK_POLICY', { file, policy });
    const path = planPath(file, policy);
    if (readPlan(path)?.state === 'moving')
      throw new PromoteError('PROMOTE_PLAN', { path, reason: 'a move is under way' });
    const now = Date.now();
    const inForce = inForceOf(config, policy);
    const left = await analyse(store, {
      ...{ workload: policy, from: now - READY_MILLIS, to: now + 1 },
      keeps: (event) =>
        event.policy === policy && isRefusedWithout(event, (hit) => takesAway(inForce, event, hit)),
    });
    const count = left.exclusions.cleared + left.exclusions.notCleared;
    if (count > tolerated) throw new PromoteError('PROMOTE_NOT_READY', { count });
    const stages: Stage[] = [
      ...(paths.length === 0 ? [] : [{ kind: 'route' as const, paths: [...paths] }]),
      ...percents.map((percent) => ({ kind: 'percentage' as const, percent })),
      { kind: 'whole' as const },
    ];
    writePlan(path, {
      ...{ version: 1, workload: policy, policy, stages, stage: 0, state: 'moving', since: null },
      ...{ began: new Date(now).toISOString(), holdMillis, lagMillis: LAG_MILLIS, tolerated, history: [] },
    });
    writeFileSync(markOf(path), '', { mode: 0o600 });
    await this.#look(policy);
  }

  /** @throws PromoteError PROMOTE_PLAN */
  async stop(policy: string, back: boolean): Promise<void> {
    const { file, edit } = this.#options;
    const path = planPath(file, policy);
    await this.#inTurn(async () => {
      const plan = readPlan(path);
      if (plan === null) throw new PromoteError('PROMOTE_PLAN', { path, reason: 'there is none' });
      writePlan(path, { ...plan, state: 'stopped' });
      rmSync(markOf(path), { force: true });
      if (back) await edit(withMode(policy, { mode: 'Detect', staged: null }));
    });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #policies(): readonly string[] {
    return Object.keys(loadConfig(this.#options.file).policies);
  }

  #lookAll(): void {
    const { file, log } = this.#options;
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
      if (readPlan(path)?.state !== 'moving') return rmSync(markOf(path), { force: true });
      const mover = new Mover({
        ...{ planPath: path, store, now: Date.now },
        apply: (name, mode) => edit(withMode(name, mode)),
        complain: (error) =>
          log.warn({ policy, reason: reasonOf(error) }, 'the store was not told of a move'),
      });
      await mover.look();
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
