/**
 * Counts what exclusions let go. A rule that an exclusion keeps from a value leaves no trace where it is kept from it, so a thread judges copies of
 * requests by the same rules without exclusions:
 *
 *     a request at an exclusion's path ─▶ so many a second are copied ─▶ thread ─▶ which exclusions took what would have matched
 *
 * No answer waits for it, and none depends on it. A request at no exclusion's path costs a comparison of its path.
 */
import { serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { type Engine, isInExclusionPaths } from '@sluice/engine';
import type { Config } from '../config.ts';
import { reasonOf } from '../errors.ts';
import type { ExchangeOpening } from '../exchange-inspector.ts';
import type { InspectionRequest } from '../inspector.ts';
import { describeFault, type Log } from '../log.ts';
import { SELECT_NOTHING, variantsOf } from '../policies/select.ts';
import type { ExclusionPolicy } from '../policy.ts';
import type { CopySource } from '../rehearsal/rehearsing-inspector.ts';
import { RequestCopy } from '../rehearsal/request-copy.ts';
import { type RuleSetGeneration, shareGeneration } from '../rule-sets.ts';
import { exclusionId } from './exclusion-id.ts';
import { EXCLUSION_HITS_LIMITS } from './limits.ts';
import { LookBudget } from './look-budget.ts';
import type { LookAnswer, LookedAt, LookingRequest } from './messages.ts';
import { pathOf } from './path-of.ts';

const WORKER = new URL('./worker.ts', import.meta.url);

export interface ExclusionHitsOptions {
  readonly engine: Engine;
  readonly log: Log;
  readonly looksPerSecondMax: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What became of requests at paths of exclusions. */
export interface Looks {
  /** Judged without exclusions. */
  looked: number;
  /** Beyond so many a second. */
  rate: number;
  /** Those before were not judged yet. */
  busy: number;
  /** Their body is longer than is copied. */
  body: number;
  /** They were decided before they were there whole. */
  cut: number;
  failed: number;
}

export interface CountedExclusion extends ExclusionPolicy {
  readonly policy: string;
  readonly id: string;
  /** Of requests that were looked at, those from which it took something that would have matched. */
  readonly hits: number;
  /** Milliseconds since the epoch; null where there was none. */
  readonly lastMillis: number | null;
  /** Since when it is counted. */
  readonly sinceMillis: number;
}

export interface ExclusionHitsReport {
  /** `refused`: the thread ended, and why is in the log. */
  readonly state: 'none' | 'off' | 'building' | 'running' | 'refused';
  /** By policy. Hits are of those that were looked at: what a policy's say depends on its own. */
  readonly looks: Readonly<Record<string, Readonly<Looks>>>;
  readonly exclusions: readonly CountedExclusion[];
}

interface Count {
  hits: number;
  lastMillis: number | null;
  readonly sinceMillis: number;
}

interface Lot {
  /** Who has copies that are being made, or not judged yet. */
  readonly budget: LookBudget;
  /** With the thread. */
  given: number;
  /** When the thread was given something while it had nothing, or has answered last; milliseconds since the epoch. */
  busySince: number;
}

interface Watched {
  readonly name: string;
  readonly exclusions: readonly ExclusionPolicy[];
}

export class ExclusionHits implements CopySource {
  readonly #options: ExclusionHitsOptions;
  readonly #now: () => number;
  /** By policy; they stay over reloads. */
  readonly #looks = new Map<string, Looks>();
  /** By policy and id: what was counted stays over reloads. */
  readonly #counts = new Map<string, Count>();
  /** Of policies that have exclusions, by the names of their rule sets. */
  #watched: ReadonlyMap<string, Watched> = new Map();
  #policies: Readonly<Record<string, Config['policies'][string]>> = {};
  #worker: Worker | null = null;
  #state: ExclusionHitsReport['state'] = 'none';
  /** Copies of the thread in use that are being made, or not judged yet. */
  #lot: Lot;
  #begun: Parameters<ExclusionHits['begin']> | null = null;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: ExclusionHitsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#lot = this.#newLot([]);
  }

  get report(): ExclusionHitsReport {
    const exclusions = Object.entries(this.#policies).flatMap(([policy, { exclusions: own }]) =>
      own.map((each) => {
        const id = exclusionId(each);
        return { ...each, policy, id, ...this.#count(policy, id) };
      }),
    );
    return { state: this.#state, looks: structuredClone(Object.fromEntries(this.#looks)), exclusions };
  }

  /** What is in force from now on. Never throws: what cannot be counted is said, and changes nothing else. */
  begin({ policies, select }: Pick<Config, 'policies' | 'select'>, generation: RuleSetGeneration): void {
    this.#end('none');
    this.#policies = policies;
    this.#begun = [{ policies, select }, generation];
    this.#forget();
    const variants = variantsOf(policies, select ?? SELECT_NOTHING).filter(
      ({ policy }) => policy.exclusions.length > 0 && policy.mode !== 'Off',
    );
    if (variants.length === 0) return;
    if (this.#options.looksPerSecondMax === 0) {
      this.#state = 'off';
      return;
    }
    this.#watched = new Map(
      variants.map(({ key, name, policy }) => [key, { name, exclusions: policy.exclusions }]),
    );
    this.#lot = this.#newLot(variants.map(({ name }) => name));
    try {
      this.#start(generation);
    } catch (error) {
      this.#refuse(error);
    }
  }

  copyOf(
    bodyBytes: number,
    { attributes, policy }: Pick<ExchangeOpening, 'attributes' | 'policy'>,
  ): RequestCopy | null {
    if (this.#state !== 'running') return null;
    const watched = this.#watched.get(policy);
    if (watched === undefined || !isWatched(watched, attributes.uri)) return null;
    const { name } = watched;
    const lot = this.#lot;
    const skipped = this.#skips(name, bodyBytes);
    if (skipped !== null) {
      this.#looksOf(name)[skipped]++;
      return null;
    }
    return new RequestCopy({
      give: (request) => {
        // The rules that it was judged by may be others by now.
        if (lot === this.#lot) this.#give(name, request);
      },
      drop: (why) => {
        lot.budget.release(name);
        this.#looksOf(name)[why]++;
      },
    });
  }

  close(): Promise<void> {
    const worker = this.#worker;
    this.#end('none');
    this.#begun = null;
    return worker === null ? Promise.resolve() : worker.terminate().then(() => undefined);
  }

  /** Null where a copy is begun. */
  #skips(name: string, bodyBytes: number): 'body' | 'busy' | 'rate' | null {
    const { bodyBytesMax, lookMillisMax } = EXCLUSION_HITS_LIMITS;
    if (bodyBytes > bodyBytesMax) return 'body';
    const { given, busySince, budget } = this.#lot;
    if (given > 0 && this.#now() - busySince > lookMillisMax) {
      this.#refuse(`no answer within ${lookMillisMax} ms`);
      return 'busy';
    }
    return budget.take(name, this.#now());
  }

  #give(name: string, { attributes, body, bodyComplete, policy }: InspectionRequest): void {
    const copy: LookedAt = { policy, attributes, body, bodyComplete };
    const lot = this.#lot;
    try {
      this.#worker?.postMessage(copy);
      if (lot.given++ === 0) lot.busySince = this.#now();
    } catch (error) {
      // The answer to the request does not depend on it.
      lot.budget.release(name);
      this.#looksOf(name).failed++;
      this.#options.log.debug(describeFault(error), 'what exclusions let go of a request was not counted');
    }
  }

  #start(generation: RuleSetGeneration): void {
    const { engine } = this.#options;
    const policies = new Map(
      [...this.#watched.keys()].flatMap((key) => {
        const rules = generation.policies.get(key);
        // In Detect: a rule that denies by itself would keep those behind it from being asked.
        const settings = { mode: 'Detect', exclusions: [] } as const;
        return rules === undefined ? [] : [[key, { ...rules, settings: { ...rules.settings, ...settings } }]];
      }),
    );
    const bare = { ...generation, policies };
    const workerData: LookingRequest = {
      generation: serialize(shareGeneration(engine, bare)),
      exclusions: new Map([...this.#watched].map(([key, { exclusions }]) => [key, exclusions])),
    };
    const resourceLimits = { maxOldGenerationSizeMb: EXCLUSION_HITS_LIMITS.heapMegabytesMax };
    const worker = new Worker(WORKER, { workerData, resourceLimits });
    this.#worker = worker;
    this.#state = 'building';
    worker.on('message', (answer: LookAnswer) => {
      if (worker === this.#worker) this.#take(answer);
    });
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#refuse(error);
    });
    worker.unref();
  }

  #take(answer: LookAnswer): void {
    if (answer.kind === 'ready') {
      this.#state = 'running';
      return;
    }
    this.#lot.given--;
    this.#lot.busySince = this.#now();
    const watched = this.#watched.get(answer.policy);
    // It answers what it was given, which was of policies that are watched.
    if (watched === undefined) return;
    this.#lot.budget.release(watched.name);
    const looks = this.#looksOf(watched.name);
    if (answer.kind === 'failed') {
      looks.failed++;
      return;
    }
    looks.looked++;
    for (const index of answer.hits) {
      const exclusion = watched.exclusions[index];
      if (exclusion === undefined) continue;
      const count = this.#count(watched.name, exclusionId(exclusion));
      count.hits++;
      count.lastMillis = this.#now();
    }
  }

  #newLot(policies: readonly string[]): Lot {
    const { looksPerSecondMax } = this.#options;
    return { budget: new LookBudget(policies, looksPerSecondMax), given: 0, busySince: 0 };
  }

  #looksOf(policy: string): Looks {
    const known = this.#looks.get(policy);
    if (known !== undefined) return known;
    const looks = { looked: 0, rate: 0, busy: 0, body: 0, cut: 0, failed: 0 };
    this.#looks.set(policy, looks);
    return looks;
  }

  #count(policy: string, id: string): Count {
    const key = JSON.stringify([policy, id]);
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const count: Count = { hits: 0, lastMillis: null, sinceMillis: this.#now() };
    this.#counts.set(key, count);
    return count;
  }

  #forget(): void {
    if (this.#looks.size > EXCLUSION_HITS_LIMITS.countsMax) {
      for (const policy of this.#looks.keys()) {
        if (!Object.hasOwn(this.#policies, policy)) this.#looks.delete(policy);
      }
    }
    if (this.#counts.size <= EXCLUSION_HITS_LIMITS.countsMax) return;
    const known = new Set(this.report.exclusions.map(({ policy, id }) => JSON.stringify([policy, id])));
    for (const key of this.#counts.keys()) if (!known.has(key)) this.#counts.delete(key);
  }

  #refuse(error: unknown): void {
    this.#options.log.warn({ reason: reasonOf(error) }, 'what exclusions let go is not counted for a while');
    this.#end('refused');
    const begun = this.#begun;
    if (begun === null) return;
    this.#restart = setTimeout(() => this.begin(...begun), EXCLUSION_HITS_LIMITS.restartMillis);
    this.#restart.unref();
  }

  #end(state: 'none' | 'refused'): void {
    const worker = this.#worker;
    this.#worker = null;
    this.#watched = new Map();
    this.#lot = this.#newLot([]);
    clearTimeout(this.#restart);
    this.#state = state;
    void worker?.terminate();
  }
}

const isWatched = ({ exclusions }: Watched, uri: string): boolean => {
  const path = pathOf(uri);
  return exclusions.some(({ paths }) => isInExclusionPaths(path, paths.length === 0 ? undefined : paths));
};
