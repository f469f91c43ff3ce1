/** One node as a DaemonSet makes it: agent with its Envoy, server, what follows the API server, shipper. Each a process, in the node's namespace. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TlsPaths } from '../hub/certificates.ts';
import { Agent } from '../interception/cluster.ts';
import type { NodeName } from '../interception/network.ts';
import type { Player } from '../interception/player.ts';
import { NODE_NAMES } from './objects.ts';
import { MAIN, Program } from './programs.ts';

const SERVE = resolve(import.meta.dirname, './serve-when-told.ts');
/** Tests share their machine: no verdict may be late, whatever else it does. */
const VERDICT_MILLIS_MAX = 20_000;
const ADMIN_PORT = 9_192;

export interface ClusterNodeOptions {
  readonly node: NodeName;
  /** For everything of the node. */
  readonly directory: string;
  /** As whom the node asks the API server. */
  readonly kubeconfig: string;
  /** Folder by which pods' namespaces are found. */
  readonly links: string;
  readonly hubUrl: string;
  readonly tls: TlsPaths;
  /** Who asks from the node itself. */
  readonly player: Player;
}

export class ClusterNode {
  readonly agent: Agent;
  readonly server: Program;
  readonly sync: Program;
  readonly shipper: Program;
  readonly #player: Player;

  constructor({ node, directory, kubeconfig, links, hubUrl, tls, player }: ClusterNodeOptions) {
    mkdirSync(directory, { recursive: true });
    const at = (name: string): string => join(directory, name);
    const write = (name: string, value: object): void => writeFileSync(at(name), JSON.stringify(value));
    const socket = at('sluice.sock');
    const limits = {
      verdictMillisMax: VERDICT_MILLIS_MAX,
      callMillisMax: VERDICT_MILLIS_MAX,
      poolThreads: 1,
    };
    write('base.yaml', {
      ...{ listen: [`unix:${socket}`], admin: `127.0.0.1:${ADMIN_PORT}`, limits },
      drain: { noticeMillis: 0, waitMillis: 1_000 },
      events: { spool: { directory: 'spool' } },
    });
    const sinks = [{ type: 'hub', url: hubUrl, tls }];
    const shipped = { batchAgeMillisMax: 50 };
    write('ship.yaml', { spools: ['spool'], state: 'ship', admin: false, limits: shipped, sinks });
    this.#player = player;
    this.agent = new Agent(node, socket);
    const sync = [
      ...['node', 'run', '--node', NODE_NAMES[node], '--folder', at('files'), '--base', at('base.yaml')],
      ...['--kubeconfig', kubeconfig, '--namespaces', links, '--agent-state', this.agent.state],
    ];
    const files = at('files/sluice.yaml');
    this.sync = new Program({ node, log: at('sync.log'), script: [MAIN, ...sync] });
    this.server = new Program({ node, log: at('serve.log'), script: [SERVE, MAIN, files] });
    this.shipper = new Program({ node, log: at('ship.log'), script: [MAIN, 'ship', '-c', at('ship.yaml')] });
    this.agent.start('--table', at('files/table.json'));
    for (const program of [this.sync, this.server, this.shipper]) program.start();
  }

  /** Requests that the server has inspected since it started. */
  async inspected(): Promise<number> {
    const { body } = await this.#player.call({ host: '127.0.0.1', port: ADMIN_PORT, path: '/metrics' });
    const counts = body.matchAll(/^sluice_requests_total\{[^}]*\} (\d+)/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** What its programs have said. */
  get log(): string {
    const logs = { sync: this.sync.log, server: this.server.log, shipper: this.shipper.log };
    const agent = existsSync(this.agent.directory.join('agent.log')) ? this.agent.log.slice(-4_000) : '';
    return Object.entries({ ...logs, agent })
      .map(([name, text]) => `--- ${name}\n${text}`)
      .join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all([this.sync, this.shipper].map((program) => program.kill()));
    await this.agent.uninstall();
    await this.server.kill();
    this.agent.directory.remove();
  }
}
