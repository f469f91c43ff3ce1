/** The pages in a real browser, on events whose every text an attacker has written. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crsCorpus } from '../../bench/peers/corpus.ts';
import { payloadsOf } from '../agreement/payloads.ts';
import { launch, openPage, seriousFaults, settled, signIn } from './browser.ts';
import { seededEvents, seededTraffic } from './seed.ts';
import { type ConsoleStand, PASSWORD, startConsoleStand, store } from './stand.ts';

const MARKUP = /[<>]|javascript:|on\w+=/i;
const PAYLOADS = payloadsOf(crsCorpus()).filter((payload) => MARKUP.test(payload));
/** Each payload is in an event. */
const EVENTS = PAYLOADS.length * 2;

let stand: ConsoleStand;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  stand = await startConsoleStand();
  const until = Date.now() - 60_000;
  await store(stand.store, seededEvents({ events: EVENTS, until, payloads: PAYLOADS }));
  await store(stand.store, seededTraffic(until, PAYLOADS));
  browser = await launch();
  page = await openPage(browser, stand.url, faults);
});

afterAll(async () => {
  await browser?.close();
  await stand?.close();
});

/** No element came of a payload: no script, frame, image or handler that is not the application's own. */
async function nothingRan(): Promise<void> {
  expect(faults).toEqual([]);
  expect(stand.console.policyReports).toBe(0);
  const strange = await page.evaluate(
    '[...document.querySelectorAll(\'iframe, object, embed, img, form[action], a[href^="javascript" i], script:not([src^="/assets/"])\')].map((each) => each.outerHTML)',
  );
  expect(strange).toEqual([]);
}

describe('the console in a browser', () => {
  it('lets the first user in by the token that was printed', async () => {
    await page.goto(`/#${stand.token}`);
    await page.getByLabel('Name').fill('root');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    const serious = await seriousFaults(page);
    await page.getByRole('button', { name: 'Make the first user' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(page.url()).not.toContain(stand.token);
    expect(serious).toEqual([]);
  });

  it('signs out, and in again', async () => {
    await page.getByRole('button', { name: 'root (admin)' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await signIn(page, 'root');
  });

  it.each([
    ['/overview', 'Overview'],
    ['/events', 'Events'],
    ['/traffic', 'Traffic'],
    ['/users', 'Users'],
    ['/audit', 'Audit log'],
    ['/account', 'Password'],
  ])('%s has a heading, nothing serious for axe, and runs nothing of an attacker', async (path, heading) => {
    await page.goto(path);
    await page.getByRole('heading', { name: heading, level: 2 }).waitFor();
    await settled(page);
    expect(await seriousFaults(page)).toEqual([]);
    await nothingRan();
  });

  it('shows every event on its page as text', async () => {
    const { documents } = await stand.store.search({ dataSet: 'waf', query: { kind: 'all' }, size: 1_000 });
    const one = documents.filter((_, index) => index % Math.ceil(documents.length / 25) === 0);
    for (const { id, document } of one) {
      await page.goto(`/events/waf/${id}`);
      await page.getByRole('heading', { name: 'Rules that matched' }).waitFor();
      await settled(page);
      const agent = String(Object(document.user_agent).original);
      const plain = agent
        .replace(/[^\x20-\x7e]/g, '')
        .trim()
        .slice(0, 12);
      if (plain !== '' && !/[^\x20-\x7e]/.test(agent))
        expect(await page.locator('main').textContent()).toContain(plain);
      await nothingRan();
    }
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('finds by a query, and says where one is wrong', async () => {
    await page.goto('/events');
    const box = page.getByRole('combobox', { name: 'Query' });
    await box.fill('waf.rules.id = 942100 AND waf.destination.namespace = shop');
    await box.press('Escape');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.waitForURL(/q=waf/);
    const rules = async (): Promise<readonly string[]> => [
      ...new Set(await page.locator('table tbody tr td:nth-child(4)').allTextContents()),
    ];
    await expect.poll(rules).toEqual(['942100']);
    await box.fill('waf.rules.id == 1');
    await box.press('Escape');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    expect(await page.getByRole('alert').textContent()).toMatch(/^column 1\d: .*\nwaf.rules.id == 1\n +\^/);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('keeps to a value by a click, and takes it into the address', async () => {
    await page.goto('/events');
    await settled(page);
    await page.getByRole('button', { name: 'Only workloads Deployment/bank' }).click();
    await page.waitForURL(/q=/);
    expect(new URL(page.url()).searchParams.get('q')).toBe('waf.destination.owner = "Deployment/bank"');
    const owners = async (): Promise<readonly string[]> => [
      ...new Set(await page.locator('table tbody tr td:nth-child(6)').allTextContents()),
    ];
    await expect.poll(owners).toEqual(['Deployment/bank']);
  });

  it('shows a viewer of one namespace nothing of the other', async () => {
    await page.goto('/users');
    await page.getByRole('textbox', { name: 'Name' }).fill('vera');
    await page.getByRole('combobox', { name: 'Namespaces' }).fill('shop');
    await page.getByRole('combobox', { name: 'Namespaces' }).press('Enter');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: 'vera' }).waitFor();
    const hers = await openPage(browser, stand.url, faults);
    await signIn(hers, 'vera');
    for (const path of ['/overview', '/events', '/traffic']) {
      await hers.goto(path);
      await hers.getByRole('heading', { level: 2 }).waitFor();
      await settled(hers);
      const text = await hers.locator('body').textContent();
      if (path !== '/traffic') expect(text).toContain('Deployment/shop');
      expect(text).not.toContain('Deployment/bank');
    }
    expect(await hers.getByRole('link', { name: 'Users' }).count()).toBe(0);
    await hers.context().close();
  });
});
