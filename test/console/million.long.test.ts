/** Every page of the menu over a million events of a day: each has its heading, nothing that fails and nothing serious for axe. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EventStore, SqliteStore } from '@sluice/hub';
import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SEEDED_UNTIL, seededStore } from '../../bench/console/seed.ts';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import { launch, openPage, seriousFaults, settled, signIn } from './browser.ts';
import { consolePages } from './console-pages.ts';
import { admin, type ConsoleStand, startConsoleStand } from './stand.ts';

const EVENTS = 1_000_000;
/** A million events are made once, at some 4,000 a second, and kept in the cache. */
const SEED_MILLIS = 3_600_000;
const ALERT = { description: 'd', severity: 1, dataSet: 'waf', query: 'waf.rules.id = 1' };

let events: EventStore;
let stand: ConsoleStand;
let desk: FileDesk;
let browser: Browser;
let page: Page;
const faults: string[] = [];
const times: string[] = [];
const tell = (line: string): void => void process.stdout.write(`${line}\n`);

beforeAll(async () => {
  const path = await seededStore(EVENTS, 1, tell);
  events = await SqliteStore.open({ path });
  stand = await startConsoleStand({
    store: events,
    alerts: { quiet: ALERT },
    deskOf: (store, directory) => {
      const file = join(directory, 'sluice.yaml');
      writeFileSync(file, JSON.stringify({ policies: { shop: { mode: 'Block' }, bank: {} } }));
      desk = new FileDesk({ file, store, log: pino({ level: 'silent' }) });
      return desk;
    },
  });
  await admin(stand);
  browser = await launch();
  page = await openPage(browser, stand.url, faults);
  await page.clock.setFixedTime(SEEDED_UNTIL);
  await signIn(page, 'root');
}, SEED_MILLIS);

afterAll(async () => {
  tell(times.join('\n'));
  await browser?.close();
  await desk?.close();
  await stand?.close();
  await events?.close();
});

it('has a million events', async () => {
  const { documents } = await events.stats();
  expect(documents.waf).toBe(EVENTS);
});

it.each([
  ...consolePages().map(([, path]) => path),
  '/account',
  `/events?q=${encodeURIComponent('waf.rules.id = 942100')}`,
  `/events?q=${encodeURIComponent('waf.destination.namespace = shop AND url.path = "/shop/items/7*"')}`,
])('%s', async (path) => {
  const from = performance.now();
  await page.goto(path);
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  await settled(page);
  times.push(`${path}: ${((performance.now() - from) / 1000).toFixed(2)} s until nothing waits`);
  expect(await page.getByRole('alert').allTextContents()).toEqual([]);
  expect(await seriousFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  expect(stand.console.policyReports).toBe(0);
});
