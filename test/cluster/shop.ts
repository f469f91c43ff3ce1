/** A cluster with a shop, whose pods are on both nodes, and somebody in it who attacks. */
import type { Condition } from '@sluice/controller';
import { until } from '../interception/cluster.ts';
import { rulesOn } from '../interception/kube-proxy.ts';
import type { NodeName } from '../interception/network.ts';
import type { CallReply } from '../interception/protocol.ts';
import { NAMESPACE, type PodObject, writeDeployment, writeService } from './objects.ts';
import { Stand } from './stand.ts';

/** Of the Service `web`. */
export const WEB = '10.96.0.20';
export const HEADERS = { host: 'shop.example', 'user-agent': 'Mozilla/5.0', accept: '*/*' };
const ATTACK = "1' UNION SELECT password FROM users--";
const API_VERSION = 'sluice.dev/v1alpha1';
const SERVICE = `/api/v1/namespaces/${NAMESPACE}/services/web`;

/** The load is there to be failed, not to fill a machine on which a cluster runs. */
const LOAD_PAUSE_MILLIS = 10;

/** @param name by which its event is found */
export const attackOf = (name: string): string => `/?q=${encodeURIComponent(ATTACK)}&name=${name}`;

export interface PolicyObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export class Shop {
  readonly stand: Stand;
  /** One on each node. */
  readonly web: Readonly<Record<NodeName, PodObject>>;
  /** One on each node; their workload attacks. */
  readonly scanner: Readonly<Record<NodeName, PodObject>>;
  #names = 0;

  private constructor({ stand, web, scanner }: Pick<Shop, 'stand' | 'web' | 'scanner'>) {
    this.stand = stand;
    this.web = web;
    this.scanner = scanner;
  }

  /** Block is what the installation says; nothing is selected. */
  static async start(): Promise<Shop> {
    const stand = await Stand.start();
    try {
      const web = await deploy(stand, 'web');
      const scanner = await deploy(stand, 'scanner');
      await writeService(stand.api, 'web', WEB, Object.values(web));
      const knows = (node: NodeName): boolean =>
        [WEB, ...Object.values(web).map(({ place }) => place.ipv4)].every((each) =>
          rulesOn(node).includes(each),
        );
      await until(() => knows('nodeA') && knows('nodeB'));
      await stand.api.apply([
        {
          apiVersion: API_VERSION,
          kind: 'Sluice',
          metadata: { name: 'sluice' },
          spec: { defaults: { mode: 'Block' } },
        },
      ]);
      return new Shop({ stand, web, scanner });
    } catch (error) {
      await stand.stop();
      throw error;
    }
  }

  get addresses(): readonly string[] {
    return Object.values(this.web).map(({ place }) => place.ipv4);
  }

  /** Null takes an annotation of the Service away. */
  annotate(annotations: Readonly<Record<string, string | null>>): Promise<unknown> {
    return this.stand.api.request('PATCH', SERVICE, { metadata: { annotations } });
  }

  /** A policy of the shop's own for its Service, written anew. */
  async policy(name: string, spec: object): Promise<void> {
    await this.stand.api.apply([
      {
        ...{ apiVersion: API_VERSION, kind: 'WAFPolicy', metadata: { name, namespace: NAMESPACE } },
        spec: { targetRefs: [{ group: '', kind: 'Service', name: 'web' }], ...spec },
      },
    ]);
  }

  removePolicy(name: string): Promise<void> {
    const metadata = { name, namespace: NAMESPACE };
    return this.stand.api.remove({ apiVersion: API_VERSION, kind: 'WAFPolicy', metadata });
  }

  async condition(policy: string, type: Condition['type']): Promise<string> {
    const path = `/apis/${API_VERSION}/namespaces/${NAMESPACE}/wafpolicies/${policy}`;
    const { status } = await this.stand.api.get<PolicyObject>(path);
    const found = status?.conditions?.find((each) => each.type === type);
    return found === undefined ? '' : `${found.status} ${found.reason}: ${found.message}`;
  }

  /** Until both nodes have taken in, or let go of, the shop's pods, and nothing is under way. */
  async intercepted(is: boolean): Promise<void> {
    const { nodeA, nodeB } = this.stand.nodes;
    await until(
      () =>
        nodeA.agent.intercepts(...(is ? [this.web.nodeA.name] : [])) &&
        nodeB.agent.intercepts(...(is ? [this.web.nodeB.name] : [])),
    );
  }

  /** @param from a pod, a node or outside */
  async attack(from: string, host: string, name = this.name()): Promise<number> {
    const { status } = await this.stand
      .at(from)
      .call({ host, port: 80, path: attackOf(name), headers: HEADERS });
    return status;
  }

  /** @param connection name of a kept one */
  clean(from: string, host: string, connection?: string): Promise<CallReply> {
    const kept = connection === undefined ? {} : { connection };
    return this.stand.at(from).call({ host, port: 80, path: '/?q=hose', headers: HEADERS, ...kept });
  }

  /** Statuses of attacks on both pods and on the Service, from outside and from a pod of each node. */
  async attacks(): Promise<readonly number[]> {
    const statuses = new Set<number>();
    for (const from of ['outside', ...Object.values(this.scanner).map(({ name }) => name)])
      for (const host of [...this.addresses, WEB]) statuses.add(await this.attack(from, host));
    return [...statuses];
  }

  /** One that was not there before. */
  name(): string {
    return `n${++this.#names}n`;
  }

  /** What has reached the shop's workloads since the last time it was asked. */
  arrivals(): readonly string[] {
    const places = Object.values(this.web).map(({ name }) => name);
    return places.flatMap((name) =>
      this.stand
        .at(name)
        .taken()
        .map(({ url }) => url),
    );
  }

  /** Clean requests all the time on both pods and on the Service, from outside and from a pod. @returns what ends it, with what came of it */
  async load(): Promise<() => Promise<readonly string[]>> {
    const ends: (() => Promise<Readonly<Record<string, number>>>)[] = [];
    for (const from of ['outside', this.scanner.nodeB.name]) {
      const player = this.stand.at(from);
      for (const host of [...this.addresses, WEB]) {
        const name = `${from} ${host}`;
        await player.load({
          ...{ name, connections: 2, pauseMillis: LOAD_PAUSE_MILLIS, host, port: 80 },
          ...{ path: '/?q=hose', headers: HEADERS },
        });
        ends.push(() => player.stopLoad(name));
      }
    }
    return async () => [...new Set((await Promise.all(ends.map((end) => end()))).flatMap(Object.keys))];
  }
}

async function deploy(stand: Stand, name: string): Promise<Readonly<Record<NodeName, PodObject>>> {
  const seats = [
    { node: 'nodeA' as const, place: await stand.place('nodeA', `${name}-a`) },
    { node: 'nodeB' as const, place: await stand.place('nodeB', `${name}-b`) },
  ];
  const [nodeA, nodeB] = await writeDeployment(stand.api, name, seats);
  if (nodeA === undefined || nodeB === undefined) throw new RangeError('a pod is missing');
  for (const pod of [nodeA, nodeB]) stand.links.add(pod);
  return { nodeA, nodeB };
}
