/** The way of a request in: who is inspected, how often, and whom the workload sees. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Cluster, startCluster, until } from './cluster.ts';
import { inside, nodePlace, type Place, run } from './network.ts';
import { suiteInNamespaces } from './suite.ts';

const ATTACK = `/?q=${encodeURIComponent("1' UNION SELECT password FROM users--")}`;
const BROWSER = { host: 'shop.example', 'user-agent': 'Mozilla/5.0', accept: '*/*' };

suiteInNamespaces('interception, from outside and pod to pod', () => {
  let cluster: Cluster;
  let web: Place;
  let api: Place;
  let free: Place;
  let freeB: Place;

  beforeAll(async () => {
    cluster = await startCluster();
    web = await cluster.pod('nodeA', 'web');
    free = await cluster.pod('nodeA', 'free');
    api = await cluster.pod('nodeB', 'api');
    freeB = await cluster.pod('nodeB', 'freeB');
    const ports = [80, 82].map((number) => ({ number, protocol: number === 82 ? 'h2c' : 'http' }) as const);
    cluster.nodes.nodeA.select([{ place: web, ports }]);
    cluster.nodes.nodeB.select([{ place: api, ports }]);
    const { nodeA, nodeB } = cluster.nodes;
    await until(() => nodeA.intercepts('web') && nodeB.intercepts('api'));
  });
  afterAll(() => cluster?.stop());
  beforeEach(() => {
    for (const { name } of [web, api, free, freeB]) cluster.at(name).taken();
  });

  /** Where a client stands, the pod that it asks, both over IPv4 and IPv6. */
  const ways = (): readonly (readonly [string, Place, Place])[] => [
    ['from outside to the near node', cluster.outside, web],
    ['from outside to the far node', cluster.outside, api],
    ['pod to pod on one node', free, web],
    ['pod to pod across nodes', free, api],
    ['from a selected pod to another one', web, api],
    ['from the node itself', nodePlace('nodeA'), web],
  ];

  it.each([0, 1, 2, 3, 4, 5])(
    'way %i: clean 200 with the client’s own address, attack 403, each inspected once',
    async (way) => {
      const [, client, server] = ways()[way] ?? ['', cluster.outside, web];
      for (const family of ['ipv4', 'ipv6'] as const) {
        const before = await cluster.inspected();
        const host = server[family];
        const clean = await cluster
          .at(client.name)
          .call({ host, port: 80, path: '/?q=hose', headers: BROWSER });
        expect(clean).toMatchObject({ status: 200, body: `seen from ${client[family]}` });
        const attack = await cluster.at(client.name).call({ host, port: 80, path: ATTACK, headers: BROWSER });
        expect(attack.status).toBe(403);
        const arrivals = cluster.at(server.name).taken();
        expect(arrivals.map(({ url, client }) => [url, client])).toEqual([['/?q=hose', client[family]]]);
        expect(await cluster.inspected()).toBe(before + 2);
      }
    },
  );

  it('an unselected pod’s traffic never touches Envoy: nothing in its namespace, no connection at Envoy, none inspected', async () => {
    const before = await cluster.inspected();
    const accepted = await cluster.nodes.nodeA.accepted();
    for (const client of [cluster.outside, web, freeB]) {
      const reply = await cluster
        .at(client.name)
        .call({ host: free.ipv4, port: 80, path: ATTACK, headers: BROWSER });
      expect(reply).toMatchObject({ status: 200, body: `seen from ${client.ipv4}` });
    }
    expect(await cluster.inspected()).toBe(before);
    expect(await cluster.nodes.nodeA.accepted()).toBe(accepted);
    expect(run([...inside('free', ['nft', 'list', 'ruleset'])])).toBe('');
  });

  it('a port of a selected pod that nobody declared is not redirected', async () => {
    const before = await cluster.inspected();
    const reply = await cluster.at('outside').call({ host: web.ipv4, port: 81, path: ATTACK });
    expect(reply.status).toBe(200);
    expect(await cluster.inspected()).toBe(before);
  });

  it('what a pod asks of others or of itself is not redirected: only what it receives', async () => {
    const before = await cluster.inspected();
    expect((await cluster.at('web').call({ host: free.ipv4, port: 80, path: ATTACK })).status).toBe(200);
    expect((await cluster.at('web').call({ host: '127.0.0.1', port: 80, path: ATTACK })).status).toBe(200);
    expect(await cluster.inspected()).toBe(before);
  });

  it('Envoy’s own port in the pod cannot be reached but by redirection', async () => {
    for (const port of [15_006, 15_007]) {
      const reply = await cluster.at('outside').call({ host: web.ipv4, port, path: '/' });
      expect(reply).toMatchObject({ status: 0, error: 'ECONNREFUSED' });
    }
  });

  it('a kubelet’s probes pass: HTTP with its header lines, and a connection that says nothing', async () => {
    const headers = {
      host: `${web.ipv4}:80`,
      'user-agent': 'kube-probe/1.37',
      accept: '*/*',
      connection: 'close',
    };
    const probe = await cluster.at('nodeA').call({ host: web.ipv4, port: 80, path: '/healthz', headers });
    expect(probe.status).toBe(200);
    const open = await cluster.at('nodeA').raw({ host: web.ipv4, port: 80, pieces: [], silenceMillis: 300 });
    expect(open).toEqual({ received: '', end: 'silence' });
  });

  it('a thousand connections of one client, all open: none is taken for another', async () => {
    // Envoy has the client's address and may choose a port that the client has too: here it must, time and again.
    // Below the ports that systems choose: none of those of earlier connections is among them.
    const [lowest, count] = [22_000, 1_000];
    run([
      ...inside('web', ['sysctl', '-qw', `net.ipv4.ip_local_port_range=${lowest} ${lowest + 2 * count}`]),
    ]);
    const calls = Array.from({ length: count }, (_, index) =>
      cluster.at('outside').call({
        ...{ host: web.ipv4, port: 80, path: `/${index}?wait=1500`, headers: BROWSER },
        localPort: lowest + index,
      }),
    );
    const replies = await Promise.all(calls);
    expect(replies.filter(({ status }) => status !== 200)).toEqual([]);
    const urls = cluster
      .at('web')
      .taken()
      .map(({ url }) => url);
    expect(new Set(urls).size).toBe(count);
  });
});

