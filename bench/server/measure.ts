/** Contenders in turn, in rounds, at each number of connections; what they used meanwhile, and whether they said the same. */
import type { EnvoyProcess } from '../../packages/cli/src/envoy/process.ts';
import type { BenchCase } from '../engine/cases/case.ts';
import { ascending, percentile } from '../engine/percentile.ts';
import { CONTENDERS, type Running, type ServerContenderName } from './contenders.ts';
import { listenerOf } from './envoy.ts';
import type { Load, LoadResult } from './load.ts';
import { cpuSeconds, residentBytes } from './usage.ts';

export interface Stand {
  readonly load: Load;
  readonly envoy: EnvoyProcess;
  readonly contenders: readonly Running[];
  /** How many cores the load may use. */
  readonly loadCores: number;
}

export interface Pace {
  readonly connections: readonly number[];
  /** Of each contender, number of connections and round. */
  readonly seconds: number;
  readonly rounds: number;
}

/** Medians of rounds; processor time over all of them. */
export interface Figures {
  readonly contender: ServerContenderName;
  readonly connections: number;
  readonly requests: number;
  readonly rounds: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  /** Processor time a request, of all threads. */
  readonly serverCpuUs: number;
  readonly envoyCpuUs: number;
  /** Of the server, after the last round; 0 where there is none. */
  readonly serverBytes: number;
  readonly envoyBytes: number;
  /** Part of its cores that the load used: near 1, it is the load that was measured. */
  readonly loadBusy: number;
  readonly denied: number;
  /** Answers that are neither the workload's nor a denial, and connections that broke. */
  readonly failed: number;
  /** The former by HTTP status. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Where contenders that look at requests did not say the same, or somebody else denied. */
export interface Dissent {
  readonly case: string;
  readonly contender: ServerContenderName;
  readonly reason: string;
}

/** A round in which one request of a connection takes so many times the time that it was given is not repeated. */
const PATIENCE = 4;
const WARM_CONNECTIONS = 16;
/** V8 compiles what runs often, for some thousand requests. Contenders that are too slow for so many do not compile. */
export const WARM_REQUESTS = 6_000;
export const WARM_ROUNDS_MAX = 6;

const ALLOWED = '200';
const DENIED = '403';

interface Round extends LoadResult {
  readonly serverSeconds: number;
  readonly envoySeconds: number;
}

export class Measurement {
  readonly #stand: Stand;
  readonly #case: BenchCase;
  readonly #rounds = new Map<string, Round[]>();
  /** Number of the next request, which nobody gets twice. */
  readonly #next = new Map<ServerContenderName, number>();
  readonly #surprises = new Map<ServerContenderName, Set<number>>();

  constructor(stand: Stand, benchCase: BenchCase) {
    this.#stand = stand;
    this.#case = benchCase;
  }

