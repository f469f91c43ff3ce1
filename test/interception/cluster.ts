/** Two nodes with node agents, Envoys, Sluice and pods: what the tests here stand on. All of it is real. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askAdmin } from '@sluice/envoy-config';
import { type AgentStatus, readStatus, type TablePod } from '@sluice/node-agent';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import { SluiceProcess } from '../envoy-stack.ts';
import { addPod, inside, makeNetwork, type NodeName, type Place, removeAll } from './network.ts';
import { Player, stopPlayers } from './player.ts';

const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
/** Tests share their machine: no verdict may be late, whatever else it does. */
const VERDICT_MILLIS_MAX = 20_000;
const DRAIN_SECONDS = 5;

export class ClusterFault extends Error {
  override readonly name = 'ClusterFault';
}

/** Asks again until it is so; the test's own time bounds it. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await sleep(50);
}

export type PodSpec = Partial<Omit<TablePod, 'networkNamespacePath' | 'ports'>> & {
  readonly place: Place;
  readonly ports?: readonly TablePod['ports'][number][];
};

const PORTS: TablePod['ports'] = [{ number: 80, protocol: 'http' }];

function tablePod({ place, ...spec }: PodSpec): unknown {
  return {
    namespace: 'shop',
    name: place.name,
    uid: place.name,
    networkNamespacePath: place.path,
    mode: 'Block',
    ports: PORTS,
    ...spec,
  };
}

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

function runToEnd([file = '', ...rest]: readonly string[]): Promise<Ended> {
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((done) =>
    child.once('close', (status) => done({ status, output: Buffer.concat(chunks).toString('utf8') })),
  );
}

const limited = (capabilities: readonly string[]): readonly string[] => {
  const set = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  return ['setpriv', '--inh-caps', set, '--ambient-caps', set, '--bounding-set', set];
};

/** Envoys outlive their agents, which is right for all but tests. */
const agents = new Set<Agent>();
process.once('exit', () => {
  for (const agent of agents) agent.endEnvoys();
});

/** A node's agent as a child process in the node's namespace. */
export class Agent {
  readonly directory: TemporaryDirectory;
  readonly #node: NodeName;
  readonly #sluice: string;
  #child: ChildProcess | null = null;
  #exited: Promise<number | null> = Promise.resolve(null);

  constructor(node: NodeName, sluice: string) {
    this.directory = new TemporaryDirectory('sluice-agent-');
    this.#node = node;
    this.#sluice = sluice;
    this.select([]);
    agents.add(this);
  }

  get state(): string {
    return this.directory.join('state');
  }

  get log(): string {
    return readFileSync(this.directory.join('agent.log'), 'utf8');
  }

