/**
 * Ports of the test's own loopback address, under the same numbers on that of a node: API server and hub stand outside of both nodes,
 * and a node's namespace reaches nothing but the other's.
 *
 *     program in the node ─▶ 127.0.0.1:PORT (relay-child.ts) ─▶ Unix socket ─▶ 127.0.0.1:PORT of the test
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import type { NodeName } from '../interception/network.ts';
import { join as joined } from './pipes.ts';
import { Program } from './programs.ts';

const CHILD = resolve(import.meta.dirname, './relay-child.ts');

export class Relay {
  readonly #server: Server;
  readonly #socket: string;
  readonly #port: number;
  readonly #directory: string;
  readonly #programs: Program[] = [];
  readonly #open = new Set<Socket>();

  /** @param directory for its socket and logs */
  constructor(port: number, directory: string) {
    this.#port = port;
    this.#directory = directory;
    this.#socket = join(directory, `relay-${port}.sock`);
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const one of [near, far]) {
        this.#open.add(one);
        one.once('close', () => this.#open.delete(one));
      }
      joined(near, far);
    }).listen(this.#socket);
  }

  into(node: NodeName): void {
    const script = [CHILD, String(this.#port), this.#socket];
    const program = new Program({
      node,
      log: join(this.#directory, `relay-${this.#port}-${node}.log`),
      script,
    });
    program.start();
    this.#programs.push(program);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()));
    for (const one of this.#open) one.destroy();
    this.#server.close();
  }
}
