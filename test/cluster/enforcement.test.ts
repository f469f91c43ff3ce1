/** From an annotation, or a policy, to what a client gets and what the hub knows, through everything that stands between: on two nodes. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { CALICO_L7_ANNOTATION, INSPECT_ANNOTATION } from '../../packages/controller/src/kinds/names.ts';
import { gatewayDefinitions } from '../kubernetes/gateway-definitions.ts';
import { NAMESPACE, NODE_NAMES } from './objects.ts';
import { attackOf, HEADERS, Shop, WEB } from './shop.ts';
import { suiteOnTwoNodes } from './suite.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../deploy/examples');
const LAYER = resolve(EXAMPLES, 'calico/application-layer.yaml');
const HTTP_ROUTE = resolve(EXAMPLES, 'kubernetes/http-route.yaml');

suiteOnTwoNodes('two nodes under a controller', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.start();
  });
  afterAll(() => shop?.stand.stop());
  afterEach(() => void shop.arrivals());

  it('inspect nothing that nobody has selected', async () => {
    expect(await shop.attacks()).toEqual([200]);
  });

  it('deny an attack on an annotated Service, from outside and from pods of either node', async () => {
    await shop.annotate({ [INSPECT_ANNOTATION]: 'true' });
    await shop.intercepted(true);
    shop.arrivals();
    expect(await shop.attacks()).toEqual([403]);
    expect(shop.arrivals().filter((url) => url.includes('UNION'))).toEqual([]);
    for (const host of [...shop.addresses, WEB])
      expect(await shop.clean('outside', host)).toMatchObject({ status: 200 });
  });

  it('tell the hub which pod has asked which pod of which Service, with owners and labels', async () => {
    const { scanner, web, stand } = shop;
    const [from, to] = [scanner.nodeB, web.nodeA];
    const name = shop.name();
    expect(await shop.attack(from.name, to.place.ipv4, name)).toBe(403);
    await expect.poll(() => stand.eventsOf(name)).toHaveLength(1);
    const [event] = await stand.eventsOf(name);
    expect(event).toMatchObject({
      observer: { name: NODE_NAMES.nodeA },
      source: { ip: from.place.ipv4 },
      waf: {
        ...{ mode: 'Block', status: 403 },
        source: {
          ...{ namespace: 'shop', pod: from.name, uid: from.uid, owner: 'Deployment/scanner' },
          labels: ['app=scanner'],
        },
        destination: {
          ...{ namespace: 'shop', pod: to.name, uid: to.uid, owner: 'Deployment/web' },
          ...{ labels: ['app=web'], service: 'web' },
        },
      },
    });
  });

  it('tell of who comes from outside by the address alone', async () => {
    const name = shop.name();
    await shop.attack('outside', shop.web.nodeB.place.ipv4, name);
    await expect.poll(() => shop.stand.eventsOf(name)).toHaveLength(1);
    const [event] = await shop.stand.eventsOf(name);
    expect(event?.waf).not.toHaveProperty('source');
    expect(event).toMatchObject({
      source: { ip: shop.stand.outside.ipv4 },
      observer: { name: NODE_NAMES.nodeB },
      waf: { destination: { pod: shop.web.nodeB.name, owner: 'Deployment/web' } },
    });
  });

  it('let go of a Service whose annotation is gone', async () => {
    await shop.annotate({ [INSPECT_ANNOTATION]: null });
    await shop.intercepted(false);
    expect(await shop.attacks()).toEqual([200]);
  });

  it('heed the annotation of Calico for as long as there is an ApplicationLayer', async () => {
    await shop.annotate({ [CALICO_L7_ANNOTATION]: 'true' });
    await shop.stand.api.apply(readFileSync(LAYER, 'utf8'));
    await shop.intercepted(true);
    expect(await shop.attacks()).toEqual([403]);
    await shop.stand.api.request('DELETE', '/apis/operator.tigera.io/v1/applicationlayers/tigera-secure');
    await shop.intercepted(false);
    expect(await shop.attacks()).toEqual([200]);
    await shop.annotate({ [CALICO_L7_ANNOTATION]: null });
  });

  it('hold a policy for an HTTPRoute on the pods behind it, for whoever asks by whatever host', async () => {
    await shop.stand.api.apply(gatewayDefinitions());
    await shop.stand.api.apply(readFileSync(HTTP_ROUTE, 'utf8'));
    await shop.intercepted(true);
    await expect
      .poll(() => shop.condition('web-route', 'Enforcing'))
      .toMatch(/^True Enforced: On 2 of 2 nodes/);
    shop.arrivals();
    expect(await shop.attacks()).toEqual([403]);
    const other = { ...HEADERS, host: 'another.example' };
    const attack = { host: WEB, port: 80, path: attackOf(shop.name()), headers: other };
    expect(await shop.stand.at('outside').call(attack)).toMatchObject({ status: 403 });
    expect(shop.arrivals().filter((url) => url.includes('UNION'))).toEqual([]);
    await shop.stand.api.request(
      'DELETE',
      `/apis/gateway.networking.k8s.io/v1/namespaces/${NAMESPACE}/httproutes/web`,
    );
    await shop.intercepted(false);
    expect(await shop.attacks()).toEqual([200]);
    await shop.removePolicy('web-route');
  });

  it('say on which nodes a policy is enforced, and why not on others', async () => {
    const { web, stand } = shop;
    stand.links.remove(web.nodeB);
    await shop.policy('shop', { mode: 'Block' });
    await expect
      .poll(() => shop.condition('shop', 'Enforcing'))
      .toMatch(/^False PartlyEnforced: On 1 of 2 nodes it is enforced\. shop\/web-b on node-b: NoNamespace/);
    expect(await shop.attack('outside', web.nodeA.place.ipv4)).toBe(403);
    stand.links.add(web.nodeB);
    await expect
      .poll(() => shop.condition('shop', 'Enforcing'))
      .toBe('True Enforced: On 2 of 2 nodes the probes of all its pods were answered as it says.');
    expect(await shop.attacks()).toEqual([403]);
  });
});
