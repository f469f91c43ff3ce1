/**
 * Two nodes of a cluster, all of whose parts are real but for kubelets and Kubernetes' own controllers, in whose place the test writes objects:
 *
 *     test ─objects─▶ API server ─▶ controller ─▶ SluiceNode ─▶ node-a: sync ─▶ agent, Envoy, serve ─▶ shipper ─┐
 *                        └─▶ kube-proxy on both nodes       └─▶ node-b: the same                                ├─▶ hub
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { HubClient, parseQuery, schemaOf } from '@sluice/hub';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { kubernetesPrograms } from '../../packages/cli/src/setup/kubernetes.ts';
import { SYSTEM_NAMESPACE } from '../../packages/controller/src/kinds/names.ts';
import { type Certificates, makeCertificates } from '../hub/certificates.ts';
import { type HubProcess, startHubProcess } from '../hub/child.ts';

import { KubeProxy } from '../interception/kube-proxy.ts';
import {
  addPod,
  inside,
  makeNetwork,
  type NodeName,
  type Place,
  pathOf,
  removeAll,
  run,
} from '../interception/network.ts';
import { Player, stopPlayers } from '../interception/player.ts';
import { tokenOf } from '../kubernetes/api-files.ts';
import { ApiServer } from '../kubernetes/api-server.ts';
import { render } from '../kubernetes/chart.ts';
import { nodeToken } from '../kubernetes/node-stand.ts';
import { ClusterNode } from './cluster-node.ts';
import { NAMESPACE, NamespaceLinks, NODE_NAMES, writeNamespace, writeNodes } from './objects.ts';
import { MAIN, Program } from './programs.ts';
import { Relay } from './relay.ts';

const NODES: readonly NodeName[] = ['nodeA', 'nodeB'];
const PROXY_USER = 'system:kube-proxy';
const SWEEPER = resolve(import.meta.dirname, './sweeper.ts');
const RIGHTS = /^(ServiceAccount|(Cluster)?Role(Binding)?|ValidatingAdmissionPolicy(Binding)?)$/;
/** Of all Services. */
const SERVICE_NETWORK = '10.96.0.0/16';

/** An event as the hub has it, as far as tests ask. */
export interface StoredEvent {
  readonly observer: { readonly name?: string; readonly hostname: string };
  readonly source: { readonly ip: string };
  readonly url: { readonly query?: string };
  readonly waf: {
    readonly policy: string;
    readonly mode: string;
    readonly source?: object;
    readonly destination?: object;
  };
}

interface Outer {
  readonly api: ApiServer;
  readonly hub: HubProcess;
  readonly certificates: Certificates;
  readonly directory: TemporaryDirectory;
  /** By which each asks the API server. */
  readonly kubeconfigs: Readonly<Record<NodeName | 'controller', string>>;
}

export class Stand {
  readonly api: ApiServer;
  readonly hub: HubProcess;
  readonly events: HubClient;
  readonly outside: Place;
  readonly links: NamespaceLinks;
  readonly controller: Program;
  readonly nodes: Readonly<Record<NodeName, ClusterNode>>;
  readonly directory: TemporaryDirectory;
  readonly #certificates: Certificates;
  readonly #players = new Map<string, Player>();
  readonly #proxies: readonly KubeProxy[];
  readonly #relays: readonly Relay[];
  readonly #sweeper: ChildProcess;

  private constructor({ api, hub, certificates, directory, kubeconfigs }: Outer) {
    this.api = api;
    this.hub = hub;
    this.directory = directory;
    this.#certificates = certificates;
    this.events = new HubClient({ url: hub.queriesUrl });
    const prefix = pathOf('').split('/').at(-1) ?? '';
    const leavings = [String(hub.child.pid), directory.path, certificates.directory];
    this.#sweeper = spawn(process.execPath, [SWEEPER, prefix, ...leavings], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
    this.outside = makeNetwork().outside;
    routeServices();
    this.links = new NamespaceLinks(directory.path);
    this.#relays = [api.port, Number(new URL(hub.nodesUrl).port)].map(
      (port) => new Relay(port, directory.path),
    );
    for (const node of NODES) for (const relay of this.#relays) relay.into(node);
    this.controller = controllerOf(kubeconfigs.controller, directory.join('controller.log'));
    this.#proxies = NODES.map((node) => this.#proxy(node));
    const node = (name: NodeName): ClusterNode => this.#node(name, kubeconfigs[name]);
    this.nodes = { nodeA: node('nodeA'), nodeB: node('nodeB') };
  }

