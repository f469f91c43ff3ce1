/** What is measured: `sluice serve` with its defaults, a real Envoy that streams to it, and the load with its workload. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EnvoyProcess, startEnvoy } from '../../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { nodeEnvironment } from '../../packages/cli/src/setup/node-environment.ts';
import { type EnvoyListener, type Json, proxyBootstrap } from '../../packages/envoy-config/src/index.ts';
import { coresByLoad } from '../engine/machine.ts';
import { pin } from '../server/cores.ts';
import { Load } from '../server/load.ts';
import { ServerProcess } from '../server/server-process.ts';
import { HUGE_BYTES } from './crowds.ts';

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');
const ROUTER = 'envoy.filters.http.router';

/** `site` and `files` ask Sluice, with the profiles streaming and window; `bare` asks nobody. */
export type ListenerName = 'site' | 'files' | 'bare';

export interface Cores {
  /** The thread that speaks with Envoy, and a worker. */
  readonly server: readonly number[];
  readonly envoy: readonly number[];
  readonly load: readonly number[];
}

/** With four cores or more nobody shares; with fewer all share all. */
export function coresFor(cores: readonly number[]): Cores {
  const [first = 0, second = 0, third = 0, ...others] = cores;
  return others.length === 0
    ? { server: cores, envoy: cores, load: cores }
    : { server: [first, second], envoy: [third], load: others };
}

export interface UploadStand {
  readonly cores: Cores;
  readonly load: Load;
  readonly server: ServerProcess;
  readonly envoy: EnvoyProcess;
  readonly port: (name: ListenerName) => number;
  stop(): Promise<void>;
}

/** @param deadlineMillis for verdicts; null is the default of server and Envoy */
export async function startStand(deadlineMillis: number | null): Promise<UploadStand> {
  const cores = coresFor(await coresByLoad());
  const directory = new TemporaryDirectory('sluice-bench-uploads-');
  const started: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of started.toReversed()) await each();
    directory.remove();
  };
  try {
    const load = await Load.start(cores.load, directory);
    started.push(() => load.close());
    const socket = directory.join('sluice.sock');
    const command = serveCommand(directory, socket, deadlineMillis);
    const env = nodeEnvironment();
    const server = new ServerProcess({ name: 'sluice', argv: command, cores: cores.server, env });
    started.push(() => server.stop());
    await server.ready();
    const bootstrap = bootstrapOf(socket, load.workloadPort, deadlineMillis);
    const envoy = await startEnvoy({ bootstrap, concurrency: cores.envoy.length });
    started.push(() => envoy.stop());
    pin(envoy.pid, cores.envoy);
    return { cores, load, server, envoy, port: (name) => envoy.listener(name).port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function serveCommand(
  directory: TemporaryDirectory,
  socket: string,
  deadlineMillis: number | null,
): readonly string[] {
  const configuration = directory.join('sluice.yaml');
  const settings = {
    listen: [`unix:${socket}`],
    admin: false,
    limits:
      deadlineMillis === null ? {} : { verdictMillisMax: deadlineMillis, callMillisMax: deadlineMillis },
    policies: {
      default: { mode: 'Block' },
      files: { mode: 'Block', profile: 'window', body: { filesBytesMax: HUGE_BYTES } },
    },
  };
  // JSON is YAML.
  writeFileSync(configuration, JSON.stringify(settings));
  return [process.execPath, MAIN, 'serve', '-c', configuration];
}

function bootstrapOf(socket: string, workloadPort: number, deadlineMillis: number | null): Json {
  const listener = (name: ListenerName, policy: string, profile: 'streaming' | 'window'): EnvoyListener => ({
    name,
    host: '127.0.0.1',
    port: 0,
    upstream: { host: '127.0.0.1', port: workloadPort },
    policy: { name: policy, mode: 'Block', unavailable: 'Closed', dataPath: 'ext_proc', profile },
  });
  const whole = proxyBootstrap({
    listeners: [
      listener('site', 'default', 'streaming'),
      listener('files', 'files', 'window'),
      listener('bare', 'default', 'streaming'),
    ],
    sluiceSockets: [socket],
    ...(deadlineMillis === null ? {} : { verdictMillis: deadlineMillis }),
  });
  return JSON.parse(JSON.stringify(whole), (_, value) =>
    value?.name === 'bare' && value.filter_chains !== undefined ? withoutGuard(value) : value,
  );
}

/** The same listener without a filter in front of the router. */
const withoutGuard = (listener: Json): Json =>
  JSON.parse(JSON.stringify(listener), (key, value) => {
    if (key === 'typed_per_filter_config') return undefined;
    if (key !== 'http_filters') return value;
    return value.filter((filter: { readonly name: string }) => filter.name === ROUTER);
  });
