/** Attacks through Envoy in turns: the same requests to servers that differ in what becomes of their events. */
import type { EnvoyProcess } from '../../packages/cli/src/envoy/process.ts';
import { ascending, percentile, sumOf } from '../engine/percentile.ts';
import { Random } from '../engine/random.ts';
import { listenerOf } from '../server/envoy.ts';
import type { Load, LoadResult } from '../server/load.ts';
import { WARM_REQUESTS, WARM_ROUNDS_MAX } from '../server/measure.ts';
import type { ServerProcess } from '../server/server-process.ts';
import { cpuSeconds, residentBytes } from '../server/usage.ts';
import { type Interval, medianInterval } from './interval.ts';
import { BASE, type SinkName } from './sinks.ts';

export interface EventsStand {
  readonly load: Load;
  readonly envoy: EnvoyProcess;
  readonly servers: ReadonlyMap<SinkName, ServerProcess>;
}

export interface EventsPace {
  /** In an open loop: parts of what the server without events answers in a closed one. */
  readonly parts: readonly number[];
  /** In a closed loop. */
  readonly connections: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
}

/** How requests begin: at a rate, or one after the other's answer. */
export type Traffic =
  | { readonly kind: 'open'; readonly part: number; readonly rate: number; readonly connections: number }
  | { readonly kind: 'closed'; readonly connections: number };

/** Medians of rounds; processor time over all of them. */
export interface SinkFigures {
  readonly sink: SinkName;
  readonly traffic: Traffic;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly serverCpuUs: number;
  readonly serverBytes: number;
  /** Over rounds, what a round took in times of what it took the server without events next to it. */
  readonly ratioP50: Interval;
  readonly ratioP99: Interval;
  readonly denied: number;
  /** Answers that are no denial, and connections that broke. */
  readonly failed: number;
}

interface Round extends LoadResult {
  readonly cpu: number;
}

const DENIED = 403;
const WARM_CONNECTIONS = 8;
/** Of an open loop: more than are ever open at once, so that a request waits for the server and not for a connection. */
const OPEN_CONNECTIONS = 32;

export class EventsMeasurement {
  readonly #stand: EventsStand;
  readonly #rounds = new Map<string, Round[]>();
  readonly #next = new Map<SinkName, number>();
  /** Of the order in which servers have their turns. */
  readonly #random = new Random('turns');

  constructor(stand: EventsStand) {
    this.#stand = stand;
  }

  async run({ parts, connections, seconds, rounds }: EventsPace): Promise<readonly SinkFigures[]> {
    const sinks = [...this.#stand.servers.keys()];
    const most: Traffic = { kind: 'closed', connections: WARM_CONNECTIONS };
    let capacity = 0;
    for (const sink of sinks) {
      for (let round = 0, sent = 0; round < WARM_ROUNDS_MAX && sent < WARM_REQUESTS; round++) {
        const result = await this.#round(sink, most, seconds);
        sent += result.requests;
        if (sink === BASE) capacity = result.requests / result.seconds;
      }
    }
    const traffics: readonly Traffic[] = [
      ...parts.map((part) => openLoop(part, capacity)),
      ...connections.map((count): Traffic => ({ kind: 'closed', connections: count })),
    ];
    for (const traffic of traffics) {
      for (let round = 0; round < rounds; round++) {
        for (const sink of this.#shuffled(sinks)) {
          const known = this.#rounds.get(key(sink, traffic)) ?? [];
          known.push(await this.#round(sink, traffic, seconds));
          this.#rounds.set(key(sink, traffic), known);
        }
      }
    }
    return traffics.flatMap((traffic) => sinks.map((sink) => this.#figures(sink, traffic)));
  }

  /** Nobody is always the one after the slowest. */
  #shuffled(sinks: readonly SinkName[]): readonly SinkName[] {
    const left = [...sinks];
    return sinks.flatMap(() => left.splice(this.#random.below(left.length), 1));
  }

  /** Requests of a server that were sent, warming included. */
  sent(sink: SinkName): number {
    return this.#next.get(sink) ?? 0;
  }

  async #round(sink: SinkName, traffic: Traffic, seconds: number): Promise<Round> {
    const { load, envoy, servers } = this.#stand;
    const pid = servers.get(sink)?.pid ?? 0;
    const before = cpuSeconds(pid);
    const result = await load.run({
      port: envoy.listener(listenerOf(sink)).port,
      connections: traffic.connections,
      millis: Math.ceil(seconds * 1_000),
      from: this.sent(sink),
      expected: DENIED,
      ...(traffic.kind === 'open' ? { rate: traffic.rate } : {}),
    });
    this.#next.set(sink, result.next);
    return { ...result, cpu: cpuSeconds(pid) - before };
  }

  #figures(sink: SinkName, traffic: Traffic): SinkFigures {
    const rounds = this.#rounds.get(key(sink, traffic)) ?? [];
    const base = this.#rounds.get(key(BASE, traffic)) ?? [];
    const requests = sumOf(rounds.map((round) => round.requests));
    const denied = sumOf(rounds.map(({ statuses }) => statuses[DENIED] ?? 0));
    const ratio = (of: (round: Round) => number): Interval =>
      medianInterval(rounds.map((round, index) => of(round) / of(base[index] ?? round)));
    return {
      sink,
      traffic,
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

const openLoop = (part: number, capacity: number): Traffic => ({
  kind: 'open',
  part,
  rate: Math.max(1, Math.round(part * capacity)),
  connections: OPEN_CONNECTIONS,
});

const key = (sink: SinkName, traffic: Traffic): string =>
  `${sink} ${traffic.kind} ${traffic.kind === 'open' ? traffic.part : traffic.connections}`;

const median = (values: readonly number[]): number => percentile(ascending(values), 0.5);
