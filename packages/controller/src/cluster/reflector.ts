/**
 * Keeps objects of one kind as the API server has them, whatever becomes of connections and of the server.
 *
 *     list ─▶ watch ─▶ ends ─▶ watch from the last version ─▶ … ─▶ 410 Gone ─▶ list ─▶ …
 *
 * What is known stays until a list says otherwise. The informers of @kubernetes/client-node stop at the first error and leave the
 * rest to their callers (kubernetes-client/javascript #596, #1933).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ControllerError } from '../errors.ts';
import type { Log } from '../log.ts';
import { backoffMillis } from './backoff.ts';
import { ApiRefusal } from './client.ts';
import * as LIMITS from './limits.ts';
import type { RawObject, Source, WatchEvent } from './source.ts';
import { type Change, type IsQuiet, Store } from './store.ts';

export interface Kind<T> {
  /** `Pod`; where there are several of a kind, with what tells them apart. */
  readonly name: string;
  readonly source: Source;
  /**
   * What is kept of an object: no more than is asked for.
   *
   * @param before what was kept of it until now
   * @returns null for one of which nothing is
   */
  project(raw: RawObject, before: T | undefined): T | null;
  /** Whether a cluster that does not have the kind, or does not show it, is as one that has none of them. */
  readonly optional?: boolean;
  readonly isQuiet?: IsQuiet<T>;
}

/**
 * - `starting`: nothing is known yet.
 * - `watching`: what is known is what the API server has.
 * - `behind`: what is known was so; `problem` says why it is not asked now.
 * - `absent`: the cluster does not have the kind.
 * - `forbidden`: the API server does not show it.
 */
export type WatchState = 'starting' | 'watching' | 'behind' | 'absent' | 'forbidden';

export interface KindStatus {
  readonly name: string;
  readonly state: WatchState;
  /** For people; `''` where all is well. */
  readonly problem: string;
  readonly objects: number;
  readonly optional: boolean;
}

export interface ReflectorTimes {
  readonly retryMillisMin: number;
  readonly retryMillisMax: number;
  readonly steadyMillis: number;
  readonly silenceMillisMax: number;
  readonly absentMillis: number;
  readonly absentConfirmMillis: number;
  readonly relistMillis: number;
  readonly objectsMax: number;
  /** Of a clock that only goes forward. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export const DEFAULT_TIMES: ReflectorTimes = {
  retryMillisMin: LIMITS.RETRY_MILLIS_MIN,
  retryMillisMax: LIMITS.RETRY_MILLIS_MAX,
  steadyMillis: LIMITS.STEADY_MILLIS,
  silenceMillisMax: LIMITS.SILENCE_MILLIS_MAX,
  absentMillis: LIMITS.ABSENT_MILLIS,
  absentConfirmMillis: LIMITS.ABSENT_CONFIRM_MILLIS,
  relistMillis: LIMITS.RELIST_MILLIS,
  objectsMax: LIMITS.OBJECTS_MAX,
  now: () => performance.now(),
  random: () => Math.random(),
};

/** Counts of one reflector, since it began. */
export interface ReflectorCounts {
  lists: number;
  watches: number;
  events: number;
  failures: number;
}

export interface ReflectorListener {
  readonly log: Log;
  /** Something that was told has changed, or there is a first answer. */
  changed(): void;
}

export const keyOf = ({ metadata }: RawObject): string =>
  metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;

export class Reflector<T> {
  readonly counts: ReflectorCounts = { lists: 0, watches: 0, events: 0, failures: 0 };
  readonly #kind: Kind<T>;
  readonly #times: ReflectorTimes;
  readonly #listener: ReflectorListener;
  readonly #store: Store<T>;
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;
  /** That a watch goes on from; `''`: all is to be listed. */
  #version = '';
  #listedAt = Number.NEGATIVE_INFINITY;
  /** Since when the API server says that there is no such kind. */
  #missedAt: number | null = null;
  #failures = 0;
  #isAnswered = false;
  #state: WatchState = 'starting';
  #problem = '';

  constructor(kind: Kind<T>, listener: ReflectorListener, times: Partial<ReflectorTimes> = {}) {
    this.#kind = kind;
    this.#listener = listener;
    this.#times = { ...DEFAULT_TIMES, ...times };
    this.#store = new Store<T>(kind.isQuiet);
  }

