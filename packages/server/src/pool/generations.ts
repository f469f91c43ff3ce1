/**
 * The generations of rule sets that are alive: one in force, those before it while exchanges use them, one prepared. What
 * uses a generation says so, and is told when it has used it for too long.
 */
import { ServerError } from '../errors.ts';
import type { LinkedPolicy, RuleSetGeneration } from '../rule-sets.ts';

/** Design promise: memory for three sets, whatever the pace of reloads. */
const ALIVE_MAX = 3;

/** An exchange that uses a generation. */
export interface GenerationUser {
  /** The generation is gone; no further step may be judged by it. */
  retire(): void;
}

export interface AliveGeneration {
  readonly generation: RuleSetGeneration;
  /** Linked for this thread, by policy. */
  readonly linked: ReadonlyMap<string, LinkedPolicy>;
}

interface Entry extends AliveGeneration {
  readonly users: Set<GenerationUser>;
  retirement: NodeJS.Timeout | null;
}

export interface GenerationsOptions {
  readonly retiredMillisMax: number;
  /** Called when a generation is alive no more. */
  readonly onDropped: (id: number) => void;
}

export class Generations {
  readonly #options: GenerationsOptions;
  readonly #alive = new Map<number, Entry>();
  #current: number;
  #preparing = false;
  #dropped = Promise.withResolvers<void>();

  constructor(first: AliveGeneration, options: GenerationsOptions) {
    this.#options = options;
    this.#current = first.generation.id;
    this.#add(first);
  }

  get current(): number {
    return this.#current;
  }

  /** The one in force first. */
  get alive(): readonly AliveGeneration[] {
    return [...this.#alive.values()].sort(
      (a, b) => Number(b.generation.id === this.#current) - Number(a.generation.id === this.#current),
    );
  }

  /** The one in force, or one by its id. @throws ServerError GENERATION_UNKNOWN */
  get(id: number = this.#current): AliveGeneration {
    return this.#entry(id);
  }

  /** Exchanges that use generations which are not in force. */
  get retiredUsers(): number {
    let users = 0;
    for (const [id, entry] of this.#alive) if (id !== this.#current) users += entry.users.size;
    return users;
  }

  /** @throws ServerError GENERATION_UNKNOWN */
  enter(id: number, user: GenerationUser): void {
    this.#entry(id).users.add(user);
  }

  leave(id: number, user: GenerationUser): void {
    const entry = this.#alive.get(id);
    if (entry === undefined || !entry.users.delete(user)) return;
    if (entry.users.size === 0 && entry.retirement !== null) this.#drop(id);
  }

  /**
   * @param bring takes the generation to every thread
   * @throws ServerError RULE_SETS_BUSY, and what `bring` throws
   */
  async prepare(bring: () => Promise<AliveGeneration>): Promise<void> {
    if (this.#preparing || this.#hasPrepared()) throw new ServerError('RULE_SETS_BUSY');
    this.#preparing = true;
    try {
      while (this.#alive.size >= ALIVE_MAX) await this.#dropped.promise;
      this.#add(await bring());
    } finally {
      this.#preparing = false;
    }
  }

  /** @throws ServerError GENERATION_UNKNOWN */
  use(id: number): void {
    this.#entry(id);
    const previous = this.#current;
    if (id === previous) return;
    this.#current = id;
    const retired = this.#entry(previous);
    if (retired.users.size === 0) {
      this.#drop(previous);
      return;
    }
    retired.retirement = setTimeout(() => this.#retire(previous), this.#options.retiredMillisMax);
    retired.retirement.unref();
  }

  discard(id: number): void {
    if (id !== this.#current && this.#alive.get(id)?.retirement === null) this.#drop(id);
  }

  close(): void {
    for (const { retirement } of this.#alive.values()) if (retirement !== null) clearTimeout(retirement);
  }

  /** The one that is neither in force nor retired. */
  #hasPrepared(): boolean {
    for (const [id, { retirement }] of this.#alive) {
      if (id !== this.#current && retirement === null) return true;
    }
    return false;
  }

  #add(alive: AliveGeneration): void {
    this.#alive.set(alive.generation.id, { ...alive, users: new Set(), retirement: null });
  }

  #entry(id: number): Entry {
    const entry = this.#alive.get(id);
    if (entry === undefined) throw new ServerError('GENERATION_UNKNOWN', { id });
    return entry;
  }

  #retire(id: number): void {
    const entry = this.#entry(id);
    this.#drop(id);
    for (const user of entry.users) user.retire();
  }

  #drop(id: number): void {
    const entry = this.#alive.get(id);
    if (entry === undefined) return;
    if (entry.retirement !== null) clearTimeout(entry.retirement);
    this.#alive.delete(id);
    this.#options.onDropped(id);
    this.#dropped.resolve();
    this.#dropped = Promise.withResolvers<void>();
  }
}