suiteInNamespaces('a policy in the forward path', () => {
  let cluster: Cluster;
  afterAll(() => cluster?.stop());

  it('refuses with Sluice whom it refuses without it, by source, for new connections, over IPv4 and IPv6', async () => {
    cluster = await startCluster();
    const web = await cluster.pod('nodeA', 'web');
    const allowed = await cluster.pod('nodeB', 'allowed');
    const refused = await cluster.pod('nodeB', 'refused');
    const rules = [
      'table inet refusals { chain forward { type filter hook forward priority filter; policy accept;',
      `ip saddr ${refused.ipv4} ip daddr ${web.ipv4} tcp dport 80 counter reject with tcp reset`,
      `ip6 saddr ${refused.ipv6} ip6 daddr ${web.ipv6} tcp dport 80 counter reject with tcp reset`,
      '}',
      '}',
      '',
    ];
    run([...inside('nodeA', ['nft', '-f', '-'])], rules.join('\n'));
    const ask = async (client: string, host: string): Promise<string> => {
      const { status, error } = await cluster.at(client).call({ host, port: 80, headers: BROWSER });
      return status === 0 ? error : String(status);
    };
    const all = async (): Promise<unknown> => ({
      allowed: [await ask(allowed.name, web.ipv4), await ask(allowed.name, web.ipv6)],
      refused: [await ask(refused.name, web.ipv4), await ask(refused.name, web.ipv6)],
    });
    const without = await all();
    expect(without).toEqual({ allowed: ['200', '200'], refused: ['ECONNREFUSED', 'ECONNREFUSED'] });
    cluster.nodes.nodeA.select([{ place: web }]);
    await until(() => cluster.nodes.nodeA.intercepts('web'));
    expect(await all()).toEqual(without);
    expect(await cluster.inspected()).toBe(2);
  });
});
