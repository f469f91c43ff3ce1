/** `sluice serve` with some cores and a paranoia level, and an Envoy in front of it that asks by ext_proc. */
import type { EnvoyProcess } from '../../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { nodeEnvironment } from '../../packages/cli/src/setup/node-environment.ts';
import type { Paranoia } from '../engine/rules.ts';
import { pin } from '../server/cores.ts';
import { listenerOf, startOneEnvoy } from '../server/envoy.ts';
import type { Load, LoadResult } from '../server/load.ts';
import { WARM_REQUESTS, WARM_ROUNDS_MAX } from '../server/measure.ts';
import { type ServeChoice, serveCommand, socketsOf } from '../server/serve-command.ts';
import { ServerProcess } from '../server/server-process.ts';
import { childrenOf, cpuSeconds, forgetPeak, peakResidentBytes, residentBytes } from '../server/usage.ts';
import type { SizingPlaces } from './places.ts';

const NAME = 'sluice-sizing';

/**
 * Nothing is denied for its score: levels above 1 find something in ordinary requests until they are tuned to a site, and what
 * is denied is not sent on. Rules match, scores add up and events are written all the same.
 */
const THRESHOLDS = { inbound: 1_000_000, outbound: 1_000_000 };

export interface SizingChoice {
  /** A process for each. */
  readonly cores: number;
  readonly paranoia: Paranoia;
  /** Of sluice.yaml, where they are not the defaults. */
  readonly limits?: Readonly<Record<string, number>>;
}

export class SizingStand {
  readonly envoy: EnvoyProcess;
  readonly #server: ServerProcess;
  readonly #directory: TemporaryDirectory;
  readonly #load: Load;
  /** The one that starts the others included. */
  readonly #pids: readonly number[];
  #next = 0;

  private constructor(parts: {
    readonly envoy: EnvoyProcess;
    readonly server: ServerProcess;
    readonly directory: TemporaryDirectory;
    readonly load: Load;
  }) {
    this.envoy = parts.envoy;
    this.#server = parts.server;
    this.#directory = parts.directory;
    this.#load = parts.load;
    this.#pids = [this.#server.pid, ...childrenOf(this.#server.pid)];
  }

  /** @throws BenchError BENCH_CONTENDER where it does not start, BENCH_UNPINNED */
  static async start(
    load: Load,
    places: SizingPlaces,
    { cores, paranoia, limits = {} }: SizingChoice,
  ): Promise<SizingStand> {
    const directory = new TemporaryDirectory('sluice-sizing-');
    const choice: ServeChoice = {
      name: NAME,
      socket: directory.join('sluice.sock'),
      directory,
      policy: { paranoia, thresholds: THRESHOLDS },
      limits,
      processes: cores,
    };
    const own = places.sluice.slice(0, cores);
    const server = new ServerProcess({
      name: NAME,
      argv: serveCommand(choice),
      cores: own,
      env: nodeEnvironment(),
      listeners: cores,
    });
    try {
      await server.ready();
      for (const [index, pid] of childrenOf(server.pid).entries()) pin(pid, [own[index] ?? 0]);
      const asked = { name: NAME, filter: 'ext_proc', sockets: socketsOf(choice) } as const;
      const envoy = await startOneEnvoy([asked], load.workloadPort, places.envoy);
      return new SizingStand({ envoy, server, directory, load });
    } catch (error) {
      await server.stop();
      directory.remove();
      throw error;
    }
  }

  /** Requests that were not sent before, of the corpus that the load has. */
  async run(connections: number, seconds: number): Promise<LoadResult> {
    const result = await this.#load.run({
      port: this.envoy.listener(listenerOf(NAME)).port,
      connections,
      millis: Math.ceil(seconds * 1_000),
      from: this.#next,
      expected: 200,
    });
    this.#next = result.next;
    return result;
  }

  /** Until V8 has compiled what runs often, or as many rounds have gone by. */
  async warm(connections: number, seconds: number): Promise<void> {
    for (let round = 0, requests = 0; round < WARM_ROUNDS_MAX && requests < WARM_REQUESTS; round++)
      requests += (await this.run(connections, seconds)).requests;
  }

  cpuSeconds = (): number => this.#sum(cpuSeconds);
  residentBytes = (): number => this.#sum(residentBytes);
  /** An upper bound where there are several: their peaks need not come at once. */
  peakBytes = (): number => this.#sum(peakResidentBytes);

  forgetPeaks(): void {
    for (const pid of [...this.#pids, this.envoy.pid]) forgetPeak(pid);
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    await this.#server.stop();
    this.#directory.remove();
  }

  #sum(of: (pid: number) => number): number {
    return this.#pids.reduce((total, pid) => total + of(pid), 0);
  }
}
