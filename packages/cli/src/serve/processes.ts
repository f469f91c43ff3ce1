/**
 * Several processes of `sluice serve`, a socket each: one process scales to a few cores, and what ends one process (a crash in native
 * code, the kernel's out-of-memory killer) leaves the others. Envoy balances over their sockets.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, ListenAddress, Log } from '@sluice/server';
import { ServeError } from './errors.ts';

/** Tells a child which of them it is. */
export const PROCESS_INDEX = 'SLUICE_PROCESS';
/** What a child says to its parent once it listens. */
export const LISTENING = 'listening';

/** Ends in a row without having listened, after which nobody tries again. */
const FAILED_STARTS_MAX = 5;
const BACKOFF_MILLIS_MIN = 100;
const BACKOFF_MILLIS_MAX = 5_000;

/** The configuration of one of several: paths of sockets get its number before their extension, ports count up. */
export function configOfProcess(config: Config, index: number): Config {
  const { listen, admin, events } = config;
  const { spool } = events;
  return {
    ...config,
    listen: listen.map((address) => addressOfProcess(address, index)),
    // A spool has one writer.
    events: {
      ...events,
      spool: spool === false ? false : { ...spool, directory: join(spool.directory, String(index)) },
    },
    admin: admin === false ? false : { ...admin, port: portOfProcess(admin.port, index) },
  };
}

function addressOfProcess(address: ListenAddress, index: number): ListenAddress {
  if (address.kind === 'tcp') return { ...address, port: portOfProcess(address.port, index) };
  return { ...address, path: address.path.replace(/(\.[^./]*)?$/, (extension) => `-${index}${extension}`) };
}

/** Port 0 takes a free one for each. */
const portOfProcess = (port: number, index: number): number => (port === 0 ? 0 : port + index);

export interface Lines {
  write(line: string): void;
}

export interface ProcessesOptions {
  /** The program and its arguments, as each child gets them. */
  readonly command: readonly [file: string, ...args: string[]];
  readonly count: number;
  readonly log: Log;
  /** Where the children's events and log lines go, each line whole. */
  readonly events: Lines;
  readonly lines: Lines;
}

export class Processes {
  readonly #options: ProcessesOptions;
  readonly #children = new Map<number, ChildProcess>();
  #stopping = false;

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /**
   * Keeps them running until `stop`. The first one starts alone: what it compiles is there for the others.
   *
   * @throws ServeError PROCESS_FAILED where one ends again and again before it listens
   */
  async run(): Promise<void> {
    const { count } = this.#options;
    let first: (() => void) | undefined;
    const ready = new Promise<void>((resolve) => {
      first = resolve;
    });
    const leader = this.#keep(0, () => first?.());
    await Promise.race([ready, leader]);
    const others = Array.from({ length: count - 1 }, (_, index) => this.#keep(index + 1, () => undefined));
    try {
      await Promise.all([leader, ...others]);
    } finally {
      this.stop('SIGTERM');
    }
  }

  /** Hands a signal on. */
  signal(signal: NodeJS.Signals): void {
    for (const child of this.#children.values()) child.kill(signal);
  }

  /** Ends them, each after its calls; `run` resolves when the last one has. */
  stop(signal: NodeJS.Signals): void {
    this.#stopping = true;
    this.signal(signal);
  }

  /** Starts one again whenever it ends. */
  async #keep(index: number, onListening: () => void): Promise<void> {
    let failedStarts = 0;
    for (let backoff = BACKOFF_MILLIS_MIN; !this.#stopping; ) {
      const { listened, how } = await this.#once(index, onListening);
      if (this.#stopping) return;
      failedStarts = listened ? 0 : failedStarts + 1;
      if (failedStarts === FAILED_STARTS_MAX) {
        throw new ServeError('PROCESS_FAILED', { index: String(index), how, times: String(failedStarts) });
      }
      backoff = listened ? BACKOFF_MILLIS_MIN : Math.min(2 * backoff, BACKOFF_MILLIS_MAX);
      this.#options.log.error({ process: index, how, againInMillis: backoff }, 'a process ended');
      await sleep(backoff);
    }
  }

  async #once(
    index: number,
    onListening: () => void,
  ): Promise<{ readonly listened: boolean; readonly how: string }> {
    const { command, events, lines } = this.#options;
    const [file, ...args] = command;
    const child = fork(file, args, {
      env: { ...process.env, [PROCESS_INDEX]: String(index) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#children.set(index, child);
    forward(child.stdout, events);
    forward(child.stderr, lines);
    let listened = false;
    child.on('message', (message) => {
      if (message !== LISTENING) return;
      listened = true;
      onListening();
    });
    const [code, signal] = await once(child, 'exit');
    this.#children.delete(index);
    return { listened, how: signal === null ? `code ${code}` : `signal ${signal}` };
  }
}

function forward(stream: NodeJS.ReadableStream | null, lines: Lines): void {
  if (stream === null) return;
  createInterface({ input: stream }).on('line', (line) => lines.write(`${line}\n`));
}
