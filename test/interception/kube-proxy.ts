/** The real kube-proxy on both nodes, told of Services by a real API server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import type { KubernetesPrograms } from '../../packages/cli/src/setup/kubernetes.ts';
import { ApiServer } from './api-server.ts';
import { type Cluster, ClusterFault, until } from './cluster.ts';
import { inside, type NodeName, type Place, run } from './network.ts';
import { NODE_ADDRESSES, objectName, POD_NETWORK, serviceObjects } from './service-objects.ts';
import type { ServiceRules } from './service-rules.ts';

const METRICS_PORT = 10_249;
/** It goes with whoever started it, however that ends. */
const DYING = ['setpriv', '--pdeathsig', 'KILL'];
const NODES: readonly NodeName[] = ['nodeA', 'nodeB'];

export class KubeProxies implements ServiceRules {
  readonly #program: string;
  readonly #cluster: Cluster;
  readonly #api: ApiServer;
  readonly #running = new Map<NodeName, ChildProcess>();
  #kubeconfig = '';

  constructor(programs: KubernetesPrograms, cluster: Cluster) {
    this.#program = programs.kubeProxy;
    this.#cluster = cluster;
    this.#api = new ApiServer(programs.apiServer, 'nodeA', NODE_ADDRESSES.nodeA);
  }

  async publish(pod: Place): Promise<void> {
    await this.#api.ready();
    this.#api.write(serviceObjects(pod));
    this.#kubeconfig = this.#api.kubeconfig();
    await Promise.all(NODES.map((node) => this.#start(node)));
    await until(() => NODES.every((node) => rulesOn(node).includes(pod.ipv4)));
  }

  /** Until it has written all of its rules once. */
  async #start(node: NodeName): Promise<void> {
    const path = this.#api.directory.join(`${node}.log`);
    const log = openSync(path, 'a');
    const [file = '', ...rest] = inside(node, [...DYING, this.#program, ...this.#flags(node)]);
    const child = spawn(file, rest, { stdio: ['ignore', log, log] });
    this.#running.set(node, child);
    await until(() => {
      if (child.exitCode !== null) throw new ClusterFault(`kube-proxy ended: ${readFileSync(path, 'utf8')}`);
      return this.#hasSynced(node);
    });
  }

  async #hasSynced(node: NodeName): Promise<boolean> {
    const { body } = await this.#cluster
      .at(node)
      .call({ host: '127.0.0.1', port: METRICS_PORT, path: '/metrics' });
    const count = /^kubeproxy_sync_full_proxy_rules_duration_seconds_count\{ip_family="IPv4"\} [1-9]/m;
    return count.test(body);
  }

  #flags(node: NodeName): readonly string[] {
    return [
      ...[
        '--proxy-mode=nftables',
        `--kubeconfig=${this.#kubeconfig}`,
        `--hostname-override=${objectName(node)}`,
      ],
      ...[`--cluster-cidr=${POD_NETWORK}`, '--detect-local-mode=ClusterCIDR'],
      ...[`--metrics-bind-address=127.0.0.1:${METRICS_PORT}`, '--healthz-bind-address=127.0.0.1:10256'],
      // The table's size is the machine's, and cannot be written from within a namespace.
      '--conntrack-max-per-core=0',
    ];
  }

  /** Killed and started anew: it writes its table from nothing. */
  async restart(node: NodeName): Promise<void> {
    await this.#kill(node);
    await this.#start(node);
  }

  async #kill(node: NodeName): Promise<void> {
    const child = this.#running.get(node);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await exited;
  }

  async stop(): Promise<void> {
    await Promise.all(NODES.map((node) => this.#kill(node)));
    await this.#api.stop();
  }
}

const rulesOn = (node: NodeName): string => run(inside(node, ['nft', 'list', 'table', 'ip', 'kube-proxy']));
