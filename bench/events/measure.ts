/** Attacks through Envoy in turns: the same requests to servers that differ in what becomes of their events. */
import type { EnvoyProcess } from '../../packages/cli/src/envoy/process.ts';
import { ascending, percentile, sumOf } from '../engine/percentile.ts';
import { listenerOf } from '../server/envoy.ts';
import type { Load, LoadResult } from '../server/load.ts';
import { WARM_REQUESTS, WARM_ROUNDS_MAX } from '../server/measure.ts';
import type { ServerProcess } from '../server/server-process.ts';
import { cpuSeconds, residentBytes } from '../server/usage.ts';
import type { SinkName } from './sinks.ts';

export interface EventsStand {
  readonly load: Load;
  readonly envoy: EnvoyProcess;
  readonly servers: ReadonlyMap<SinkName, ServerProcess>;
}

export interface EventsPace {
  readonly connections: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
}

/** Medians of rounds; processor time over all of them. */
export interface SinkFigures {
  readonly sink: SinkName;
  readonly connections: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly serverCpuUs: number;
  readonly serverBytes: number;
  /** Medians over rounds of what a round took, in times of what it took the server that discards events next to it. */
  readonly ratioP50: number;
  readonly ratioP99: number;
  readonly denied: number;
  /** Answers that are no denial, and connections that broke. */
  readonly failed: number;
}

interface Round extends LoadResult {
  readonly cpu: number;
}

const DENIED = 403;
const BASE: SinkName = 'discarded';

export class EventsMeasurement {
  readonly #stand: EventsStand;
  readonly #rounds = new Map<string, Round[]>();
  readonly #next = new Map<SinkName, number>();

  constructor(stand: EventsStand) {
    this.#stand = stand;
  }

  async run({ connections, seconds, rounds }: EventsPace): Promise<readonly SinkFigures[]> {
    const sinks = [...this.#stand.servers.keys()];
    for (const sink of sinks) {
      for (let round = 0, sent = 0; round < WARM_ROUNDS_MAX && sent < WARM_REQUESTS; round++) {
        sent += (await this.#round(sink, Math.max(...connections), seconds)).requests;
      }
    }
    for (const count of connections) {
      for (let round = 0; round < rounds; round++) {
        for (let step = 0; step < sinks.length; step++) {
          // Nobody is always the one after the slowest.
          const sink = sinks[(step + round) % sinks.length] ?? BASE;
          const known = this.#rounds.get(key(sink, count)) ?? [];
          known.push(await this.#round(sink, count, seconds));
          this.#rounds.set(key(sink, count), known);
        }
      }
    }
    return connections.flatMap((count) => sinks.map((sink) => this.#figures(sink, count)));
  }

  /** Requests of a server that were sent, warming included. */
  sent(sink: SinkName): number {
    return this.#next.get(sink) ?? 0;
  }

  async #round(sink: SinkName, connections: number, seconds: number): Promise<Round> {
    const { load, envoy, servers } = this.#stand;
    const pid = servers.get(sink)?.pid ?? 0;
    const before = cpuSeconds(pid);
    const result = await load.run({
      port: envoy.listener(listenerOf(sink)).port,
      connections,
      millis: Math.ceil(seconds * 1_000),
      from: this.sent(sink),
      expected: DENIED,
    });
    this.#next.set(sink, result.next);
    return { ...result, cpu: cpuSeconds(pid) - before };
  }

  #figures(sink: SinkName, connections: number): SinkFigures {
    const rounds = this.#rounds.get(key(sink, connections)) ?? [];
    const base = this.#rounds.get(key(BASE, connections)) ?? [];
    const requests = sumOf(rounds.map((round) => round.requests));
    const denied = sumOf(rounds.map(({ statuses }) => statuses[DENIED] ?? 0));
    const ratio = (of: (round: Round) => number): number =>
      median(rounds.map((round, index) => of(round) / of(base[index] ?? round)));
    return {
      sink,
      connections,
      requests,
      requestsPerSecond: median(rounds.map((round) => round.requests / round.seconds)),
      p50Us: median(rounds.map(({ p50Us }) => p50Us)),
      p99Us: median(rounds.map(({ p99Us }) => p99Us)),
      serverCpuUs: (sumOf(rounds.map(({ cpu }) => cpu)) / requests) * 1e6,
      serverBytes: residentBytes(this.#stand.servers.get(sink)?.pid ?? 0),
      ratioP50: ratio(({ p50Us }) => p50Us),
      ratioP99: ratio(({ p99Us }) => p99Us),
      denied,
      failed: requests - denied + sumOf(rounds.map(({ broken }) => broken)),
    };
  }
}

const key = (sink: SinkName, connections: number): string => `${sink} ${connections}`;

const median = (values: readonly number[]): number => percentile(ascending(values), 0.5);
