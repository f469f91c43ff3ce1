/** Alerts that are written in a real browser: a new one from the form, a change, a removal; and what a user of one namespace has of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage, seriousFaults, settled, signIn } from './browser.ts';
import { type HubConsole, startHubConsole } from './hub-console.ts';
import { admin, PASSWORD } from './stand.ts';

let hub: HubConsole;
let browser: Browser;
const faults: string[] = [];

beforeAll(async () => {
  hub = await startHubConsole({ console: { alerts: 'own' } });
  const root = await admin(hub);
  for (const [name, namespaces] of [
    ['omar', null],
    ['sam', ['shop']],
  ] as const)
    await root.ask('PUT', `/api/users/${name}`, { role: 'operator', namespaces, password: PASSWORD });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await hub?.close();
});

async function open(name: string): Promise<Page> {
  const page = await openPage(browser, hub.url, faults);
  await signIn(page, name);
  await page.getByRole('link', { name: 'Alerts' }).click();
  return page;
}

const file = (name: string): string => join(hub.directory, 'own', name);
const tab = (page: Page, name: string): Promise<void> => page.getByRole('tab', { name }).click();
const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).click();
const done = (page: Page, words: string): Promise<void> =>
  page.getByRole('status').filter({ hasText: words }).waitFor();

describe('under Activity > Alerts', () => {
  it('a new rule is looked at, saved, changed, and removed, each time with the difference before', async () => {
    const page = await open('omar');
    await tab(page, 'New rule');
    await page.getByRole('textbox', { name: 'Name' }).first().fill('slow');
    await page.getByRole('textbox', { name: 'Summary' }).fill('attacks: "quoted" # and more');
    await press(page, 'Save…');
    expect(await seriousFaults(page)).toEqual([]);
    await press(page, 'Look at the change');
    await page.getByLabel('YAML').last().waitFor();
    expect(existsSync(file('slow.yaml'))).toBe(false);
    await press(page, 'Apply');
    await done(page, 'slow is saved in');
    const text = readFileSync(file('slow.yaml'), 'utf8');
    expect(text).toContain('attacks: \\"quoted\\" # and more');

    await tab(page, 'Rules');
    await settled(page);
    expect(await page.locator('main').textContent()).toContain('severity 60');
    await press(page, 'Edit…');
    const changed = `# who has asked for it\n${text.replace('severity: 60', 'severity: 90')}`;
    await page.getByRole('textbox', { name: 'YAML' }).fill(changed);
    await press(page, 'Look at the change');
    expect(await page.getByLabel('Difference').textContent()).toMatch(/-\s+severity: 60\n\+\s+severity: 90/);
    expect(await seriousFaults(page)).toEqual([]);
    await press(page, 'Apply');
    await done(page, 'slow is saved in');
    expect(readFileSync(file('slow.yaml'), 'utf8')).toBe(changed);
    await page.getByText('severity 90').waitFor();

    await press(page, 'Remove…');
    await page.getByLabel('Difference').waitFor();
    await press(page, 'Apply');
    await done(page, 'slow is removed');
    expect(existsSync(file('slow.yaml'))).toBe(false);
    await page.getByText('There are no alerts.').waitFor();
  });

  it('one that is wrong says what, and nothing is written', async () => {
    const page = await open('omar');
    await tab(page, 'New rule');
    await page.getByRole('textbox', { name: 'Query' }).fill('a = = b');
    await press(page, 'Save…');
    await press(page, 'Look at the change');
    await page.getByRole('alert').filter({ hasText: 'QUERY_SYNTAX' }).waitFor();
    expect(existsSync(file('blocked-requests.yaml'))).toBe(false);
  });

  it('who has one namespace saves one of that, and sees it', async () => {
    const page = await open('sam');
    await tab(page, 'New rule');
    await page.getByRole('textbox', { name: 'Namespace' }).fill('bank');
    await press(page, 'Save…');
    await press(page, 'Look at the change');
    await page.getByRole('alert').filter({ hasText: 'CONSOLE_FORBIDDEN' }).waitFor();
    await page.getByRole('textbox', { name: 'Namespace' }).fill('shop');
    await press(page, 'Save…');
    await press(page, 'Look at the change');
    await press(page, 'Apply');
    await done(page, 'shop/blocked-requests is saved in');
    await tab(page, 'Rules');
    await page.getByRole('heading', { name: 'shop/blocked-requests' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });
});
