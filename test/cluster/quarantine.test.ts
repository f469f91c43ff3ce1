/** A pod that attacks is cut off, by what its event says of it, and let go again. The NetworkPolicy is rendered on both nodes. */
import { loadKubeconfig } from '@sluice/controller';
import { ApiClient } from '@sluice/controller/cluster/client';
import { Quarantine, targetOf } from '@sluice/controller/quarantine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { INSPECT_ANNOTATION } from '../../packages/controller/src/kinds/names.ts';
import { until } from '../interception/cluster.ts';
import { PolicyPlugin } from './network-policy.ts';
import { Shop, WEB } from './shop.ts';
import { suiteOnTwoNodes } from './suite.ts';

const PLUGIN_PAUSE_MILLIS = 100;
/** Far more than an answer takes within a machine. */
const SILENCE_MILLIS = 1_500;
const REQUEST =
  'GET /?q=hose HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n\r\n';

interface SourceOfEvent {
  readonly event: { readonly id: string };
  readonly waf: {
    readonly source: { readonly namespace: string; readonly pod: string; readonly uid: string };
  };
}

suiteOnTwoNodes('quarantine on two nodes', () => {
  let shop: Shop;
  let plugin: PolicyPlugin;
  let client: ApiClient;
  let quarantine: Quarantine;

  beforeAll(async () => {
    shop = await Shop.start();
    client = new ApiClient(loadKubeconfig({ kubeconfig: shop.stand.api.kubeconfig() }));
    quarantine = new Quarantine({ api: client, actor: 'jane', origin: 'person' });
    plugin = new PolicyPlugin(shop.stand.api, PLUGIN_PAUSE_MILLIS);
    await shop.annotate({ [INSPECT_ANNOTATION]: 'true' });
    await shop.intercepted(true);
  });
  afterAll(async () => {
    await plugin?.stop();
    client?.close();
    await shop?.stand.stop();
  });

  /** The first line of an answer, or what came in its place. */
  async function answer(from: string, host: string): Promise<string> {
    const call = { host, port: 80, pieces: [REQUEST], silenceMillis: SILENCE_MILLIS };
    const { received, end } = await shop.stand.at(from).raw(call);
    return received === '' ? end : (received.split('\r\n')[0] ?? '');
  }

  const answers = (from: string, hosts: readonly string[]): Promise<readonly string[]> =>
    Promise.all(hosts.map((host) => answer(from, host)));

  it('ends the traffic of the pod that an event names, in both directions, and nobody else’s', async () => {
    const { scanner, web, stand } = shop;
    const attacker = scanner.nodeB;
    const all = [...shop.addresses, WEB, scanner.nodeA.place.ipv4];
    const name = shop.name();
    expect(await shop.attack(attacker.name, web.nodeA.place.ipv4, name)).toBe(403);
    await expect.poll(() => stand.eventsOf(name)).toHaveLength(1);
    expect(new Set(await answers(attacker.name, all))).toEqual(new Set(['HTTP/1.1 200 OK']));
    const [found] = await stand.eventsOf(name);
    const { event, waf } = found as unknown as SourceOfEvent;
    const { outcome, pod } = await quarantine.put(targetOf({ id: event.id, ...waf.source }), {
      ...{ reason: 'it attacks the shop', seconds: 600, event: event.id },
    });
    expect([outcome, pod.uid]).toEqual(['quarantined', attacker.uid]);
    await until(() => plugin.drops('nodeB', attacker.place.ipv4));
    for (const each of Object.values(web)) stand.at(each.name).taken();
    expect(new Set(await answers(attacker.name, all))).toEqual(new Set(['silence']));
    expect(shop.arrivals()).toEqual([]);
    for (const from of ['outside', web.nodeB.name, scanner.nodeA.name])
      expect(await answer(from, attacker.place.ipv4)).toBe('silence');
    // The other pod of the same workload, and those that were attacked, as before.
    expect(new Set(await answers(scanner.nodeA.name, [...shop.addresses, WEB]))).toEqual(
      new Set(['HTTP/1.1 200 OK']),
    );
    expect(await answer('outside', scanner.nodeA.place.ipv4)).toBe('HTTP/1.1 200 OK');
    expect(await shop.attack('outside', web.nodeB.place.ipv4)).toBe(403);
  });

  it('gives back what it took when the pod is let go', async () => {
    const { nodeB: attacker } = shop.scanner;
    const target = { kind: 'name', namespace: 'shop', name: attacker.name } as const;
    expect(await quarantine.release(target)).toMatchObject({ outcome: 'released' });
    await until(() => !plugin.drops('nodeB', attacker.place.ipv4));
    expect(new Set(await answers(attacker.name, [...shop.addresses, WEB]))).toEqual(
      new Set(['HTTP/1.1 200 OK']),
    );
    expect(await answer('outside', attacker.place.ipv4)).toBe('HTTP/1.1 200 OK');
    expect(await shop.attack(attacker.name, shop.web.nodeA.place.ipv4)).toBe(403);
  });
});