  async run({ connections, seconds, rounds }: Pace): Promise<readonly Figures[]> {
    const { contenders } = this.#stand;
    const most = Math.min(WARM_CONNECTIONS, Math.max(...connections));
    for (const contender of contenders) await this.#warm(contender, most, seconds);
    for (const count of connections) {
      for (let round = 0; round < rounds; round++) {
        for (let step = 0; step < contenders.length; step++) {
          // Nobody is always the one after the slowest.
          const contender = contenders[(step + round) % contenders.length];
          if (contender === undefined) continue;
          const known = this.#rounds.get(key(contender.name, count)) ?? [];
          if (known.some((each) => each.seconds > seconds * PATIENCE)) continue;
          known.push(await this.#round(contender, count, seconds));
          this.#rounds.set(key(contender.name, count), known);
        }
      }
    }
    return connections.flatMap((count) => contenders.map((contender) => this.#figures(contender, count)));
  }

  /** What differs among the requests that all have got. */
  dissent(): readonly Dissent[] {
    const { contenders } = this.#stand;
    const found: Dissent[] = [];
    const told = (contender: ServerContenderName, reason: string): void => {
      found.push({ case: this.#case.name, contender, reason });
    };
    const inspecting = contenders.filter(({ name }) => CONTENDERS[name].inspects);
    const [first] = inspecting;
    for (const { name } of contenders) {
      const own = this.#surprises.get(name) ?? new Set<number>();
      if (!CONTENDERS[name].inspects && own.size > 0) told(name, `${own.size} requests were not allowed`);
      if (first === undefined || first.name === name || !CONTENDERS[name].inspects) continue;
      const others = this.#surprises.get(first.name) ?? new Set<number>();
      const common = Math.min(this.#next.get(name) ?? 0, this.#next.get(first.name) ?? 0);
      const differing = [...new Set([...own, ...others])].filter(
        (number) => number < common && own.has(number) !== others.has(number),
      );
      if (differing.length > 0)
        told(name, `${differing.length} of ${common} verdicts differ from those of ${first.name}`);
    }
    return found;
  }

  async #warm(contender: Running, connections: number, seconds: number): Promise<void> {
    for (let round = 0, requests = 0; round < WARM_ROUNDS_MAX && requests < WARM_REQUESTS; round++) {
      const result = await this.#round(contender, connections, seconds);
      if (result.seconds > seconds * PATIENCE) return;
      requests += result.requests;
    }
  }

  async #round({ name, process }: Running, connections: number, seconds: number): Promise<Round> {
    const { envoy, load } = this.#stand;
    const serverSeconds = (): number => (process === null ? 0 : cpuSeconds(process.pid));
    const before = { server: serverSeconds(), envoy: cpuSeconds(envoy.pid) };
    const result = await load.run({
      port: envoy.listener(listenerOf(name)).port,
      connections,
      millis: Math.ceil(seconds * 1_000),
      from: this.#next.get(name) ?? 0,
      expected: CONTENDERS[name].inspects && this.#case.verdict === 'deny' ? Number(DENIED) : Number(ALLOWED),
    });
    this.#next.set(name, result.next);
    const surprises = this.#surprises.get(name) ?? new Set<number>();
    for (const number of result.surprises) surprises.add(number);
    this.#surprises.set(name, surprises);
    return {
      ...result,
      serverSeconds: serverSeconds() - before.server,
      envoySeconds: cpuSeconds(envoy.pid) - before.envoy,
    };
  }

  #figures({ name, process }: Running, connections: number): Figures {
    const { envoy, loadCores } = this.#stand;
    const rounds = this.#rounds.get(key(name, connections)) ?? [];
    const requests = sum(rounds, (each) => each.requests);
    const statuses = total(rounds.map((each) => each.statuses));
    const { [DENIED]: denied = 0, [ALLOWED]: allowed = 0, ...failures } = statuses;
    return {
      contender: name,
      connections,
      requests,
      rounds: rounds.length,
      requestsPerSecond: median(rounds, (each) => each.requests / each.seconds),
      p50Us: median(rounds, ({ p50Us }) => p50Us),
      p99Us: median(rounds, ({ p99Us }) => p99Us),
      p999Us: median(rounds, ({ p999Us }) => p999Us),
      serverCpuUs: (sum(rounds, ({ serverSeconds }) => serverSeconds) / requests) * 1e6,
      envoyCpuUs: (sum(rounds, ({ envoySeconds }) => envoySeconds) / requests) * 1e6,
      serverBytes: process === null ? 0 : residentBytes(process.pid),
      envoyBytes: residentBytes(envoy.pid),
      loadBusy: median(rounds, (each) => each.cpuSeconds / each.seconds / loadCores),
      denied,
      failed: requests - denied - allowed + sum(rounds, ({ broken }) => broken),
      failures,
    };
  }
}

const key = (name: ServerContenderName, connections: number): string => `${name} ${connections}`;

const median = (rounds: readonly Round[], of: (round: Round) => number): number =>
  percentile(ascending(rounds.map(of)), 0.5);

const sum = (rounds: readonly Round[], of: (round: Round) => number): number =>
  rounds.reduce((total, round) => total + of(round), 0);

function total(counts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const each of counts)
    for (const [name, count] of Object.entries(each)) totals[name] = (totals[name] ?? 0) + count;
  return totals;
}
