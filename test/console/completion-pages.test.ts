/** The query box in a browser offers values that events of the time have, by the keyboard, as text, and never in the way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, SqliteStore } from '@sluice/hub';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launch, openPage, seriousFaults, settled, signIn } from './browser.ts';
import { seededEvents } from './seed.ts';
import { admin, type ConsoleStand, PASSWORD, startConsoleStand, store } from './stand.ts';

const PAYLOADS = [
  '<img src=x onerror=alert(1)>',
  'quote" and back\\slash',
  'a*b?c',
  'turned\u202eround',
  '100%41%2541',
];
/** A field whose values the store is never done with. */
const ENDLESS = 'waf.destination.pod';

let stand: ConsoleStand;
let events: EventStore;
const directory = mkdtempSync(join(tmpdir(), 'sluice-completion-'));
let browser: Browser;
let page: Page;
const faults: string[] = [];

/** A store that is slow for one field, as one that has too much to do is for all. */
function slowFor(field: string, real: EventStore): EventStore {
  return {
    kind: real.kind,
    append: (records) => real.append(records),
    search: (request) => real.search(request),
    count: (selection) => real.count(selection),
    get: (dataSet, id) => real.get(dataSet, id),
    stats: () => real.stats(),
    close: () => real.close(),
    aggregate: (request) =>
      request.kind === 'terms' && request.field === field
        ? Promise.withResolvers<never>().promise
        : real.aggregate(request),
  };
}

beforeAll(async () => {
  events = await SqliteStore.open({ path: join(directory, 'events.db') });
  await store(events, seededEvents({ events: 400, until: Date.now() - 60_000, payloads: PAYLOADS }));
  stand = await startConsoleStand({ store: slowFor(ENDLESS, events) });
  const root = await admin(stand);
  await root.ask('PUT', '/api/users/vera', { role: 'viewer', namespaces: ['shop'], password: PASSWORD });
  browser = await launch();
  page = await openPage(browser, stand.url, faults);
  await signIn(page, 'root');
});

afterAll(async () => {
  await browser?.close();
  await stand?.close();
  await events?.close();
  rmSync(directory, { recursive: true });
});

beforeEach(async () => {
  await page.goto('/events');
  await settled(page);
});

const box = (on: Page) => on.getByRole('combobox', { name: 'Query' });
const offered = (on: Page): Promise<readonly string[]> =>
  on.getByRole('listbox', { name: 'Query' }).getByRole('option').allTextContents();

async function type(on: Page, text: string): Promise<void> {
  await box(on).focus();
  await on.keyboard.type(text);
}

describe('a value', () => {
  it('is taken by the arrows and Enter, and a second Enter asks', async () => {
    await type(page, 'waf.destination.owner = ');
    await expect.poll(() => offered(page)).toEqual(['Deployment/shop', 'Deployment/bank']);
    expect(await seriousFaults(page)).toEqual([]);
    expect(await box(page).getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const active = await box(page).getAttribute('aria-activedescendant');
    expect(await page.locator(`[id="${active}"]`).textContent()).toBe('Deployment/bank');
    await page.keyboard.press('Enter');
    expect(await box(page).inputValue()).toBe('waf.destination.owner = "Deployment/bank"');
    expect(new URL(page.url()).searchParams.get('q')).toBe(null);
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=/);
    const owners = async (): Promise<readonly string[]> => [
      ...new Set(await page.locator('table tbody tr td:nth-child(6)').allTextContents()),
    ];
    await expect.poll(owners).toEqual(['Deployment/bank']);
  });

  it('is looked for by what is typed of it, in a set as well, and of a number by its digits', async () => {
    await type(page, 'waf.destination.owner IN {"Deployment/shop", "Deployment/b');
    await expect.poll(() => offered(page)).toEqual(['Deployment/bank']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await box(page).inputValue()).toBe(
      'waf.destination.owner IN {"Deployment/shop", "Deployment/bank"',
    );
    await page.keyboard.type('} AND http.response.status_code = 4');
    await expect.poll(() => offered(page)).toEqual(['403']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await box(page).inputValue()).toMatch(/http\.response\.status_code = 403$/);
    // One of more than are asked for at once.
    await box(page).fill('');
    await type(page, 'http.request.id = request-seed000000039');
    await expect.poll(async () => (await offered(page)).length).toBe(10);
  });

  it('that an attacker has written is text in the list, and finds what it names', async () => {
    for (const payload of PAYLOADS) {
      await page.goto('/events');
      await settled(page);
      await type(page, `user_agent.original = "${payload.slice(0, 3)}`);
      await expect.poll(async () => (await offered(page)).length).toBe(1);
      const [option = ''] = await offered(page);
      expect(option).toBe(payload.replace('\u202e', '\\u{202e}'));
      expect(await page.locator('img').count()).toBe(0);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      await page.waitForURL(/q=/);
      await settled(page);
      const [first] = await page.locator('table tbody tr td:nth-child(3)').allTextContents();
      expect(first).toContain(`q=${option}`);
    }
    expect(faults).toEqual([]);
    expect(stand.console.policyReports).toBe(0);
  });

  it('is not offered any more after Escape, until something is typed', async () => {
    await type(page, 'waf.mode = ');
    await expect.poll(() => offered(page)).toEqual(['Block', 'Detect']);
    await page.keyboard.press('Escape');
    await expect.poll(() => offered(page)).toEqual([]);
    await page.keyboard.type('De');
    await expect.poll(() => offered(page)).toEqual(['Detect']);
  });

  it('of the time that is looked at, and of one’s own namespaces, alone is offered', async () => {
    const early = Date.now() - 40 * 86_400_000;
    await page.goto(`/events?from=${early}&to=${early + 1_000}`);
    await settled(page);
    const answered = page.waitForResponse((answer) =>
      (answer.request().postData() ?? '').includes('"waf.mode"'),
    );
    await type(page, 'waf.mode = ');
    await answered;
    await page.keyboard.type('"');
    await settled(page);
    expect(await offered(page)).toEqual([]);
    const hers = await openPage(browser, stand.url, faults);
    await signIn(hers, 'vera');
    await hers.goto('/events');
    await type(hers, 'waf.destination.owner = ');
    await expect.poll(() => offered(hers)).toEqual(['Deployment/shop']);
    await hers.context().close();
  });

  it('that is asked for in vain is given up when more is typed, and stops nobody', async () => {
    const given: string[] = [];
    page.on('requestfailed', (request) => given.push(request.postData() ?? ''));
    const asked = page.waitForRequest((request) => (request.postData() ?? '').includes(ENDLESS));
    await type(page, `${ENDLESS} = "s`);
    await asked;
    const next = page.waitForRequest((request) => (request.postData() ?? '').includes('{\\"sh*\\"}'));
    await page.keyboard.type('h');
    await next;
    // Before the next was asked for.
    expect(given.filter((body) => body.includes('{\\"s*\\"}'))).toHaveLength(1);
    expect(await offered(page)).toEqual([]);
    await page.keyboard.type('op-7f9c"');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=/);
    await settled(page);
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.locator('table tbody tr').count()).toBeGreaterThan(0);
  });
});
