/** From an event to an exclusion in a cluster, in a real browser, on a real API server: shown as a change first, then made as who is signed in. */
import type { SpoolRecord } from '@sluice/spool';
import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import { tokenOf } from '../kubernetes/api-files.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';
import { suiteWithApiServer } from '../kubernetes/suite.ts';
import { makeService, OURS, ours } from '../kubernetes/view-stand.ts';
import { launch, openPage, seriousFaults, settled, signInByToken } from './browser.ts';
import {
  bindingOf,
  type ClusterStand,
  sentTo,
  startApiServer,
  startClusterStand,
  user,
} from './cluster-stand.ts';
import { seededEvents } from './seed.ts';
import { store } from './stand.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';

suiteWithApiServer('exclusions of a cluster on pages', () => {
  let server: ApiServer;
  let stand: ClusterStand;
  let desk: FileDesk;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    server = await startApiServer({ users: ['jane', 'vera'].map((name) => ({ name })) });
    await server.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    await makeService(server, 'shop', 'web');
    const targetRefs = [{ group: '', kind: 'Service', name: 'web' }];
    await server.apply([
      ours('ClusterWAFPolicy', 'house', { allow: { exclusions: ['*'] } }),
      ours('WAFPolicy', 'web', { targetRefs, mode: 'Detect' }, 'shop'),
      bindingOf('sluice-console-operator', user('jane'), 'shop'),
      bindingOf('sluice-console-viewer', user('vera'), 'shop'),
    ]);
    stand = await startClusterStand(server, {
      deskOf: (events) => {
        desk = new FileDesk({ file: null, store: events, log: pino({ level: 'silent' }) });
        return desk;
      },
    });
    const seeded = seededEvents({ events: 300, until: Date.now() - 60_000, payloads: ['hose'] });
    const sent = sentTo(seeded, () => ({ namespace: 'shop', service: 'web', policy: 'shop/web' }));
    await store(stand.store, [...sent].map(elsewhere));
    browser = await launch();
    page = await openPage(browser, stand.url, faults);
  });
  afterAll(async () => {
    await browser?.close();
    await desk?.close();
    await stand?.close();
    await server?.stop();
  });

  interface Entry {
    readonly owner: string;
    readonly reason: string;
  }

  async function exclusions(): Promise<readonly Entry[]> {
    const { spec } = await server.get<{ spec: { exclusions?: readonly Entry[] } }>(
      `${OURS}/namespaces/shop/wafpolicies/web`,
    );
    return spec.exclusions ?? [];
  }

  async function nothingWrong(on = page): Promise<void> {
    await settled(on);
    expect(await seriousFaults(on)).toEqual([]);
    expect(faults).toEqual([]);
    expect(stand.console.policyReports).toBe(0);
  }

  async function apply(): Promise<void> {
    await page.getByRole('button', { name: 'Apply' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /changed/ })
      .waitFor();
  }

  const eventId = async (): Promise<string> => {
    const { documents } = await stand.store.search({ dataSet: 'waf', query: { kind: 'all' }, size: 1 });
    return documents[0]?.id ?? '';
  };

  it('are shown as the change of the policy, and made in the name of who applies it', async () => {
    await signInByToken(page, tokenOf('jane'));
    await page.goto(`/events/waf/${await eventId()}/exclude`);
    await page.getByRole('heading', { name: 'What would pass' }).waitFor();
    await page.getByRole('textbox', { name: 'Owner' }).fill('team-shop');
    await page.getByRole('textbox', { name: 'Reason' }).fill(HOSTILE);
    const confirm = page.getByRole('textbox', { name: /^Type shop\/web to confirm/ });
    if ((await confirm.count()) > 0) await confirm.fill('shop/web');
    await nothingWrong();
    await page.getByRole('button', { name: 'Show the change' }).click();
    const difference = page.getByLabel('Difference');
    await difference.waitFor();
    expect(await difference.textContent()).toContain('+      owner: team-shop');
    expect(await exclusions()).toEqual([]);
    await nothingWrong();
    await apply();
    expect(await exclusions()).toMatchObject([{ owner: 'team-shop', reason: HOSTILE }]);
  });

  it('are listed with the object that has them, and taken away by a change that is shown', async () => {
    await page.goto('/exclusions');
    const main = page.locator('main');
    await expect
      .poll(async () => {
        await page.reload();
        await settled(page);
        return main.textContent();
      })
      .toContain('Owner: team-shop');
    expect(await main.textContent()).toContain('WAFPolicy shop/web: rules');
    await nothingWrong();
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByLabel('Difference').waitFor();
    expect(await page.getByLabel('Difference').textContent()).toMatch(/- +owner: team-shop/);
    expect(await exclusions()).toHaveLength(1);
    await nothingWrong();
    await apply();
    expect(await exclusions()).toEqual([]);
  });

  describe('that are proposed', () => {
    it('are chosen, judged together and written as one change', async () => {
      await page.goto('/promote?policy=shop/web');
      const boxes = page.getByRole('checkbox');
      await boxes.first().waitFor();
      const count = await boxes.count();
      expect(count).toBeGreaterThan(1);
      for (const box of await boxes.all()) await box.check();
      const chosen = page.getByRole('region', { name: 'What is chosen' });
      await chosen.getByText(/Of \d+ refused requests of the last 7 days \d+ would pass/).waitFor();
      await chosen.getByRole('textbox', { name: 'Owner' }).fill('team-shop');
      await nothingWrong();
      await chosen.getByRole('button', { name: 'Show the change' }).click();
      await page.getByLabel('Difference').waitFor();
      expect(await exclusions()).toEqual([]);
      await apply();
      expect(await exclusions()).toHaveLength(count);
    });
  });

  it('stand beside stages, each of which is a change that is shown first', async () => {
    await page.goto('/promote?policy=shop/web');
    await page.getByRole('button', { name: 'Show this stage' }).click();
    await page.getByLabel('Difference').waitFor();
    expect(await page.getByLabel('Difference').textContent()).toMatch(/\+ +percent: 10/);
    await nothingWrong();
    await apply();
    const { spec } = await server.get<{ spec: object }>(`${OURS}/namespaces/shop/wafpolicies/web`);
    expect(spec).toMatchObject({ mode: 'Detect', staged: { percent: 10 } });
  });

  it('are YAML for who may only look', async () => {
    const hers = await openPage(browser, stand.url, faults);
    await signInByToken(hers, tokenOf('vera'));
    await hers.goto(`/events/waf/${await eventId()}/exclude`);
    await hers.getByText('No exclusion lets it pass').waitFor();
    expect(await hers.getByRole('button', { name: 'Show the change' }).count()).toBe(0);
    await hers.goto('/exclusions');
    await hers.getByText('WAFPolicy shop/web').first().waitFor();
    expect(await hers.getByRole('button', { name: 'Remove…' }).count()).toBe(0);
    await nothingWrong(hers);
    await hers.context().close();
  });
});

/** One rule at a path of its own: an exclusion of its own. */
function elsewhere(record: SpoolRecord): SpoolRecord {
  const text = JSON.stringify(record.document);
  if (!text.includes('"id":"942100"')) return record;
  return { ...record, document: JSON.parse(text.replaceAll('/items/hose', '/tools/hose')) };
}
