/**
 * The inspector of a server: this thread for what is small, the pool for the rest, and the generations of rules that both
 * judge by. The server sees an `Inspector` and an `ExchangeInspector`, a reload a `RuleSetHost`.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Engine, RuleSet } from '@sluice/engine';
import { EngineExchange, inspectWhole } from '../engine-exchange.ts';
import { ServerError } from '../errors.ts';
import { type EventOrigin, eventOrigin } from '../event-origin.ts';
import type { ExchangeInspection, ExchangeInspector, ExchangeOpening } from '../exchange-inspector.ts';
import type { Inspection, InspectionRequest, Inspector } from '../inspector.ts';
import type { ServerLimits } from '../limits.ts';
import type { Log } from '../log.ts';
import { type LinkedPolicy, linkPolicy, type RuleSetGeneration, type RuleSetHost } from '../rule-sets.ts';
import { type AliveGeneration, Generations } from './generations.ts';
import { PlacedExchange } from './placed-exchange.ts';
import { WorkerPool } from './pool.ts';
import { type Size, separatorsOf, sizeOfHead } from './small.ts';

export interface PoolInspectorOptions {
  readonly engine: Engine;
  readonly generation: RuleSetGeneration;
  readonly limits: ServerLimits;
  readonly log: Log;
  /** Of the events that are made; without it, this process. */
  readonly origin?: EventOrigin;
  /** See WorkerPoolOptions. */
  readonly worker?: URL;
}

export class PoolInspector implements Inspector, ExchangeInspector, RuleSetHost {
  /** Null where everything is inspected on this thread. */
  readonly pool: WorkerPool | null;
  readonly #engine: Engine;
  readonly #limits: ServerLimits;
  readonly #generations: Generations;
  readonly #origin: EventOrigin;
  #inline = 0;

  /** @param first linked for this thread */
  constructor(options: PoolInspectorOptions, first: AliveGeneration) {
    const { engine, limits } = options;
    this.#engine = engine;
    this.#limits = limits;
    this.#origin = options.origin ?? eventOrigin();
    const { retiredMillisMax } = limits;
    const onDropped = (id: number): void => this.pool?.forget(id);
    this.#generations = new Generations(first, { retiredMillisMax, onDropped });
    const generations = this.#generations;
    this.pool = limits.poolThreads === 0 ? null : new WorkerPool({ ...options, generations });
  }

  get current(): number {
    return this.#generations.current;
  }

  /** Whether there is a worker for what is not small. */
  get isReady(): boolean {
    return this.pool === null || this.pool.threadsReady > 0;
  }

  /** Of the generation in force: see RuleSetGeneration. */
  get version(): string {
    return this.#generations.get().generation.version;
  }

  /** Generations that are alive, and exchanges that use those of them which are not in force. */
  get generations(): { readonly alive: number; readonly retiredUsers: number } {
    return { alive: this.#generations.alive.length, retiredUsers: this.#generations.retiredUsers };
  }

  /** Those of the generation in force that this thread judges by, each once. */
  get ruleSets(): readonly RuleSet[] {
    return [...new Set([...this.#generations.get().linked.values()].map(({ ruleSet }) => ruleSet))];
  }

  /** Exchanges that began on this thread. */
  get inline(): number {
    return this.#inline;
  }

  /** Inspects by the generation in force. */
  inspect(request: InspectionRequest): Inspection | Promise<Inspection> {
    return this.inspectWith(this.current, request);
  }

  /** @throws ServerError GENERATION_UNKNOWN */
  inspectWith(generation: number, request: InspectionRequest): Inspection | Promise<Inspection> {
    if (this.pool !== null && !this.#isSmall(request)) return this.pool.inspect(request, generation);
    return this.inspectHere(request, generation);
  }

  /** On this thread, whatever its size. @throws ServerError GENERATION_UNKNOWN */
  inspectHere(request: InspectionRequest, generation: number = this.current): Inspection {
    this.#inline++;
    return inspectWhole(this.#engine, this.#linked(generation, request.policy), request);
  }

  open(opening: ExchangeOpening): ExchangeInspection {
    const generation = this.current;
    const { pool } = this;
    const head = sizeOfHead(opening.attributes, this.#limits) ?? TOO_LARGE;
    const announced = head.bytes + (opening.bodyBytesExpected ?? 0);
    if (pool !== null && announced > this.#limits.inlineBytesMax) return pool.open(opening, generation);
    this.#inline++;
    const exchange: PlacedExchange = new PlacedExchange({
      inline: new EngineExchange(this.#engine, this.#linked(generation, opening.policy), opening),
      head,
      limits: pool === null ? null : this.#limits,
      openPooled: () => {
        if (pool === null) throw new ServerError('POOL_FULL', { what: 'there are no workers' });
        return pool.open(opening, generation);
      },
      onOver: (over) => this.#generations.leave(generation, over),
    });
    this.#generations.enter(generation, exchange);
    return exchange;
  }

  async prepare(generation: RuleSetGeneration): Promise<void> {
    await this.#generations.prepare(async () => {
      const alive = await linkAll(this.#engine, generation, this.#origin);
      await this.pool?.adopt(generation);
      return alive;
    });
  }

  use(id: number): void {
    this.#generations.use(id);
  }

  discard(id: number): void {
    this.#generations.discard(id);
  }

  async close(): Promise<void> {
    this.#generations.close();
    await this.pool?.close();
  }

  #isSmall({ attributes, body }: InspectionRequest): boolean {
    const { inlineBytesMax, inlineValuesMax } = this.#limits;
    if (body.byteLength > inlineBytesMax) return false;
    const head = sizeOfHead(attributes, this.#limits);
    if (head === null || head.bytes + body.byteLength > inlineBytesMax) return false;
    return head.values + separatorsOf(body) <= inlineValuesMax;
  }

  #linked(generation: number, name: string): LinkedPolicy {
    const policy = this.#generations.get(generation).linked.get(name);
    // The server names policies of its own configuration only; any other answer would be a guess.
    if (policy === undefined) throw new ServerError('INSPECTION_INVALID', { what: 'an unknown policy' });
    return policy;
  }
}

const TOO_LARGE: Size = { bytes: Number.POSITIVE_INFINITY, values: Number.POSITIVE_INFINITY };

/** One policy a turn of the event loop: requests go on meanwhile. */
async function linkAll(
  engine: Engine,
  generation: RuleSetGeneration,
  origin: EventOrigin,
): Promise<AliveGeneration> {
  const linked = new Map<string, LinkedPolicy>();
  for (const name of generation.policies.keys()) {
    linked.set(name, linkPolicy(engine, generation, name, origin));
    await turn();
  }
  return { generation, linked };
}

/**
 * Starts the workers and waits until each is ready.
 *
 * @throws EngineError where an overlay does not fit its base; ServerError WORKER_LOST where a worker does not start
 */
export async function createPoolInspector(given: PoolInspectorOptions): Promise<PoolInspector> {
  const origin = given.origin ?? eventOrigin();
  const options = { ...given, origin };
  const inspector = new PoolInspector(options, await linkAll(options.engine, options.generation, origin));
  try {
    await inspector.pool?.begun;
    return inspector;
  } catch (error) {
    await inspector.close();
    throw error;
  }
}