  #proxy(node: NodeName): KubeProxy {
    const program = kubernetesPrograms()?.kubeProxy ?? '';
    const log = this.directory.join(`proxy-${node}.log`);
    const kubeconfig = this.api.kubeconfig(tokenOf(PROXY_USER));
    return new KubeProxy({ program, node, name: NODE_NAMES[node], kubeconfig, log, player: this.at(node) });
  }

  #node(node: NodeName, kubeconfig: string): ClusterNode {
    return new ClusterNode({
      ...{ node, kubeconfig, links: this.links.folder, player: this.at(node) },
      ...{ directory: this.directory.join(node), hubUrl: this.hub.nodesUrl },
      tls: this.#certificates.of(NODE_NAMES[node]),
    });
  }

  static async start(): Promise<Stand> {
    const directory = new TemporaryDirectory('sluice-nodes-');
    const certificates = makeCertificates();
    const [api, hub] = await Promise.all([
      ApiServer.start({ users: [{ name: PROXY_USER }] }),
      startHubProcess(directory.path, {
        nodes: { listen: '127.0.0.1:0', tls: certificates.hub, allow: ['node-*'] },
        ...{ queries: { listen: '127.0.0.1:0' }, admin: false },
        store: { type: 'sqlite', path: 'events.db' },
      }),
    ]);
    process.once('exit', () => hub.child.kill('SIGKILL'));
    // The controller applies them too; here objects of these kinds are written at once.
    await api.applyDefinitions();
    for (const name of [SYSTEM_NAMESPACE, NAMESPACE]) await writeNamespace(api, name);
    await writeNodes(api);
    const kubeconfigs = await kubeconfigsOf(api);
    const stand = new Stand({ api, hub, certificates, directory, kubeconfigs });
    stand.controller.start();
    await Promise.all(stand.#proxies.map((proxy) => proxy.start()));
    return stand;
  }

  /** Somebody in a pod, on a node or outside. */
  at(name: string): Player {
    const known = this.#players.get(name) ?? new Player(name);
    this.#players.set(name, known);
    return known;
  }

  /** A network namespace in which a workload speaks HTTP on port 80. */
  async place(node: NodeName, name: string): Promise<Place> {
    const place = addPod(node, name);
    await this.at(name).serve({ 80: 'http' });
    return place;
  }

  /** Events in the hub whose path and query have this text. */
  async eventsOf(text: string): Promise<readonly StoredEvent[]> {
    const query = parseQuery(`"url.query" IN {"*${text}*"}`, schemaOf('waf'));
    const { documents } = await this.events.search({ dataSet: 'waf', query, size: 100 });
    return documents.map(({ document }) => document as unknown as StoredEvent);
  }

  /** What everything here has said, for whoever asks why a test fails. */
  get log(): string {
    const nodes = Object.entries(this.nodes).map(([name, node]) => `===== ${name}\n${node.log}`);
    return [`===== controller\n${this.controller.log}`, `===== hub\n${this.hub.log()}`, ...nodes].join('\n');
  }

  async stop(): Promise<void> {
    stopPlayers();
    await this.controller.kill();
    await Promise.all(Object.values(this.nodes).map((node) => node.stop()));
    await Promise.all(this.#proxies.map((proxy) => proxy.kill()));
    await Promise.all(this.#relays.map((relay) => relay.stop()));
    await this.events.close();
    await this.hub.kill();
    await this.api.stop();
    removeAll();
    // There is nothing left to sweep.
    this.#sweeper.stdin?.end('done');
    this.directory.remove();
    rmSync(this.#certificates.directory, { recursive: true });
  }
}

/** As the service accounts of the chart, with their rights and no others. */
async function kubeconfigsOf(api: ApiServer): Promise<Outer['kubeconfigs']> {
  await api.apply(render(SYSTEM_NAMESPACE).filter(({ kind }) => RIGHTS.test(kind)));
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const path = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/serviceaccounts/sluice-controller/token`;
  const { status } = await api.request<{ readonly status: { readonly token: string } }>('POST', path, asked);
  return {
    controller: api.kubeconfig(status.token),
    nodeA: api.kubeconfig(await nodeToken(api, NODE_NAMES.nodeA)),
    nodeB: api.kubeconfig(await nodeToken(api, NODE_NAMES.nodeB)),
  };
}

/** On ports that are free; the API server reaches its webhook on this machine. */
function controllerOf(kubeconfig: string, log: string): Program {
  const ports = ['--metrics-port', '0', '--webhook-port', '0', '--webhook-url', 'https://127.0.0.1:0'];
  return new Program({ log, script: [MAIN, 'controller', 'run', '--kubeconfig', kubeconfig, ...ports] });
}

/** What asks for a ClusterIP on a node itself, or outside, needs a route before rules turn it to a pod. */
function routeServices(): void {
  run(inside('nodeA', ['ip', 'route', 'add', 'default', 'via', '10.71.9.2']));
  run(inside('outside', ['ip', 'route', 'add', SERVICE_NETWORK, 'via', '10.71.9.1']));
  for (const node of NODES) {
    const names = ['all', 'br0'].map((name) => `net.ipv4.conf.${name}.send_redirects=0`);
    run(inside(node, ['sysctl', '-qw', ...names]));
  }
}
