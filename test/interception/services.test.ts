/**
 * Traffic by way of Services. The rules are those of kube-proxy's nftables mode, in short: translation of the destination in
 * the node, and the node's own address where the answer has to come back through it. The real kube-proxy needs an API server,
 * and both take minutes to build: they come with the tests of the controller. What is told here does not depend on who
 * wrote the rules, as they stand in the node's namespace and interception in the pod's.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Cluster, startCluster, until } from './cluster.ts';
import { inside, type NodeName, nodePlace, type Place, run } from './network.ts';
import { suiteInNamespaces } from './suite.ts';

const ATTACK = `/?q=${encodeURIComponent("1' UNION SELECT password FROM users--")}`;
const HEADERS = { host: 'shop.example', 'user-agent': 'Mozilla/5.0', accept: '*/*' };
const CLUSTER_IP = '10.96.0.10';
const NODE_PORT = 30_080;

/** Service port 8080 leads to a pod's port 80; the table is replaced whole, as kube-proxy does when it starts. */
function writeService(node: NodeName, { ipv4 }: Place): void {
  const rules = `
table ip kube-proxy
delete table ip kube-proxy
table ip kube-proxy {
  chain services { ip daddr ${CLUSTER_IP} tcp dport 8080 dnat to ${ipv4}:80
    fib daddr type local tcp dport ${NODE_PORT} jump external
  }
  chain external { meta mark set meta mark | 0x4000
    meta l4proto tcp dnat to ${ipv4}:80
  }
  chain nat-prerouting { type nat hook prerouting priority dstnat
    jump services
  }
  chain nat-output { type nat hook output priority -100
    jump services
  }
  chain nat-postrouting { type nat hook postrouting priority srcnat
    meta mark & 0x4000 == 0x4000 masquerade fully-random
  }
}
`;
  run([...inside(node, ['nft', '-f', '-'])], rules);
}

suiteInNamespaces('services', () => {
  let cluster: Cluster;
  let web: Place;
  let client: Place;
  const nodeA = nodePlace('nodeA');

  beforeAll(async () => {
    cluster = await startCluster();
    web = await cluster.pod('nodeA', 'web');
    client = await cluster.pod('nodeB', 'client');
    for (const node of ['nodeA', 'nodeB'] as const) writeService(node, web);
    run([...inside('outside', ['ip', 'route', 'add', `${CLUSTER_IP}/32`, 'via', '10.71.9.1'])]);
    cluster.nodes.nodeA.select([{ place: web }]);
    await until(() => cluster.nodes.nodeA.intercepts('web'));
  });
  afterAll(() => cluster?.stop());
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

  it('a ClusterIP from a pod on another node: inspected once, the workload sees the pod', async () => {
    expect(await both('client', CLUSTER_IP, 8080)).toEqual(seenFrom(client.ipv4));
  });

  it('a ClusterIP from outside', async () => {
    expect(await both('outside', CLUSTER_IP, 8080)).toEqual(seenFrom(cluster.outside.ipv4));
  });

  it('a NodePort on the pod’s node: the workload sees the node, as it does without Sluice', async () => {
    expect(await both('outside', nodeA.ipv4, NODE_PORT)).toEqual(seenFrom(nodeA.ipv4));
  });

  it('a NodePort on another node', async () => {
    expect(await both('outside', '10.71.0.2', NODE_PORT)).toEqual(seenFrom('10.71.0.2'));
  });

  it('the rules of Services are written anew under load, as by a restart: no request fails, all are inspected', async () => {
    const before = await cluster.inspected();
    await cluster.at('client').load({
      ...{ name: 'load', connections: 4, host: CLUSTER_IP, port: 8080, path: '/?q=hose', headers: HEADERS },
    });
    for (let time = 0; time < 5; time++) {
      for (const node of ['nodeA', 'nodeB'] as const) writeService(node, web);
      expect(
        await cluster.at('outside').call({ host: CLUSTER_IP, port: 8080, path: ATTACK, headers: HEADERS }),
      ).toMatchObject({ status: 403 });
    }
    const counts = await cluster.at('client').stopLoad('load');
    expect(Object.keys(counts)).toEqual(['200']);
    expect(await cluster.inspected()).toBe(before + (counts['200'] ?? 0) + 5);
  });
});
