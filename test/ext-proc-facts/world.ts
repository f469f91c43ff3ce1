/** Our own configuration in a real Envoy, between a client, a workload, and an ext_proc server that does what a test says. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  askAdmin,
  type EnvoyListener,
  type GuardPolicy,
  type ProxyOptions,
  proxyBootstrap,
} from '@sluice/envoy-config';
import { type EnvoyProcess, startEnvoy } from '../../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { type Processor, startProcessor } from './processor.ts';
import { FactWorkload } from './workload.ts';

/** JSON that may be reached into and changed. */
export type Loose = ReturnType<typeof JSON.parse>;

export interface WorldOptions extends Partial<GuardPolicy> {
  readonly listener?: Partial<EnvoyListener>;
  readonly maxRequestBytes?: number;
  /** Time for an answer. By default longer than any test. */
  readonly verdictMillis?: number;
  readonly processors?: number;
  /** Changes what is generated, to show what Envoy would do with another setting. */
  readonly change?: (bootstrap: Loose) => void;
}

const LONG_MILLIS = 60_000;
const POLL_MILLIS = 10;

export class World {
  readonly processors: readonly Processor[];
  readonly workload: FactWorkload;
  readonly envoy: EnvoyProcess;
  readonly #directory: TemporaryDirectory;

  constructor(
    processors: readonly Processor[],
    workload: FactWorkload,
    envoy: EnvoyProcess,
    directory: TemporaryDirectory,
  ) {
    this.processors = processors;
    this.workload = workload;
    this.envoy = envoy;
    this.#directory = directory;
  }

  get processor(): Processor {
    const [first] = this.processors;
    if (first === undefined) throw new WorldFault('no processor');
    return first;
  }

  get port(): number {
    return this.envoy.listener('workload').port;
  }

  /** Lines of the access log; waits until there are so many. */
  async logged(count = 1): Promise<Loose[]> {
    const path = this.#directory.join('access.log');
    const read = (): string[] => readFileSync(path, 'latin1').split('\n').slice(0, -1);
    await until(() => read().length >= count);
    return read().map((line) => JSON.parse(line));
  }

  /** A number of Envoy's statistics. */
  async statistic(name: string): Promise<number> {
    const { body } = await askAdmin(this.envoy.adminAddress, `/stats?filter=${name}$`);
    return Number(/: (\d+)$/m.exec(body)?.[1] ?? 0);
  }

  clear(): void {
    for (const processor of this.processors) processor.clear();
    this.workload.clear();
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    for (const processor of this.processors) await processor.stop();
    await this.workload.close();
    this.#directory.remove();
  }
}

class WorldFault extends Error {
  override readonly name = 'WorldFault';
}

/** The test's own time bounds it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(POLL_MILLIS);
}

export const manager = (bootstrap: Loose): Loose =>
  bootstrap.static_resources.listeners[0].filter_chains[0].filters[0].typed_config;
export const filter = (bootstrap: Loose): Loose => manager(bootstrap).http_filters[0].typed_config;
export const routes = (bootstrap: Loose): Loose[] => manager(bootstrap).route_config.virtual_hosts[0].routes;

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { mode = 'Block', unavailable = 'Closed', dataPath = 'ext_proc', profile, responses } = options;
  const directory = new TemporaryDirectory('sluice-facts-');
  const processors = await Promise.all(Array.from({ length: options.processors ?? 1 }, startProcessor));
  const workload = new FactWorkload();
  await workload.listen();
  const policy = {
    ...{ name: 'shop', mode, unavailable, dataPath },
    ...(profile === undefined ? {} : { profile }),
    ...(responses === undefined ? {} : { responses }),
  };
  const proxy: ProxyOptions = {
    listeners: [
      { name: 'workload', host: '127.0.0.1', port: 0, upstream: workload, policy, ...options.listener },
    ],
    sluiceSockets: processors.map(({ socket }) => socket),
    verdictMillis: options.verdictMillis ?? LONG_MILLIS,
    accessLog: directory.join('access.log'),
    ...(options.maxRequestBytes === undefined ? {} : { maxRequestBytes: options.maxRequestBytes }),
  };
  const bootstrap: Loose = structuredClone(proxyBootstrap(proxy));
  options.change?.(bootstrap);
  const envoy = await startEnvoy({ bootstrap });
  return new World(processors, workload, envoy, directory);
}
