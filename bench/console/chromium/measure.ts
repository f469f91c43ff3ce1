/** What somebody at the console waits for: in Chromium, from the deed to what is to be seen. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from '../../../test/console/browser.ts';
import type { FirstViews, Searches, Sizes } from '../figures.ts';

const WAIT_MILLIS = 120_000;
/** Blocks of the overview: bars, five facets, modes, and store. */
const BLOCKS = 8;

/** Of what people ask: a common rule, a workload, a client, a path, a conjunction. */
export const SEARCHES = [
  'waf.rules.id = 942100',
  'waf.destination.owner = "Deployment/shop-7"',
  'source.ip = 10.3.7.9',
  'url.path IN {"/bank/items/*"}',
  'event.type = denied AND waf.destination.namespace = bank',
  'event.action = allow AND waf.would_block = true',
];

/** A browser that has been nowhere yet, but for its session, at a time when the store's day has just ended. */
async function freshPage(browser: Browser, signedIn: BrowserContext, now: number): Promise<Page> {
  const context = await browser.newContext({
    storageState: await signedIn.storageState(),
    viewport: { width: 1_280, height: 900 },
  });
  context.setDefaultTimeout(WAIT_MILLIS);
  const page = await context.newPage();
  await page.clock.setFixedTime(now);
  return page;
}

export interface Stage {
  readonly browser: Browser;
  readonly signedIn: BrowserContext;
  readonly url: string;
  /** What the browser takes for now, in milliseconds since the epoch. */
  readonly now: number;
}

const since = (began: number): number => performance.now() - began;

/** How many questions of a page have no answer yet. */
function asking(page: Page): () => number {
  const open = new Set<unknown>();
  const isQuestion = (url: string): boolean => new URL(url).pathname.startsWith('/v1/');
  page.on('request', (request) => isQuestion(request.url()) && open.add(request));
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => open.delete(request));
  return () => open.size;
}

/** Everything on a page: its blocks are there and none waits. */
const complete = (page: Page, blocks: number): Promise<unknown> =>
  page.waitForFunction(
    (least) =>
      document.querySelectorAll('main h3').length >= least &&
      document.querySelector('[aria-busy=true]') === null,
    blocks,
  );

export async function firstViews(stage: Stage, rounds: number, pages: string): Promise<FirstViews> {
  const shown: number[] = [];
  const whole: number[] = [];
  let loaded: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const page = await freshPage(stage.browser, stage.signedIn, stage.now);
    loaded = [];
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith('/assets/')) loaded.push(pathname);
    });
    const began = performance.now();
    await page.goto(`${stage.url}/overview`, { waitUntil: 'commit' });
    await page.locator('main a[href="/traffic"]').waitFor();
    shown.push(since(began));
    await complete(page, BLOCKS);
    whole.push(since(began));
    await page.context().close();
  }
  return { shown, whole, sizes: sizesOf(loaded, pages) };
}

function sizesOf(loaded: readonly string[], pages: string): Sizes {
  const files = [join(pages, 'index.html'), ...loaded.map((path) => join(pages, 'assets', basename(path)))];
  const contents = files.map((path) => readFileSync(path));
  return {
    requests: files.length,
    bytes: contents.reduce((sum, { length }) => sum + length, 0),
    gzipBytes: contents.reduce((sum, each) => sum + gzipSync(each, { level: 9 }).length, 0),
  };
}

export async function searches(stage: Stage, rounds: number): Promise<Searches> {
  const rows: number[] = [];
  const whole: number[] = [];
  const page = await freshPage(stage.browser, stage.signedIn, stage.now);
  const open = asking(page);
  const answered = async (): Promise<void> => {
    while (open() > 0) await page.waitForEvent('requestfinished');
  };
  await page.goto(`${stage.url}/events`);
  await page.locator('main tbody tr').first().waitFor();
  await answered();
  for (let round = 0; round < rounds; round += 1) {
    const query = SEARCHES[round % SEARCHES.length] ?? '';
    const box = page.getByRole('combobox', { name: 'Query' });
    await box.fill(query);
    await box.press('Escape');
    await page.evaluate(() => document.querySelector('main tbody')?.setAttribute('data-former', ''));
    const began = performance.now();
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.locator('main tbody:not([data-former]) tr').first().waitFor();
    rows.push(since(began));
    await answered();
    whole.push(since(began));
  }
  await page.context().close();
  return { rows, whole };
}