  /** Whether what it has is what a cluster had, once. It stays so. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  get status(): KindStatus {
    const { name, optional = false } = this.#kind;
    return { name, state: this.#state, problem: this.#problem, objects: this.#store.size, optional };
  }

  snapshot(): ReadonlyMap<string, T> {
    return this.#store.snapshot();
  }

  start(): void {
    this.#running ??= this.#run(this.#ending.signal);
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { now, steadyMillis, relistMillis } = this.#times;
    while (!signal.aborted) {
      let began = now();
      let delay: number;
      try {
        if (began - this.#listedAt >= relistMillis) this.#version = '';
        if (this.#version === '') await this.#list(signal);
        began = now();
        await this.#watch(signal);
        // A server that ends each watch at once must not be asked again and again.
        delay = this.#retry(now() - began >= steadyMillis);
      } catch (error) {
        if (signal.aborted) return;
        delay = this.#failed(error, now() - began >= steadyMillis);
      }
      // Ending it ends the wait.
      await sleep(delay, undefined, { signal }).catch(() => undefined);
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { name, project } = this.#kind;
    const { objectsMax, now } = this.#times;
    const found = new Map<string, T>();
    this.counts.lists += 1;
    const version = await this.#kind.source.list((objects) => {
      for (const raw of objects) {
        const key = keyOf(raw);
        const object = project(raw, this.#store.get(key));
        if (object !== null) found.set(key, object);
      }
      if (found.size > objectsMax)
        throw new ControllerError('WATCH_LIMIT', { kind: name, limit: objectsMax });
    }, signal);
    this.#version = version;
    this.#listedAt = now();
    this.#missedAt = null;
    this.#tell(this.#store.replace(found), true);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { silenceMillisMax } = this.#times;
    const silence = new AbortController();
    const seconds = silenceMillisMax / 1000;
    const silent = new ControllerError('WATCH_SILENT', { path: this.#kind.name, seconds });
    const timer = setTimeout(() => silence.abort(silent), silenceMillisMax);
    const either = AbortSignal.any([signal, silence.signal]);
    this.counts.watches += 1;
    try {
      const events = this.#kind.source.watch(this.#version, either, () => this.#heard(timer));
      for await (const event of events) {
        if (signal.aborted) return;
        this.#take(event);
      }
    } catch (error) {
      throw silence.signal.aborted ? silent : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #heard(timer: NodeJS.Timeout): void {
    timer.refresh();
    if (this.#state !== 'watching') this.#set('watching', '');
  }

  #take(event: WatchEvent): void {
    if (event.type === 'ERROR') {
      // What the server could not say is in a list.
      this.#version = '';
      const answer = { status: event.status, body: event.reason, retryAfterMillis: null };
      throw new ApiRefusal('GET', this.#kind.name, answer);
    }
    const { type, object: raw } = event;
    if (type !== 'BOOKMARK') {
      this.counts.events += 1;
      const key = keyOf(raw);
      const object = type === 'DELETED' ? null : this.#kind.project(raw, this.#store.get(key));
      if (object === null) this.#tell(this.#store.delete(key));
      else this.#keep(key, object);
    }
    this.#version = raw.metadata.resourceVersion;
  }

  #keep(key: string, object: T): void {
    const { objectsMax } = this.#times;
    if (this.#store.size >= objectsMax && this.#store.get(key) === undefined) {
      this.#version = '';
      throw new ControllerError('WATCH_LIMIT', { kind: this.#kind.name, limit: objectsMax });
    }
    this.#tell(this.#store.set(key, object));
  }

  #tell(change: Change, isAnswer = false): void {
    const isFirst = isAnswer && !this.#isAnswered;
    if (isFirst) this.#isAnswered = true;
    if (isFirst || change === 'loud') this.#listener.changed();
  }

  /** @returns milliseconds until the next attempt */
  #failed(error: unknown, isSteady: boolean): number {
    this.counts.failures += 1;
    const refusal = error instanceof ApiRefusal ? error : null;
    if (refusal?.status === 404) return this.#missed(refusal);
    this.#missedAt = null;
    // Of what it has asked for, not of who asks or of how busy the server is: it must begin anew.
    if (refusal !== null && refusal.status < 500 && ![401, 403, 429].includes(refusal.status))
      this.#version = '';
    const isForbidden = refusal?.status === 403;
    // 410 is how a server says that its history does not reach back so far.
    if (refusal?.status !== 410) {
      this.#set(isForbidden ? 'forbidden' : this.#isAnswered ? 'behind' : 'starting', told(error));
    }
    if (isForbidden && this.#kind.optional) this.#tell('none', true);
    return Math.max(this.#retry(isSteady), refusal?.retryAfterMillis ?? 0);
  }

  /** The cluster does not have the kind, or does not know it yet. */
  #missed(refusal: ApiRefusal): number {
    const { now, absentMillis, absentConfirmMillis } = this.#times;
    this.#version = '';
    this.#missedAt ??= now();
    if (this.#store.size > 0 && now() - this.#missedAt < absentConfirmMillis) {
      this.#set('behind', told(refusal));
      return this.#retry(false);
    }
    this.#set('absent', this.#kind.optional ? '' : told(refusal));
    const change = this.#store.replace(new Map());
    this.#tell(change, this.#kind.optional);
    return absentMillis;
  }

  #retry(isSteady: boolean): number {
    if (isSteady) {
      this.#failures = 0;
      return 0;
    }
    this.#failures += 1;
    return backoffMillis(this.#failures, this.#times);
  }

  #set(state: WatchState, problem: string): void {
    if (state === this.#state && problem === this.#problem) return;
    const fields = { kind: this.#kind.name, state, objects: this.#store.size };
    if (problem !== '') this.#listener.log.warn({ ...fields, problem }, 'watch');
    else this.#listener.log.info(fields, 'watch');
    this.#state = state;
    this.#problem = problem;
  }
}

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));
