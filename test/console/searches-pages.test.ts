/** Saved searches on the page of events, by the keyboard alone, with names that an attacker might choose. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage, seriousFaults, settled, signIn } from './browser.ts';
import { seededEvents } from './seed.ts';
import { admin, type ConsoleStand, PASSWORD, startConsoleStand, store } from './stand.ts';

const HOSTILE = '<img src=x onerror=alert(1)> \u202egnp';
const SHOWN = '<img src=x onerror=alert(1)> \\u{202e}gnp';

let stand: ConsoleStand;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  stand = await startConsoleStand();
  await store(stand.store, seededEvents({ events: 200, until: Date.now() - 60_000, payloads: ['x'] }));
  const root = await admin(stand);
  for (const [name, role, namespaces] of [
    ['omar', 'operator', null],
    ['vera', 'viewer', ['shop']],
  ] as const)
    await root.ask('PUT', `/api/users/${name}`, { role, namespaces, password: PASSWORD });
  browser = await launch();
  page = await openPage(browser, stand.url, faults);
  await signIn(page, 'omar');
});

afterAll(async () => {
  await browser?.close();
  await stand?.close();
});

const section = (on: Page) => on.getByRole('region', { name: 'Saved searches' });
const open = async (on: Page, path = '/events'): Promise<void> => {
  await on.goto(path);
  const button = on.getByRole('button', { name: 'Saved searches' });
  await button.focus();
  await on.keyboard.press('Enter');
  await section(on).getByRole('heading', { name: 'Saved searches' }).waitFor();
  await settled(on);
};

async function save(on: Page, name: string): Promise<void> {
  await section(on).getByLabel('Name of this search').focus();
  await on.keyboard.type(name);
  await on.keyboard.press('Enter');
  await expect.poll(() => section(on).getByRole('status').textContent()).toMatch(/^Saved /);
}

const namesOn = (on: Page): Promise<readonly string[]> =>
  section(on).locator('tbody tr td:nth-child(1)').allTextContents();

describe('saved searches', () => {
  it('are saved with the query and the time of the page, and a link opens the same', async () => {
    const query = 'waf.destination.namespace = bank AND url.path IN {"/items/*"}';
    const path = `/events?${new URLSearchParams({ q: query, span: '3600000' })}`;
    await open(page, path);
    await save(page, HOSTILE);
    await expect.poll(() => namesOn(page)).toEqual([SHOWN]);
    await page.goto('/events');
    await open(page);
    await section(page).getByRole('link', { name: SHOWN }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=/);
    const { searchParams } = new URL(page.url());
    expect([searchParams.get('q'), searchParams.get('span')]).toEqual([query, '3600000']);
    expect(await page.getByRole('combobox', { name: 'Query' }).inputValue()).toBe(query);
    await settled(page);
    expect(await seriousFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    expect(stand.console.policyReports).toBe(0);
    expect(await page.locator('img').count()).toBe(0);
  });

  it('of a time that was dragged keep that time', async () => {
    const to = Date.now();
    await open(page, `/events?from=${to - 60_000}&to=${to}`);
    await save(page, 'a minute');
    const link = await section(page).getByRole('link', { name: 'a minute' }).getAttribute('href');
    expect(link).toBe(`/events?from=${to - 60_000}&to=${to}`);
  });

  it('are renamed by the keyboard, the focus goes along, and a name that is taken is said to be', async () => {
    await open(page);
    const focused = (): Promise<string> =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    await page.getByRole('button', { name: 'Rename a minute' }).focus();
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('New name of a minute');
    await page.keyboard.press('Escape');
    await expect.poll(focused).toBe('Rename a minute');
    await page.keyboard.press('Enter');
    await page.keyboard.type(HOSTILE);
    await page.keyboard.press('Enter');
    await section(page).getByRole('alert').getByText('CONSOLE_SEARCH', { exact: true }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel('New name of a minute').fill('the minute');
    await page.keyboard.press('Enter');
    await expect.poll(() => namesOn(page)).toEqual([SHOWN, 'the minute']);
    await expect.poll(focused).toBe('Rename the minute');
  });

  it('that are shared are seen by a viewer, who changes nothing of them', async () => {
    await open(page);
    await page.getByRole('button', { name: 'Share the minute' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Share no more the minute' }).waitFor();
    const hers = await openPage(browser, stand.url, faults);
    await signIn(hers, 'vera');
    await open(hers);
    expect(await namesOn(hers)).toEqual(['the minute']);
    expect(await section(hers).getByText('omar').count()).toBe(1);
    expect(await section(hers).getByRole('button').allTextContents()).toEqual(['Save']);
    expect(await section(hers).getByRole('checkbox').count()).toBe(0);
    await save(hers, 'hers');
    await expect.poll(() => namesOn(hers)).toEqual(['hers', 'the minute']);
    expect(await seriousFaults(hers)).toEqual([]);
    await hers.context().close();
  });

  it('are removed once one is sure, by the keyboard', async () => {
    await open(page);
    await page.getByRole('button', { name: 'Remove the minute' }).focus();
    await page.keyboard.press('Enter');
    expect(await namesOn(page)).toContain('the minute');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => namesOn(page)).toEqual([SHOWN]);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Saved searches',
    );
  });
});
