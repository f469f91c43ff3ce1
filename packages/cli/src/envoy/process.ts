/**
 * A real Envoy as a child process, which leaves nothing behind:
 *
 *     const envoy = await startEnvoy({ bootstrap: proxyBootstrap({ listeners, sluiceSockets }) });
 *     const { host, port } = envoy.listener('shop');
 *     await envoy.stop();
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { askAdmin, type BoundListener, type Json, readListeners } from '@sluice/envoy-config';
import { envoyBinary } from '../setup/paths.ts';
import { EnvoyError } from './errors.ts';
import { TemporaryDirectory } from './temporary.ts';

export interface StartEnvoyOptions {
  /** From @sluice/envoy-config. */
  readonly bootstrap: Json;
  /** Worker threads. */
  readonly concurrency?: number;
  readonly startMillisMax?: number;
  readonly binary?: string;
}

const START_MILLIS_MAX = 30_000;
const STOP_MILLIS_MAX = 5_000;
const POLL_MILLIS = 20;
const CONCURRENCY = 2;
const TAIL_CHARACTERS_MAX = 4_000;

/** Has the kernel end Envoy when this process is killed; util-linux brings it. */
const PARENT_DEATH = '/usr/bin/setpriv';

export class EnvoyProcess {
  /** Resolves when Envoy has ended, however: to "code 1" or "signal SIGKILL". */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #directory: TemporaryDirectory;
  readonly #admin: string;
  readonly #listeners: ReadonlyMap<string, BoundListener>;

  constructor(launch: Launch, admin: string, listeners: ReadonlyMap<string, BoundListener>) {
    this.exited = launch.exited;
    this.#child = launch.child;
    this.#directory = launch.directory;
    this.#admin = admin;
    this.#listeners = listeners;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Of the admin interface: host:port. */
  get adminAddress(): string {
    return this.#admin;
  }

  /** @throws EnvoyError ENVOY_LISTENER_UNKNOWN where the configuration has no such listener */
  listener(name: string): BoundListener {
    const found = this.#listeners.get(name);
    if (found === undefined) throw new EnvoyError('ENVOY_LISTENER_UNKNOWN', { name });
    return found;
  }

  /** The end of Envoy's log; empty once it is stopped. */
  logTail(): string {
    return tail(this.#directory);
  }

  /** Ends Envoy, first kindly, and removes its folder. Can be called again. */
  async stop(): Promise<void> {
    await end(this.#child, this.exited);
    this.#directory.remove();
  }
}

interface Launch {
  readonly child: ChildProcess;
  readonly directory: TemporaryDirectory;
  readonly exited: Promise<string>;
}

/** @throws EnvoyError ENVOY_NOT_STARTED, ENVOY_EXITED, ENVOY_NOT_READY, ENVOY_ADMIN; SetupError SETUP_NOT_DONE */
export async function startEnvoy(options: StartEnvoyOptions): Promise<EnvoyProcess> {
  const launch = await launchEnvoy(options);
  try {
    const admin = await waitUntilReady(launch, options.startMillisMax ?? START_MILLIS_MAX);
    return new EnvoyProcess(launch, admin, await readListeners(admin));
  } catch (error) {
    await end(launch.child, launch.exited);
    launch.directory.remove();
    throw error;
  }
}

async function launchEnvoy(options: StartEnvoyOptions): Promise<Launch> {
  const binary = options.binary ?? envoyBinary();
  const directory = new TemporaryDirectory('sluice-envoy-');
  const configuration = directory.join('envoy.json');
  writeFileSync(configuration, JSON.stringify(options.bootstrap, null, 2));
  const argv = [
    binary,
    ...['--config-path', configuration],
    ...['--admin-address-path', directory.join('admin')],
    ...['--concurrency', String(options.concurrency ?? CONCURRENCY)],
    ...['--log-level', 'warning'],
    // Nothing is restarted in place, and without it Envoys beside each other would fight over one shared memory.
    '--disable-hot-restart',
  ];
  const [file = binary, ...rest] = existsSync(PARENT_DEATH)
    ? [PARENT_DEATH, '--pdeathsig', 'KILL', ...argv]
    : argv;
  const log = openSync(directory.join('envoy.log'), 'a');
  try {
    // In a group of its own, or Ctrl-C would end it before those who drain through it.
    const child = spawn(file, rest, { cwd: directory.path, detached: true, stdio: ['ignore', log, log] });
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal === null ? `code ${code}` : `signal ${signal}`));
    });
    await once(child, 'spawn');
    return { child, directory, exited };
  } catch (cause) {
    directory.remove();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EnvoyError('ENVOY_NOT_STARTED', { reason, binary }, cause);
  } finally {
    closeSync(log);
  }
}

/** Resolves to the address of the admin interface. */
async function waitUntilReady({ child, directory, exited }: Launch, millisMax: number): Promise<string> {
  const until = performance.now() + millisMax;
  while (performance.now() < until) {
    if (hasEnded(child))
      throw new EnvoyError('ENVOY_EXITED', { how: await exited, log: `\n${tail(directory)}` });
    const admin = readAdminAddress(directory);
    if (admin !== '' && (await isReady(admin))) return admin;
    await sleep(POLL_MILLIS);
  }
  throw new EnvoyError('ENVOY_NOT_READY', { millis: millisMax, log: `\n${tail(directory)}` });
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Envoy writes it once it listens there; before, there is nothing to read. */
function readAdminAddress(directory: TemporaryDirectory): string {
  const path = directory.join('admin');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
}

async function isReady(admin: string): Promise<boolean> {
  try {
    return (await askAdmin(admin, '/ready')).status === 200;
  } catch {
    // It may be on its way up or down; the caller looks at the process and at the clock.
    return false;
  }
}

function tail(directory: TemporaryDirectory): string {
  const path = directory.join('envoy.log');
  return existsSync(path) ? readFileSync(path, 'utf8').slice(-TAIL_CHARACTERS_MAX).trim() : '';
}

async function end(child: ChildProcess, exited: Promise<string>): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MILLIS_MAX);
  await exited;
  clearTimeout(timer);
}
