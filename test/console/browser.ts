/** Chromium of Debian, without a screen, and what a page of the console is asked in it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { PASSWORD } from './stand.ts';

export type { Browser, BrowserContext, Page } from 'playwright-core';

const FLAGS = [
  '--headless',
  // Containers of CI run as root, where its sandbox refuses to work; its pages are ours.
  '--no-sandbox',
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
];

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS, timeout: 120_000 });

/** A page that fails when a script fails, or when it goes anywhere but to the console. */
export async function openPage(browser: Browser, url: string, faults: string[]): Promise<Page> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1_280, height: 900 },
    locale: 'en-GB',
  });
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
      faults.push(`request: ${request.url()}`);
  });
  return page;
}

export async function signIn(page: Page, name: string): Promise<void> {
  await page.goto('/');
  await page.getByLabel('Name').fill(name);
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}

export async function signInByToken(page: Page, token: string): Promise<void> {
  await page.goto('/');
  await page.getByRole('textbox', { name: 'Token of the cluster' }).fill(token);
  await page.getByRole('button', { name: 'Sign in with the token' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** What axe finds serious or worse: rule and first place. */
export async function seriousFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
}

/** Until the page is there, its script loaded, and nothing on it waits for an answer. */
export async function settled(page: Page): Promise<void> {
  // A function, not a text: the policy of pages refuses to evaluate one.
  await page.waitForFunction(() => {
    const shown = document.querySelector('main, form, [role=alert]');
    return shown !== null && shown.textContent !== '' && document.querySelector('[aria-busy=true]') === null;
  });
}
