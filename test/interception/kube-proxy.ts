/** The real kube-proxy on both nodes, told of Services by a real API server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import type { KubernetesPrograms } from '../../packages/cli/src/setup/kubernetes.ts';
import { ApiServer } from './api-server.ts';
import { type Cluster, ClusterFault, until } from './cluster.ts';
import { inside, type NodeName, type Place, run } from './network.ts';
import type { Player } from './player.ts';
import { NODE_ADDRESSES, objectName, POD_NETWORK, serviceObjects } from './service-objects.ts';
import type { ServiceRules } from './service-rules.ts';

const METRICS_PORT = 10_249;
/** It goes with whoever started it, however that ends. */
const DYING = ['setpriv', '--pdeathsig', 'KILL'];
const NODES: readonly NodeName[] = ['nodeA', 'nodeB'];

export interface KubeProxyOptions {
  readonly program: string;
  readonly node: NodeName;
  /** Of the Node object. */
  readonly name: string;
  readonly kubeconfig: string;
  /** Path of its log. */
  readonly log: string;
  /** Who asks it, in the node's namespace. */
  readonly player: Player;
}

/** That of one node. */
export class KubeProxy {
  readonly #options: KubeProxyOptions;
  #child: ChildProcess | null = null;

  constructor(options: KubeProxyOptions) {
    this.#options = options;
  }

  /** Until it has written all of its rules once. */
  async start(): Promise<void> {
    const { program, node, log: path } = this.#options;
    const log = openSync(path, 'a');
    const [file = '', ...rest] = inside(node, [...DYING, program, ...this.#flags()]);
    const child = spawn(file, rest, { stdio: ['ignore', log, log] });
    this.#child = child;
    await until(() => {
      if (child.exitCode !== null) throw new ClusterFault(`kube-proxy ended: ${readFileSync(path, 'utf8')}`);
      return this.#hasSynced();
    });
  }

  async #hasSynced(): Promise<boolean> {
    const { body } = await this.#options.player.call({
      ...{ host: '127.0.0.1', port: METRICS_PORT, path: '/metrics' },
    });
    const count = /^kubeproxy_sync_full_proxy_rules_duration_seconds_count\{ip_family="IPv4"\} [1-9]/m;
    return count.test(body);
  }

  #flags(): readonly string[] {
    const { kubeconfig, name } = this.#options;
    return [
      ...['--proxy-mode=nftables', `--kubeconfig=${kubeconfig}`, `--hostname-override=${name}`],
      ...[`--cluster-cidr=${POD_NETWORK}`, '--detect-local-mode=ClusterCIDR'],
      ...[`--metrics-bind-address=127.0.0.1:${METRICS_PORT}`, '--healthz-bind-address=127.0.0.1:10256'],
      // The table's size is the machine's, and cannot be written from within a namespace.
      '--conntrack-max-per-core=0',
    ];
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await exited;
  }
}

export class KubeProxies implements ServiceRules {
  readonly #cluster: Cluster;
  readonly #api: ApiServer;
  readonly #program: string;
  #proxies: ReadonlyMap<NodeName, KubeProxy> = new Map();

  constructor(programs: KubernetesPrograms, cluster: Cluster) {
    this.#program = programs.kubeProxy;
    this.#cluster = cluster;
    this.#api = new ApiServer(programs.apiServer, 'nodeA', NODE_ADDRESSES.nodeA);
  }

  async publish(pod: Place): Promise<void> {
    await this.#api.ready();
    this.#api.write(serviceObjects(pod));
    const kubeconfig = this.#api.kubeconfig();
    this.#proxies = new Map(NODES.map((node) => [node, this.#proxy(node, kubeconfig)]));
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.start()));
    await until(() => NODES.every((node) => rulesOn(node).includes(pod.ipv4)));
  }

  #proxy(node: NodeName, kubeconfig: string): KubeProxy {
    const log = this.#api.directory.join(`${node}.log`);
    const player = this.#cluster.at(node);
    return new KubeProxy({
      ...{ program: this.#program, node, name: objectName(node), kubeconfig, log, player },
    });
  }

  /** Killed and started anew: it writes its table from nothing. */
  async restart(node: NodeName): Promise<void> {
    const proxy = this.#proxies.get(node);
    await proxy?.kill();
    await proxy?.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.kill()));
    await this.#api.stop();
  }
}

export const rulesOn = (node: NodeName): string =>
  run(inside(node, ['nft', 'list', 'table', 'ip', 'kube-proxy']));
