/** Keeps an Envoy running: takes over a former agent's, starts one where it died, hands over to another. */
import { reasonOf } from '../errors.ts';
import { ENVOY_RESTART_MILLIS_MAX, ENVOY_RESTART_MILLIS_MIN, ENVOY_STEADY_MILLIS } from '../limits.ts';
import type { Log } from '../log.ts';
import type { AgentState } from '../state.ts';
import { adoptEnvoy, type EnvoyOptions, type EnvoyPlan, type NodeEnvoy, startEnvoy } from './node-envoy.ts';
import { otherSlot, type SlotNumber } from './slot.ts';

export interface Retiring {
  readonly envoy: NodeEnvoy;
  /** Monotonic milliseconds; null until no pod leads to it any more. */
  deadline: number | null;
}

export class EnvoyKeeper {
  readonly #options: EnvoyOptions;
  readonly #log: Log;
  /** Called where something ended or began, so that somebody looks. */
  readonly #changed: () => void;
  #current: NodeEnvoy | null = null;
  #retiring: Retiring | null = null;
  #slot: SlotNumber = 0;
  #starting: Promise<void> | null = null;
  #wantsHandOver = false;
  #waiters: PromiseWithResolvers<void>[] = [];
  #restartMillis = ENVOY_RESTART_MILLIS_MIN;
  #startAt = 0;
  #startedAt = 0;
  #deaths = 0;
  #trouble: string | null = null;

  constructor(options: EnvoyOptions, log: Log, changed: () => void) {
    this.#options = options;
    this.#log = log;
    this.#changed = changed;
  }

  /** The one that pods lead to; null while there is none. */
  get current(): NodeEnvoy | null {
    return this.#current;
  }

  get retiring(): Retiring | null {
    return this.#retiring;
  }

  get deaths(): number {
    return this.#deaths;
  }

  /** Why none could be started the last time. */
  get trouble(): string | null {
    return this.#trouble;
  }

  async adopt(state: AgentState, plan: EnvoyPlan): Promise<void> {
    if (state.envoy !== null) {
      this.#slot = state.envoy.slot;
      this.#current = await adoptEnvoy(this.#options, state.envoy, plan);
      this.#startedAt = performance.now();
      if (this.#current !== null)
        this.#log.info({ pid: state.envoy.process.pid }, 'took over a running Envoy');
      this.#wantsHandOver = this.#current !== null && !this.#current.isCurrent(this.#options);
    }
    if (state.retiring !== null) {
      const envoy = await adoptEnvoy(this.#options, state.retiring, plan);
      this.#retiring = envoy === null ? null : { envoy, deadline: null };
    }
  }

  /** Looks whether those of other containers are there. */
  async feel(): Promise<void> {
    await Promise.all([this.#current?.feel(), this.#retiring?.envoy.feel()]);
  }

  /** Whether all that serves is of this container: the one that was taken over from may go. */
  get isAtHome(): boolean {
    return this.#current?.isElsewhere === false && this.#retiring?.envoy.isElsewhere !== true;
  }

  /** Ends what there is, for no other agent does. */
  async end(): Promise<void> {
    await this.retire();
    await this.#current?.stop();
    this.#current = null;
  }

  /** Resolves once another Envoy serves; rejects where it cannot be started. */
  handOver(): Promise<void> {
    const waiter = Promise.withResolvers<void>();
    this.#waiters.push(waiter);
    this.#wantsHandOver = true;
    this.#changed();
    return waiter.promise;
  }

  /** Begins what is due, and waits for nothing. */
  tend(plan: EnvoyPlan): void {
    if (this.#retiring !== null && !this.#retiring.envoy.isAlive) this.#retiring = null;
    if (this.#starting !== null) return;
    const now = performance.now();
    if (this.#current !== null && !this.#current.isAlive) this.#noteDeath(now);
    if (this.#current === null) {
      if (now >= this.#startAt) this.#begin(plan, this.#slot);
    } else if (this.#wantsHandOver && this.#retiring === null) {
      this.#begin(plan, otherSlot(this.#slot));
    }
  }

  /** Ends a retiring Envoy that nobody uses any more, or whose time is over. */
  async retire(): Promise<void> {
    const retiring = this.#retiring;
    if (retiring === null) return;
    this.#retiring = null;
    await retiring.envoy.stop();
    this.#log.info({ pid: retiring.envoy.process.pid }, 'the former Envoy has ended');
  }

  /** Resolves once a start that is under way has come to an end. */
  async settle(): Promise<void> {
    await this.#starting;
  }

  #noteDeath(now: number): void {
    const pid = this.#current?.process.pid;
    this.#current = null;
    this.#deaths++;
    if (now - this.#startedAt > ENVOY_STEADY_MILLIS) this.#restartMillis = ENVOY_RESTART_MILLIS_MIN;
    this.#startAt = now + (this.#restartMillis > ENVOY_RESTART_MILLIS_MIN ? this.#restartMillis : 0);
    this.#restartMillis = Math.min(2 * this.#restartMillis, ENVOY_RESTART_MILLIS_MAX);
    this.#log.error({ pid, deaths: this.#deaths }, 'Envoy has ended');
  }

  #begin(plan: EnvoyPlan, slot: SlotNumber): void {
    const former = this.#current;
    this.#starting = this.#start(plan, slot, former).finally(() => {
      this.#starting = null;
      this.#changed();
    });
  }

  async #start(plan: EnvoyPlan, slot: SlotNumber, former: NodeEnvoy | null): Promise<void> {
    const waiters = former === null ? [] : this.#waiters.splice(0);
    if (former !== null) this.#wantsHandOver = false;
    try {
      const envoy = await startEnvoy(this.#options, slot, plan);
      this.#current = envoy;
      this.#slot = slot;
      this.#startedAt = performance.now();
      this.#trouble = null;
      if (former !== null) this.#retiring = { envoy: former, deadline: null };
      this.#log.info({ pid: envoy.process.pid, port: envoy.slot.redirectPort }, 'Envoy is ready');
      for (const waiter of waiters) waiter.resolve();
    } catch (error) {
      this.#trouble = reasonOf(error);
      this.#startAt = performance.now() + this.#restartMillis;
      this.#restartMillis = Math.min(2 * this.#restartMillis, ENVOY_RESTART_MILLIS_MAX);
      this.#log.error({ reason: this.#trouble }, 'Envoy could not be started');
      for (const waiter of waiters) waiter.reject(error);
    }
  }
}
