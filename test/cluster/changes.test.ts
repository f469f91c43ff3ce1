/** Policies change while clients ask: no request fails, and nothing is less strict than it should be. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { INSPECT_ANNOTATION } from '../../packages/controller/src/kinds/names.ts';
import { until } from '../interception/cluster.ts';
import { NAMESPACE } from './objects.ts';
import { HEADERS, Shop, WEB } from './shop.ts';
import { suiteOnTwoNodes } from './suite.ts';

const API_VERSION = 'sluice.dev/v1alpha1';
/** What the attack of these tests is found by. */
const SQLI = { rules: ['942000-942999'], reason: 'the shop sells SQL' };

suiteOnTwoNodes('changes on two nodes', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.start();
    // Policies of the shop may be weaker than what they inherit.
    await clusterPolicy({ allow: { mode: 'Detect', exclusions: ['*'] } });
  });
  afterAll(() => shop?.stand.stop());

  const clusterPolicy = (spec: object): Promise<unknown> =>
    shop.stand.api.apply([
      { apiVersion: API_VERSION, kind: 'ClusterWAFPolicy', metadata: { name: 'all' }, spec },
    ]);

  /** Ports of the kept connections of two clients to everything that they can ask. */
  async function ports(): Promise<readonly number[]> {
    const found: number[] = [];
    for (const from of ['outside', shop.scanner.nodeB.name]) {
      for (const host of [...shop.addresses, WEB]) {
        const reply = await shop.clean(from, host, `kept ${host}`);
        expect(reply).toMatchObject({ status: 200 });
        found.push(reply.from);
      }
    }
    return found;
  }

  it('a Service is annotated, and its annotation taken away, under load', async () => {
    const stop = await shop.load();
    await shop.annotate({ [INSPECT_ANNOTATION]: 'true' });
    await shop.intercepted(true);
    expect(await shop.attacks()).toEqual([403]);
    await shop.annotate({ [INSPECT_ANNOTATION]: null });
    await shop.intercepted(false);
    expect(await shop.attacks()).toEqual([200]);
    expect(await stop()).toEqual(['200']);
  });

  it('a policy in Detect selects its Service, lets attacks by with an event, and says where it is enforced', async () => {
    await shop.policy('shop', { mode: 'Detect' });
    await shop.intercepted(true);
    const { web, stand } = shop;
    for (const pod of Object.values(web)) {
      const name = shop.name();
      expect(await shop.attack('outside', pod.place.ipv4, name)).toBe(200);
      await expect.poll(() => stand.eventsOf(name)).toHaveLength(1);
      const [event] = await stand.eventsOf(name);
      expect(event).toMatchObject({
        waf: { mode: 'Detect', policy: 'shop/shop', would_block: true, destination: { pod: pod.name } },
      });
    }
    await expect
      .poll(() => shop.condition('shop', 'Programmed'))
      .toBe('True Programmed: In force on 2 nodes.');
    await expect
      .poll(() => shop.condition('shop', 'Enforcing'))
      .toBe('True Enforced: On 2 of 2 nodes the probes of all its pods were answered as it says.');
  });

  it('Detect becomes Block on both nodes under load, and what is under way is answered', async () => {
    const stop = await shop.load();
    const slow = shop.addresses.map((host) =>
      shop.stand.at('outside').call({ host, port: 80, path: '/?wait=3000', headers: HEADERS }),
    );
    await shop.policy('shop', { mode: 'Block' });
    await until(async () => (await shop.attacks()).every((status) => status === 403));
    for (const reply of await Promise.all(slow)) expect(reply).toMatchObject({ status: 200, error: '' });
    expect(await stop()).toEqual(['200']);
    await expect.poll(() => shop.condition('shop', 'Enforcing')).toContain('On 2 of 2 nodes');
  });

  it('an exclusion comes and goes on both nodes under load, and kept connections stay', async () => {
    const stop = await shop.load();
    const before = await ports();
    await shop.policy('shop', { mode: 'Block', exclusions: [SQLI] });
    await until(async () => (await shop.attacks()).every((status) => status === 200));
    await shop.policy('shop', { mode: 'Block' });
    await until(async () => (await shop.attacks()).every((status) => status === 403));
    expect(await ports()).toEqual(before);
    expect(await stop()).toEqual(['200']);
  });

  it('a RuleSet of the shop comes into force on both nodes, and one that is wrong does not reach them', async () => {
    const { api } = shop.stand;
    const stop = await shop.load();
    const ask = (host: string) =>
      shop.stand.at('outside').call({ host, port: 80, path: '/?q=forbidden', headers: HEADERS });
    const statuses = (): Promise<readonly number[]> =>
      Promise.all(shop.addresses.map(async (host) => (await ask(host)).status));
    const write = (after: string): Promise<unknown> =>
      api.apply([
        {
          ...{ apiVersion: API_VERSION, kind: 'RuleSet', spec: { after } },
          metadata: { name: 'own', namespace: NAMESPACE },
        },
      ]);
    expect(await statuses()).toEqual([200, 200]);
    await write('SecRule ARGS:q "@streq forbidden" "id:10001,phase:2,deny,status:403,t:none"');
    await shop.policy('shop', { mode: 'Block', ruleSets: ['own'] });
    await until(async () => (await statuses()).every((status) => status === 403));
    await expect(write('SecRule ARGS:q "@rx (" "id:10001,phase:2,deny"')).rejects.toThrow('own');
    expect(await statuses()).toEqual([403, 403]);
    await shop.policy('shop', { mode: 'Block' });
    await until(async () => (await statuses()).every((status) => status === 200));
    expect(await stop()).toEqual(['200']);
  });

  it('the policy goes, and a ClusterWAFPolicy selects every Service', async () => {
    await shop.removePolicy('shop');
    await shop.intercepted(false);
    await clusterPolicy({ select: 'All' });
    await shop.intercepted(true);
    expect(await shop.attacks()).toEqual([403]);
  });
});
