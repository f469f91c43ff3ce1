/** What stands on the nodes holds without what wrote it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { INSPECT_ANNOTATION } from '../../packages/controller/src/kinds/names.ts';
import { until } from '../interception/cluster.ts';
import { Shop, WEB } from './shop.ts';
import { suiteOnTwoNodes } from './suite.ts';

suiteOnTwoNodes('two nodes without a cluster', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.start();
    await shop.annotate({ [INSPECT_ANNOTATION]: 'true' });
    await shop.intercepted(true);
  });
  afterAll(() => shop?.stand.stop());

  it('controller, API server and all that follows it are gone: attacks are refused, also behind a restart of the server', async () => {
    const { controller, api, nodes } = shop.stand;
    await controller.kill();
    await api.kill();
    expect(await shop.attacks()).toEqual([403]);
    for (const { sync, server } of Object.values(nodes)) {
      await sync.kill();
      sync.start();
      await server.kill();
    }
    // Closed is what the policy says while its server is away.
    expect(await shop.attacks()).toEqual([503]);
    for (const { server } of Object.values(nodes)) server.start();
    const statuses = new Set<number>();
    await until(async () => {
      const now = await shop.attacks();
      for (const status of now) statuses.add(status);
      return now.every((status) => status === 403);
    });
    expect([...statuses].sort()).not.toContain(200);
    expect(await shop.clean('outside', WEB)).toMatchObject({ status: 200 });
    await api.restart();
    controller.start();
    await shop.annotate({ [INSPECT_ANNOTATION]: 'false' });
    await shop.intercepted(false);
    expect(await shop.attacks()).toEqual([200]);
  });
});
