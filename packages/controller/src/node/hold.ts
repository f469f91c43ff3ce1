/**
 * Whose turn it is to write a folder. In an upgrade the pod that goes and the one that comes run beside each other on the same folder, with
 * bases of their own: both writing, each would undo what the other has done, and the server would reload without end.
 *
 * Who comes last has the folder. Whoever holds it listens on a socket in it; a newcomer asks for it there, and gets it at the end of the
 * turn that is under way. Who has yielded keeps the connection to its successor, and takes the folder back when that ends: a pod that does
 * not come up leaves the node to the one before. A socket that nobody answers on was left by one that was killed.
 */
import { once } from 'node:events';
import { chmodSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { NODE_LIMITS } from './limits.ts';

export interface HoldOptions {
  /** Of the folder. It is there. */
  readonly directory: string;
  /** The folder may be written from here on. */
  readonly take: () => void;
  /** Resolves when nothing of the folder is written any more. */
  readonly release: () => Promise<void>;
  readonly log: Log;
}

const SOCKET = 'sync.sock';
const SOCKET_MODE = 0o600;
/** Newcomers at once whose sockets one gives way to. */
const ATTEMPTS = 5;

export class FolderHold {
  readonly #options: HoldOptions;
  readonly #path: string;
  readonly #ending = new AbortController();
  #server: Server | null = null;
  /** Of the socket that is ours. */
  #inode = 0n;
  /** Connections of those who have come after, and of those who wait. */
  readonly #sockets = new Set<Socket>();
  #releasing: Promise<void> | null = null;
  /** Resolves when who has asked for the folder has it, or will not have it. */
  #successor: Promise<void> | null = null;
  #watching: Promise<void> = Promise.resolve();

  constructor(options: HoldOptions) {
    this.#options = options;
    this.#path = join(options.directory, SOCKET);
  }

  get isHeld(): boolean {
    return this.#server !== null;
  }

  /** Resolves when the folder is ours. @throws Error of the system where no socket can be made in it */
  async start(): Promise<void> {
    for (let others = ATTEMPTS; !(await this.#take(others)); others -= 1);
    this.#watching = this.#watch();
  }

  /** Whoever waits for the folder has it then. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#watching;
    this.#close();
  }

  /** False where somebody else has put a socket there meanwhile, who is to be asked, too. */
  async #take(others: number): Promise<boolean> {
    const asked = await this.#ask();
    try {
      await this.#listen();
      return true;
    } catch (error) {
      if (others > 0 && error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
        return false;
      throw error;
    } finally {
      asked?.destroy();
    }
  }

  /**
   * Resolves when whoever holds it has yielded, or does not answer.
   * @returns to be closed when the folder is ours, or will not be: until then nobody takes it back
   */
  async #ask(): Promise<Socket | null> {
    const socket = await connected(this.#path);
    if (socket === null) return null;
    socket.write('yield\n');
    const late = sleep(NODE_LIMITS.yieldMillisMax, true, { ref: false });
    const isLate = await Promise.race([late, ended(socket).then(() => false)]);
    if (isLate) this.#options.log.warn({}, 'node: whoever held the folder does not yield; it is taken');
    return socket;
  }

  async #listen(): Promise<void> {
    rmSync(this.#path, { force: true });
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
    server.listen(this.#path);
    await once(server, 'listening');
    chmodSync(this.#path, SOCKET_MODE);
    this.#inode = inodeOf(this.#path);
    this.#server = server;
    this.#options.take();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.#sockets.delete(socket));
    // Who only waits says nothing.
    socket.once('data', () => {
      const late = sleep(NODE_LIMITS.yieldMillisMax, undefined, { ref: false });
      this.#successor = Promise.race([late, once(socket, 'close').then(() => undefined)]);
      void this.#release().then(() => socket.end());
    });
  }

  /** The socket is gone before the answer: the path is the newcomer's then. */
  #release(): Promise<void> {
    this.#releasing ??= this.#options.release().then(() => {
      this.#close();
      this.#releasing = null;
      this.#options.log.info({}, 'node: another process has the folder now');
    });
    return this.#releasing;
  }

  #close(): void {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    // Closing removes the path, which may be another's by now.
    if (inodeOf(this.#path) === this.#inode) server.close();
    else server.unref();
    for (const socket of this.#sockets) socket.end();
  }

  /** Sees that the folder is still ours, or waits until it can be again. */
  async #watch(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        if (this.#server !== null) {
          if (inodeOf(this.#path) !== this.#inode) await this.#release();
        } else if (this.#releasing === null) {
          if (this.#successor !== null) await Promise.race([this.#successor, aborted(signal)]);
          this.#successor = null;
          const successor = await connected(this.#path);
          if (successor === null) await this.#listen();
          else await this.#follow(successor);
        }
      } catch (error) {
        this.#options.log.warn({ reason: reasonOf(error) }, 'node: the folder cannot be held');
      }
      // Ending it ends the wait.
      await sleep(NODE_LIMITS.holdMillis, undefined, { signal }).catch(() => undefined);
    }
  }

  async #follow(successor: Socket): Promise<void> {
    const { signal } = this.#ending;
    const stop = (): void => void successor.destroy();
    signal.addEventListener('abort', stop);
    await ended(successor);
    signal.removeEventListener('abort', stop);
    successor.destroy();
  }
}

/** Null where nobody listens. */
function connected(path: string): Promise<Socket | null> {
  const socket = connect({ path, allowHalfOpen: true });
  return new Promise((resolve) => {
    socket.once('error', () => resolve(null));
    socket.once('connect', () => resolve(socket));
  });
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** When the other side says no more, for whatever reason. */
function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket
      .on('error', () => resolve())
      .once('end', resolve)
      .once('close', () => resolve());
    socket.resume();
  });
}

const inodeOf = (path: string): bigint => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? 0n;