  /** Replaces the table; the agent notices by itself. */
  select(pods: readonly PodSpec[]): void {
    const settings = { sluiceSockets: [this.#sluice], verdictMillis: VERDICT_MILLIS_MAX };
    const path = this.directory.join('table.json');
    writeFileSync(`${path}.new`, JSON.stringify({ settings, pods: pods.map(tablePod) }));
    renameSync(`${path}.new`, path);
  }

  #argv(...rest: readonly string[]): readonly string[] {
    return inside(this.#node, [process.execPath, MAIN, 'node-agent', ...rest, '--state', this.state]);
  }

  start(...flags: readonly string[]): void {
    this.#start([], flags);
  }

  /** As root without root's powers, but for some. */
  startWith(capabilities: readonly string[]): void {
    this.#start(limited(capabilities), []);
  }

  #start(prefix: readonly string[], flags: readonly string[]): void {
    const table = this.directory.join('table.json');
    const options = ['--table', table, '--drain-seconds', String(DRAIN_SECONDS), ...flags];
    const [file = '', ...rest] = [...prefix, ...this.#argv('run', ...options)];
    const log = this.directory.join('agent.log');
    const child = spawn('sh', ['-c', `exec "$0" "$@" 2>>${log}`, file, ...rest], { stdio: 'ignore' });
    this.#child = child;
    this.#exited = new Promise((done) => child.once('exit', (code) => done(code)));
  }

  /** One more agent on the same folder, whose processes are in a namespace of their own, as in a container. */
  startElsewhere(...flags: readonly string[]): { end(): Promise<void> } {
    const table = this.directory.join('table.json');
    const options = ['run', '--table', table, '--drain-seconds', String(DRAIN_SECONDS), ...flags];
    const [nsenter = '', net = '', cut = '', ...rest] = this.#argv(...options);
    const container = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL'];
    const log = openSync(this.directory.join('agent.log'), 'a');
    const argv = [net, cut, ...container, ...rest];
    const child = spawn(nsenter, argv, { stdio: ['ignore', 'ignore', log] });
    const exited = new Promise((done) => child.once('exit', done));
    return {
      // unshare itself ends only with the first process of the namespace, which is the agent.
      end: async () => {
        const children = `/proc/${child.pid}/task/${child.pid}/children`;
        for (const pid of readFileSync(children, 'utf8').split(' ').filter(Boolean))
          kill(Number(pid), 'SIGTERM');
        await exited;
      },
    };
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @returns the exit code; null where the signal ended it */
  async kill(signal: NodeJS.Signals): Promise<number | null> {
    this.#child?.kill(signal);
    return this.#exited;
  }

  /** Runs a command of the agent to its end. */
  tell(...argv: readonly string[]): Promise<Ended> {
    return runToEnd(this.#argv(...argv));
  }

  tellWith(capabilities: readonly string[], ...argv: readonly string[]): Promise<Ended> {
    // Within the node already: to enter a namespace is one of the powers.
    const inner = this.#argv(...argv).slice(3);
    return runToEnd([...inside(this.#node, []), ...limited(capabilities), ...inner]);
  }

  status(): AgentStatus | null {
    try {
      return readStatus(`${this.state}/status.json`);
    } catch {
      // It has not written one yet.
      return null;
    }
  }

  /** Whether exactly these are intercepted, and everything else has come to rest. */
  intercepts(...names: readonly string[]): boolean {
    const pods = this.status()?.pods ?? [];
    const on = pods.filter(({ conditions }) =>
      conditions.every(({ type, status }) => type !== 'Intercepted' || status === 'True'),
    );
    return (
      on.length === names.length && on.every(({ name }) => names.includes(name)) && on.length === pods.length
    );
  }

  get envoyPid(): number {
    const pid = this.status()?.envoy.pid;
    if (pid === undefined || pid === null) throw new ClusterFault(`no Envoy on ${this.#node}`);
    return pid;
  }

  /** Connections that the node's Envoy has ever accepted from pods' namespaces. */
  accepted(): Promise<number> {
    return this.count('^listener.*_1500[67].downstream_cx_total$');
  }

  /** Sum of what Envoy counts under these names. */
  async count(names: string): Promise<number> {
    const admin = `${this.state}/envoy-${this.status()?.envoy.redirectPort === 15_006 ? 0 : 1}/admin.sock`;
    const { body } = await askAdmin(admin, `/stats?filter=${encodeURIComponent(names)}`);
    return [...body.matchAll(/: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  endEnvoys(): void {
    const path = `${this.state}/state.json`;
    if (!existsSync(path)) return;
    const { envoy, retiring } = JSON.parse(readFileSync(path, 'utf8'));
    const own = readlinkSync('/proc/self/ns/pid');
    // A number of another namespace is somebody else's here.
    for (const each of [envoy, retiring]) if (each?.process.namespace === own) kill(each.process.pid);
  }

  async uninstall(): Promise<Ended> {
    const answer = await this.tell('uninstall', '--drain-seconds', '3');
    await this.#exited;
    return answer;
  }
}

export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** @param flagsOf more flags for an agent; nodeA's are asked for last */
export async function startCluster(
  flagsOf: (agent: Agent) => readonly string[] = () => [],
): Promise<Cluster> {
  const cluster = new Cluster(await freePort());
  await cluster.sluice.ready();
  const { nodeA, nodeB } = cluster.nodes;
  for (const agent of [nodeB, nodeA]) agent.start(...flagsOf(agent));
  return cluster;
}

export class Cluster {
  readonly outside: Place;
  readonly nodes: { readonly nodeA: Agent; readonly nodeB: Agent };
  readonly #directory = new TemporaryDirectory('sluice-cluster-');
  readonly #players = new Map<string, Player>();
  readonly #metricsPort: number;
  sluice: SluiceProcess;

  constructor(metricsPort: number) {
    this.#metricsPort = metricsPort;
    this.outside = makeNetwork().outside;
    this.sluice = this.#startSluice();
    const { socket } = this.sluice;
    this.nodes = { nodeA: new Agent('nodeA', socket), nodeB: new Agent('nodeB', socket) };
  }

  #startSluice(): SluiceProcess {
    const socket = this.#directory.join('sluice.sock');
    const configuration = this.#directory.join('sluice.yaml');
    const settings = {
      listen: [`unix:${socket}`],
      admin: `127.0.0.1:${this.#metricsPort}`,
      limits: { verdictMillisMax: VERDICT_MILLIS_MAX, callMillisMax: VERDICT_MILLIS_MAX },
      policies: {
        default: { mode: 'Block' },
        open: { mode: 'Block', unavailable: 'Open' },
        detect: { mode: 'Detect' },
        // What Envoy refuses is not to be refused by a rule first.
        traversal: { mode: 'Block', exclusions: [{ rules: ['930000-930999'], reason: 'paths of a test' }] },
      },
    };
    writeFileSync(configuration, JSON.stringify(settings));
    return new SluiceProcess(configuration, socket, true);
  }

  async restartSluice(): Promise<void> {
    this.sluice = this.#startSluice();
    await this.sluice.ready();
  }

  /** Somebody in a pod, on a node or outside. */
  at(name: string): Player {
    const known = this.#players.get(name) ?? new Player(name);
    this.#players.set(name, known);
    return known;
  }

  /** Ends whoever is there. */
  dismiss(name: string): void {
    this.at(name).stop();
    this.#players.delete(name);
  }

  /** A pod whose workload speaks HTTP on port 80, takes anything on 81, and h2c on 82. */
  async pod(node: NodeName, name: string): Promise<Place> {
    const place = addPod(node, name);
    await this.at(name).serve({ 80: 'http', 81: 'raw', 82: 'h2c' });
    return place;
  }

  /** Requests that Sluice has inspected since it started. */
  async inspected(): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`);
    const text = await answer.text();
    return [...text.matchAll(/^sluice_requests_total\{[^}]*\} (\d+)/gm)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
  }

  async stop(): Promise<void> {
    stopPlayers();
    await Promise.all(Object.values(this.nodes).map((agent) => agent.uninstall()));
    for (const agent of Object.values(this.nodes)) agent.directory.remove();
    await this.sluice.kill('SIGKILL');
    this.#directory.remove();
    removeAll();
  }
}
