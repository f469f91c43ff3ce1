/**
 * Traffic by way of Services, whose rules the real kube-proxy writes into the nodes' namespaces, in nftables mode; interception
 * stands in the pod's. `./sluice test` builds kube-proxy and the API server that it asks. Where they are not built, the test
 * writes the same rules in short.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { kubernetesPrograms } from '../../packages/cli/src/setup/kubernetes.ts';
import { type Cluster, startCluster, until } from './cluster.ts';
import { KubeProxies } from './kube-proxy.ts';
import { inside, type Place, run } from './network.ts';
import { CLUSTER_IP, LOCAL_NODE_PORT, NODE_ADDRESSES, NODE_PORT, SERVICE_PORT } from './service-objects.ts';
import type { ServiceRules } from './service-rules.ts';
import { suiteInNamespaces } from './suite.ts';
import { WrittenRules } from './written-rules.ts';

const ATTACK = `/?q=${encodeURIComponent("1' UNION SELECT password FROM users--")}`;
const HEADERS = { host: 'shop.example', 'user-agent': 'Mozilla/5.0', accept: '*/*' };
/** Of nodeA's bridge: what the workload sees where nodeA puts an address of its own. */
const BRIDGE = '10.72.0.1';

/** Answers between pods of one bridge would pass its node by, and with it what turns addresses back. */
function answerThroughNode(pod: Place, other: Place): void {
  run(inside(pod.name, ['ip', 'route', 'add', `${other.ipv4}/32`, 'via', BRIDGE]));
}

const programs = kubernetesPrograms();
const source =
  programs === null ? 'rules written by the test, as ./sluice test has not built kube-proxy' : 'kube-proxy';

suiteInNamespaces(`services: ${source}`, () => {
  let cluster: Cluster;
  let rules: ServiceRules;
  let near: Place;
  let client: Place;

  beforeAll(async () => {
    cluster = await startCluster();
    const web = await cluster.pod('nodeA', 'web');
    near = await cluster.pod('nodeA', 'near');
    client = await cluster.pod('nodeB', 'client');
    run(
      inside('nodeA', [
        'sysctl',
        '-qw',
        'net.ipv4.conf.all.send_redirects=0',
        'net.ipv4.conf.br0.send_redirects=0',
      ]),
    );
    answerThroughNode(web, near);
    // What asks for a ClusterIP on a node itself needs a route before rules turn it to a pod.
    run(inside('nodeA', ['ip', 'route', 'add', 'default', 'via', '10.71.9.2']));
    run(inside('outside', ['ip', 'route', 'add', `${CLUSTER_IP}/32`, 'via', '10.71.9.1']));
    rules = programs === null ? new WrittenRules() : new KubeProxies(programs, cluster);
    cluster.nodes.nodeA.select([{ place: web }]);
    await Promise.all([rules.publish(web), until(() => cluster.nodes.nodeA.intercepts('web'))]);
  });
  afterAll(async () => {
    await rules?.stop();
    await cluster?.stop();
  });
  beforeEach(() => void cluster.at('web').taken());

  async function both(from: string, host: string, port: number): Promise<unknown> {
    const before = await cluster.inspected();
    const clean = await cluster.at(from).call({ host, port, path: '/?q=hose', headers: HEADERS });
    const attack = await cluster.at(from).call({ host, port, path: ATTACK, headers: HEADERS });
    const inspected = (await cluster.inspected()) - before;
    const clients = cluster
      .at('web')
      .taken()
      .map((arrival) => arrival.client);
    return { statuses: [clean.status, attack.status], inspected, clients };
  }

  const seenFrom = (address: string): unknown => ({ statuses: [200, 403], inspected: 2, clients: [address] });

  it('a ClusterIP from a pod on the same node: inspected once, the workload sees the pod', async () => {
    expect(await both('near', CLUSTER_IP, SERVICE_PORT)).toEqual(seenFrom(near.ipv4));
  });

  it('a ClusterIP from a pod on another node', async () => {
    expect(await both('client', CLUSTER_IP, SERVICE_PORT)).toEqual(seenFrom(client.ipv4));
  });

  it('a ClusterIP from outside: the workload sees the node, as kube-proxy has it', async () => {
    expect(await both('outside', CLUSTER_IP, SERVICE_PORT)).toEqual(seenFrom(BRIDGE));
  });

  it('a ClusterIP from the pod’s node and from another', async () => {
    expect(await both('nodeA', CLUSTER_IP, SERVICE_PORT)).toEqual(seenFrom(BRIDGE));
    expect(await both('nodeB', CLUSTER_IP, SERVICE_PORT)).toEqual(seenFrom(NODE_ADDRESSES.nodeB));
  });

  it.each(['outside', 'near', 'client'])(
    'a NodePort on the pod’s node, from %s: the workload sees the node',
    async (from) => {
      expect(await both(from, NODE_ADDRESSES.nodeA, NODE_PORT)).toEqual(seenFrom(BRIDGE));
    },
  );

  it.each(['outside', 'near', 'client'])('a NodePort on another node, from %s', async (from) => {
    expect(await both(from, NODE_ADDRESSES.nodeB, NODE_PORT)).toEqual(seenFrom(NODE_ADDRESSES.nodeB));
  });

  it('a NodePort with externalTrafficPolicy Local: the workload sees the client', async () => {
    const host = NODE_ADDRESSES.nodeA;
    expect(await both('outside', host, LOCAL_NODE_PORT)).toEqual(seenFrom(cluster.outside.ipv4));
    expect(await both('near', host, LOCAL_NODE_PORT)).toEqual(seenFrom(near.ipv4));
    expect(await both('client', host, LOCAL_NODE_PORT)).toEqual(seenFrom(client.ipv4));
  });

  it('the rules are written from nothing under load, by a restart: no request fails, all are inspected', async () => {
    const before = await cluster.inspected();
    await cluster.at('client').load({
      ...{ name: 'load', connections: 4, host: CLUSTER_IP, port: SERVICE_PORT },
      ...{ path: '/?q=hose', headers: HEADERS },
    });
    for (let time = 0; time < 3; time++) {
      for (const node of ['nodeA', 'nodeB'] as const) await rules.restart(node);
      const host = CLUSTER_IP;
      const attack = { host, port: SERVICE_PORT, path: ATTACK, headers: HEADERS };
      expect(await cluster.at('outside').call(attack)).toMatchObject({ status: 403 });
    }
    const counts = await cluster.at('client').stopLoad('load');
    expect(Object.keys(counts)).toEqual(['200']);
    expect(await cluster.inspected()).toBe(before + (counts['200'] ?? 0) + 3);
  });
});
