/** Traffic as a map: by pointer and by keyboard, beside the table that says the same. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch, openPage, seriousFaults, settled, signIn } from './browser.ts';
import { seededTraffic } from './seed.ts';
import { admin, type ConsoleStand, startConsoleStand, store } from './stand.ts';

let stand: ConsoleStand;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  stand = await startConsoleStand();
  await store(stand.store, seededTraffic(Date.now() - 60_000, ['/items']));
  await admin(stand);
  browser = await launch();
  page = await openPage(browser, stand.url, faults);
  await signIn(page, 'root');
  await page.goto('/traffic');
  await page.getByRole('radiogroup', { name: 'Grouped by' }).getByText('Workloads').click();
  await settled(page);
});

afterAll(async () => {
  await browser?.close();
  await stand?.close();
});

it('shows who calls whom, as the table does', async () => {
  const map = page.getByRole('group', { name: 'Map of 2 connections between 3 workloads' });
  await map.waitFor();
  const names = await map.locator('text').allTextContents();
  expect(names.toSorted()).toEqual(['Deployment/bank', 'Deployment/browser', 'Deployment/shop']);
  const titles = await map.locator('path title').allTextContents();
  expect(titles.toSorted()[0]).toMatch(/^Deployment\/browser → Deployment\/bank: \d+ requests, \d+ refused/);
  expect(await page.getByRole('row').count()).toBe(3);
  expect(await seriousFaults(page)).toEqual([]);
});

it('keeps to a workload that is chosen by a key', async () => {
  await page.getByRole('button', { name: 'Only traffic of Deployment/bank' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=/);
  await page.getByRole('group', { name: 'Map of 1 connections between 2 workloads' }).waitFor();
  expect(await page.locator('main').textContent()).not.toContain('Deployment/shop');
  expect(faults).toEqual([]);
});
