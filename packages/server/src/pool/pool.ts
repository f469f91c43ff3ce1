/**
 * Workers that inspect what is not small. An exchange is pinned to the least loaded worker when it opens, and stays there;
 * what waits is served by shares of processor time, one a policy; everything that is held has a bound, and what does not
 * fit is refused when it opens (POOL_FULL, which is `unavailable`).
 *
 * A worker that dies or hangs ends its exchanges with WORKER_LOST and is started again. That does not hold for a crash in
 * native code: it ends the process, and what contains it is that there are several.
 */
import { serialize } from 'node:v8';
import type { Engine } from '@sluice/engine';
import { ServerError } from '../errors.ts';
import { type EventOrigin, eventContext, eventOrigin } from '../event-origin.ts';
import type { ExchangeInspection, ExchangeOpening } from '../exchange-inspector.ts';
import type { Inspection, InspectionRequest } from '../inspector.ts';
import type { ServerLimits } from '../limits.ts';
import { type Log, LogThrottle } from '../log.ts';
import { type PolicyRules, type RuleSetGeneration, shareGeneration } from '../rule-sets.ts';
import { CondemnedExchange } from './condemned-exchange.ts';
import type { Step } from './contract.ts';
import { Shares } from './fair-queue.ts';
import type { Generations } from './generations.ts';
import { accept, Lane } from './lane.ts';
import { Ledger } from './ledger.ts';
import { PooledExchange } from './pooled-exchange.ts';
import { Slabs } from './slabs.ts';
import { Suspects } from './suspects.ts';

export interface WorkerPoolOptions {
  readonly engine: Engine;
  readonly limits: ServerLimits;
  readonly log: Log;
  readonly generations: Generations;
  /** Of the events that workers make; without it, this process. */
  readonly origin?: EventOrigin;
  /** A module with another `handle` than worker.ts, as tests of faults have. */
  readonly worker?: URL;
}

const WORKER = new URL('./worker.ts', import.meta.url);

/** Slabs of a whole body that cross at once: between them others have their turn. */
const WHOLE_SLABS_MAX = 4;
const WATCH_MILLIS_MAX = 1_000;
const NUMBER_MAX = 0x7fff_ffff;
/** Lines about workers: ten in ten seconds. */
const LOG_LINES_MAX = 10;
const LOG_PERIOD_MILLIS = 10_000;

export class WorkerPool {
  readonly slabs: Slabs;
  readonly #options: WorkerPoolOptions;
  readonly #origin: EventOrigin;
  readonly #lanes: readonly Lane[];
  readonly #exchanges = new Set<PooledExchange>();
  readonly #open: Ledger;
  readonly #kept: Ledger;
  readonly #waiting: Ledger;
  readonly #suspects = new Suspects();
  readonly #throttle = new LogThrottle(LOG_LINES_MAX, LOG_PERIOD_MILLIS);
  readonly #written = new Map<number, SharedArrayBuffer>();
  readonly #watch: NodeJS.Timeout;
  readonly #begun = Promise.withResolvers<void>();
  #isClosed = false;
  #number = 0;
  #workersLost = 0;
  #condemned = 0;
  #refused = 0;
  #opened = 0;

  constructor(options: WorkerPoolOptions) {
    const { limits, generations } = options;
    this.#options = options;
    this.#origin = options.origin ?? eventOrigin();
    this.slabs = new Slabs(limits);
    this.#open = new Ledger('exchanges', limits.poolTransactionsMax);
    this.#kept = new Ledger('bytes of bodies', limits.poolKeptBytesMax);
    this.#waiting = new Ledger('steps that wait', limits.poolQueueMax);
    for (const { generation } of generations.alive) this.#write(generation);
    const shares = new Shares();
    this.#lanes = Array.from({ length: limits.poolThreads }, (_, number) => this.#lane(number, shares));
    const period = Math.min(WATCH_MILLIS_MAX, limits.poolTaskMillisMax / 4);
    this.#watch = setInterval(() => this.#lookAfter(), period);
    this.#watch.unref();
    // Whoever does not wait for it is not ended by it.
    this.#begun.promise.catch(() => undefined);
  }

  /** Resolves when all workers are ready. Rejects where one is lost before: those that are lost later start again. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  get threads(): number {
    return this.#lanes.length;
  }

  get threadsReady(): number {
    return this.#lanes.filter((lane) => lane.isReady).length;
  }

  /** Exchanges that are open. */
  get exchanges(): number {
    return this.#exchanges.size;
  }

