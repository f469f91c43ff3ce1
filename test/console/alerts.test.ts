/** The alert that people who come from Calico have, in the browser: it fires, is acknowledged, silenced and resolved, and its deliveries are seen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineAlert, readAlertSpecs, webhookSchema } from '@sluice/hub';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../alerts/receiver.ts';
import { launch, openPage, seriousFaults, settled, signIn } from './browser.ts';
import { seededEvents } from './seed.ts';
import { admin, type ConsoleStand, PASSWORD, startConsoleStand, store } from './stand.ts';

const EXAMPLE = join(import.meta.dirname, '../alerts/global-alert-942100.yaml');
const [example] = readAlertSpecs(EXAMPLE);
const NAME = example?.name ?? '';
const HOUR = 3_600_000;
const EVENTS = 60;

let stand: ConsoleStand;
let receiver: Receiver;
let browser: Browser;
let page: Page;
let ahead = 0;
const faults: string[] = [];

beforeAll(async () => {
  receiver = await startReceiver([500]);
  stand = await startConsoleStand({
    alerts: { [NAME]: example?.spec },
    webhooks: { people: webhookSchema.parse({ kind: 'generic', url: receiver.url, allowLocal: true }) },
    now: () => Date.now() + ahead,
  });
  // A day of events, of which an hour is in the lookback.
  await store(stand.store, seededEvents({ events: EVENTS * 24, until: Date.now(), payloads: ["1' OR 1=1"] }));
  const root = await admin(stand);
  await root.ask('PUT', '/api/users/omar', { role: 'operator', namespaces: null, password: PASSWORD });
  browser = await launch();
  page = await openPage(browser, stand.url, faults);
  await signIn(page, 'omar');
  await page.getByRole('link', { name: 'Alerts' }).click();
});

afterAll(async () => {
  await browser?.close();
  await stand?.close();
  receiver?.close();
});

const main = async (): Promise<string> => (await page.locator('main').textContent()) ?? '';

async function again(): Promise<string> {
  await page.getByRole('button', { name: 'Look again' }).click();
  await settled(page);
  return main();
}

const tab = (name: string): Promise<void> => page.getByRole('tab', { name }).click();

describe('an alert under Activity > Alerts', () => {
  it('fires, with how many events, and leads to the newest of them', async () => {
    await expect.poll(again, { timeout: 90_000 }).toContain(NAME);
    expect(await main()).toMatch(/ActivityAlerts.*firing.*waf-new-alert-rule-info/s);
    await page.getByRole('link', { name: 'newest event' }).click();
    await page.getByRole('heading', { name: 'Rules that matched' }).waitFor();
    expect(await main()).toContain('942100');
    await page.goBack();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('is busy while it is looked at again, until there is an answer', async () => {
    // The page that was gone back to has its first answer: that is not the one which is held.
    await page.locator('main').getByText(NAME).first().waitFor();
    await settled(page);
    const held = Promise.withResolvers<void>();
    await page.route(/\/v1\/alerts/, async (route) => {
      await held.promise;
      await route.continue();
    });
    const busy = page.locator('main [aria-busy=true]').filter({ hasText: NAME });
    await page.getByRole('button', { name: 'Look again' }).click();
    await busy.waitFor({ state: 'attached' });
    held.resolve();
    await busy.waitFor({ state: 'detached' });
    expect(await main()).toContain(NAME);
    await page.unrouteAll({ behavior: 'wait' });
  });

  it('is acknowledged by who is signed in', async () => {
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await expect.poll(main).toMatch(/acknowledged.*by omar/s);
    expect(await page.getByRole('button', { name: 'Acknowledge' }).isDisabled()).toBe(true);
  });

  it('is silenced, and not silenced any more', async () => {
    await page.getByRole('button', { name: 'Silence' }).click();
    await page.getByRole('menuitem', { name: 'for an hour' }).click();
    await expect.poll(main).toContain('silenced');
    await page.getByRole('button', { name: 'Silence' }).click();
    await page.getByRole('menuitem', { name: 'no more' }).click();
    await expect.poll(main).not.toContain('silenced');
  });

  it('has told its webhook, at the second attempt, as deliveries show', async () => {
    await expect.poll(() => receiver.taken.size, { timeout: 90_000 }).toBeGreaterThan(0);
    await tab('Deliveries');
    await expect
      .poll(async () => {
        await tab('Rules');
        await tab('Deliveries');
        await settled(page);
        return page
          .getByRole('row', { name: /people/ })
          .first()
          .textContent();
      })
      .toMatch(/waf-new-alert-rule-info.*people.*told.*2/s);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('is resolved when its events are past, and stays to be seen', async () => {
    await tab('What fires');
    ahead = 30 * HOUR;
    await expect.poll(again, { timeout: 120_000 }).toContain('Nothing fires.');
    await tab('What is over');
    await expect.poll(main).toMatch(/resolved.*waf-new-alert-rule-info/s);
    expect(await page.getByRole('button', { name: 'Acknowledge' }).count()).toBe(0);
    ahead = 0;
  });

  it('of a new rule tells when it would have fired, and is a file that the hub reads', async () => {
    await tab('New rule');
    await page.getByRole('textbox', { name: 'Summary' }).fill('attacks: "quoted" # and more');
    await page.getByRole('textbox', { name: 'Query' }).fill('waf.rules.id = 941100');
    await page.getByRole('button', { name: 'When would it have fired?' }).click();
    expect(await page.getByRole('status').textContent()).toMatch(/It would have fired [1-9]\d* times/);
    const folder = mkdtempSync(join(tmpdir(), 'sluice-alert-file-'));
    try {
      const path = join(folder, 'alert.yaml');
      writeFileSync(path, (await page.getByLabel('The alert as a file').textContent()) ?? '');
      const [made] = readAlertSpecs(path);
      expect(defineAlert(made?.name ?? '', made?.spec)).toMatchObject({
        ...{ name: 'blocked-requests', summary: 'attacks: "quoted" # and more', period: 600_000 },
        queryText: 'waf.rules.id = 941100',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(faults).toEqual([]);
    expect(stand.console.policyReports).toBe(0);
  });
});