  /** Steps that wait for a worker. */
  get waiting(): number {
    return this.#waiting.total;
  }

  get keptBytes(): number {
    return this.#kept.total;
  }

  /** Since the pool began. */
  get workersLost(): number {
    return this.#workersLost;
  }

  /** Exchanges that were denied because their like has killed workers. */
  get condemned(): number {
    return this.#condemned;
  }

  /** Exchanges and chunks for which there was no room. */
  get refused(): number {
    return this.#refused + this.#open.refused + this.#kept.refused + this.slabs.refused;
  }

  /** Exchanges that were opened. */
  get opened(): number {
    return this.#opened;
  }

  /** @throws ServerError POOL_FULL, POOL_CLOSED */
  open(opening: ExchangeOpening, generation: number): ExchangeInspection {
    return this.#suspects.isCondemned(opening)
      ? this.#condemn(opening, generation)
      : this.#openIn(opening, generation);
  }

  /**
   * A request that is there whole; `request.body` must stay until the answer.
   *
   * @throws ServerError POOL_FULL, WORKER_LOST, WORKER_FAILED, INSPECTION_LATE
   */
  async inspect(request: InspectionRequest, generation: number): Promise<Inspection> {
    const { body, bodyComplete, ...asked } = request;
    const opening = { ...asked, bodyBytesExpected: body.byteLength };
    if (this.#suspects.isCondemned(opening)) return this.#condemn(opening, generation).finish(null);
    const untilMillis = performance.now() + this.#options.limits.verdictMillisMax;
    const exchange = this.#openIn(opening, generation, untilMillis);
    try {
      return await this.#inspectWhole(exchange, body, bodyComplete);
    } finally {
      exchange.abandon();
    }
  }

  /**
   * Brings a generation to every worker.
   *
   * @throws ServerError GENERATION_REFUSED
   */
  async adopt(generation: RuleSetGeneration): Promise<void> {
    const { id } = generation;
    const written = this.#write(generation);
    try {
      await Promise.all(this.#lanes.map((lane) => this.#adoptIn(lane, written)));
    } catch (error) {
      this.forget(id);
      throw error;
    }
  }

  /** No exchange is judged by it any more. */
  forget(generation: number): void {
    this.#written.delete(generation);
    for (const lane of this.#lanes) lane.tell({ kind: 'retire', generation });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#watch);
    this.#begun.resolve();
    const error = new ServerError('POOL_CLOSED');
    for (const exchange of [...this.#exchanges]) exchange.end(error);
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #openIn(
    opening: ExchangeOpening,
    generation: number,
    untilMillis = Number.POSITIVE_INFINITY,
  ): PooledExchange {
    if (this.#isClosed) throw new ServerError('POOL_CLOSED');
    const { generations } = this.#options;
    const lane = this.#leastLoaded();
    if (lane === null) throw this.#full('no worker is ready');
    const rules = generations.get(generation).generation.policies.get(opening.policy);
    const account = rules?.settings.name ?? opening.policy;
    if (!this.#waiting.has(account, 1)) throw this.#full('steps that wait');
    this.#open.take(account, 1);
    const exchange = new PooledExchange(
      { opening, account, generation, lane, untilMillis },
      {
        slabs: this.slabs,
        kept: this.#kept,
        waiting: this.#waiting,
        nextNumber: () => this.#nextNumber(),
        onOver: (over) => this.#forgetExchange(over),
      },
    );
    this.#exchanges.add(exchange);
    this.#opened++;
    lane.pinned++;
    generations.enter(generation, exchange);
    return exchange;
  }

  #full(what: string): ServerError {
    this.#refused++;
    return new ServerError('POOL_FULL', { what });
  }

  #condemn(opening: ExchangeOpening, generation: number): CondemnedExchange {
    this.#condemned++;
    const { settings, events } = this.#rules(opening, generation);
    const { version } = this.#options.generations.get(generation).generation;
    const context = eventContext(this.#origin, events, version);
    return new CondemnedExchange(opening, { policy: settings.name, mode: settings.mode ?? 'Block', context });
  }

  /** Of its policy; by the rule set's name, that of the policy which hosts and headers made stricter. */
  #rules({ policy }: ExchangeOpening, generation: number): PolicyRules {
    const rules = this.#options.generations.get(generation).generation.policies.get(policy);
    // The server names policies of its own configuration only; any other answer would be a guess.
    if (rules === undefined) throw new ServerError('INSPECTION_INVALID', { what: 'an unknown policy' });
    return rules;
  }

  #forgetExchange(exchange: PooledExchange): void {
    if (!this.#exchanges.delete(exchange)) return;
    exchange.lane.pinned--;
    this.#open.give(exchange.account, 1);
    this.#options.generations.leave(exchange.generation, exchange);
  }

  /** What fits crosses once, with all steps; what does not, part by part. */
  async #inspectWhole(exchange: PooledExchange, body: Uint8Array, complete: boolean): Promise<Inspection> {
    const { slabs } = this;
    const partBytes = Math.min(slabs.putBytesMax, WHOLE_SLABS_MAX * slabs.slabBytes);
    for (let from = 0; ; from += partBytes) {
      const put = slabs.put(exchange.account, body.subarray(from, from + partBytes));
      const pieces = put instanceof Promise ? await put : put;
      const isLast = from + partBytes >= body.byteLength;
      const steps: Step[] = [];
      if (from === 0) steps.push(exchange.headersStep());
      if (pieces.length > 0) steps.push({ step: 'requestChunk', pieces });
      if (!isLast) {
        await exchange.run(steps, pieces);
        continue;
      }
      steps.push({ step: 'requestEnd', truncated: !complete }, { step: 'finish', coverage: null });
      const inspection = await exchange.run<Inspection>(steps, pieces);
      exchange.forgotten();
      return inspection;
    }
  }

  #leastLoaded(): Lane | null {
    let best: Lane | null = null;
    let bestLoad = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) {
      if (!lane.isReady) continue;
      const load = lane.load * LOAD_OF_TASK + lane.pinned;
      if (load >= bestLoad) continue;
      best = lane;
      bestLoad = load;
    }
    return best;
  }

  #lane(number: number, shares: Shares): Lane {
    const { limits, worker = WORKER } = this.#options;
    return new Lane({
      number,
      worker,
      shares,
      memory: this.slabs.memory,
      slabBytes: limits.slabBytes,
      origin: this.#origin,
      heapBytesMax: limits.poolHeapBytesMax,
      generations: () => this.#written,
      onLost: (lane, reason, sequence) => this.#onLost(lane, reason, sequence),
      onReady: () => {
        if (this.threadsReady === this.threads) this.#begun.resolve();
      },
    });
  }

  #onLost(lane: Lane, reason: string, sequence: number): void {
    this.#workersLost++;
    const lost = [...this.#exchanges].filter((exchange) => exchange.lane === lane);
    const guilty = lost.find((exchange) => sequence !== 0 && exchange.sequence === sequence);
    if (guilty !== undefined) this.#suspects.blame(guilty.opening);
    const suppressed = this.#throttle.admit(performance.now());
    if (suppressed !== null) {
      const requestId = guilty?.opening.attributes.id ?? null;
      const policy = guilty?.opening.policy ?? null;
      const fields = { worker: lane.number, reason, exchanges: lost.length, requestId, policy, suppressed };
      this.#options.log.error(fields, 'a worker is lost');
    }
    const error = new ServerError('WORKER_LOST', { reason });
    this.#begun.reject(error);
    for (const exchange of lost) exchange.end(error);
  }

  #lookAfter(): void {
    const now = performance.now();
    for (const lane of this.#lanes) lane.watch(now, this.#options.limits.poolTaskMillisMax);
  }

  /** A worker that is not there takes what is written when it starts. */
  async #adoptIn(lane: Lane, generation: SharedArrayBuffer): Promise<void> {
    if (!lane.isReady) return;
    accept(await lane.ask({ kind: 'adopt', generation }));
  }

  /** Once for all workers. */
  #write(generation: RuleSetGeneration): SharedArrayBuffer {
    const bytes = serialize(shareGeneration(this.#options.engine, generation));
    const written = new SharedArrayBuffer(bytes.byteLength);
    new Uint8Array(written).set(bytes);
    this.#written.set(generation.id, written);
    return written;
  }

  #nextNumber(): number {
    this.#number = this.#number >= NUMBER_MAX ? 1 : this.#number + 1;
    return this.#number;
  }
}

/** Open exchanges that weigh as much as one step that waits or runs: most of them wait for their client. */
const LOAD_OF_TASK = 64;
