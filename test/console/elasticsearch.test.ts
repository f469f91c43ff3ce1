/** Every page of the menu over a real Elasticsearch, as over SQLite: the same figures, nothing that fails. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElasticsearchStore, type EventStore, SqliteStore } from '@sluice/hub';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { launch, openPage, settled, signIn } from './browser.ts';
import { consolePages } from './console-pages.ts';
import { seededEvents, seededTraffic } from './seed.ts';
import { admin, type ConsoleStand, startConsoleStand, store } from './stand.ts';

/** By its name, for what it imports in turn declares types of browsers itself, which are here already. */
const SERVERS: string = '../elasticsearch.ts';

interface Servers {
  sharedElasticsearch(version: '8.19.8'): Promise<string>;
  freshNamespace(): string;
}

const EVENTS = 240;
const TRAFFIC = 48;
const ALERT = { description: 'd', severity: 1, dataSet: 'waf', query: 'waf.rules.id = 1' };
const until = Date.now() - 60_000;
const folder = mkdtempSync(join(tmpdir(), 'sluice-walk-'));

interface Walk {
  readonly stand: ConsoleStand;
  readonly store: EventStore;
  readonly page: Page;
}

let browser: Browser;
const faults: string[] = [];
const walks: Walk[] = [];

async function walkOver(events: EventStore): Promise<Walk> {
  const stand = await startConsoleStand({ store: events, alerts: { quiet: ALERT } });
  await store(events, seededEvents({ events: EVENTS, until, payloads: ["1' OR 1=1", '<b>'] }));
  await store(events, seededTraffic(until, ['/items', '/cart']));
  await admin(stand);
  const page = await openPage(browser, stand.url, faults);
  await page.clock.setFixedTime(until + 60_000);
  // Elasticsearch finds what it has stored a second later.
  await vi.waitFor(
    async () => {
      const { documents } = await events.stats();
      expect(documents).toMatchObject({ waf: EVENTS, l7: TRAFFIC });
    },
    { timeout: 60_000, interval: 100 },
  );
  await signIn(page, 'root');
  return { stand, store: events, page };
}

beforeAll(async () => {
  browser = await launch();
  const { sharedElasticsearch, freshNamespace }: Servers = await import(SERVERS);
  const node = await sharedElasticsearch('8.19.8');
  walks.push(await walkOver(await SqliteStore.open({ path: join(folder, 'events.db') })));
  walks.push(await walkOver(new ElasticsearchStore({ client: { node }, namespace: freshNamespace() })));
});

afterAll(async () => {
  await browser?.close();
  for (const { stand, store: events } of walks) {
    await stand.close();
    await events.close();
  }
  rmSync(folder, { recursive: true });
});

/** In the style elements of components: counted as they are drawn. */
const REACT_IDS = /_r_[0-9a-z]+_/g;

/** What a page says, but for what differs from store to store: its kind. */
async function textOf(page: Page, path: string): Promise<string> {
  await page.goto(path);
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  await settled(page);
  expect(await page.getByRole('alert').allTextContents(), path).toEqual([]);
  const text = (await page.locator('main').textContent()) ?? '';
  return text
    .replace(/sqlite: |elasticsearch: /, 'store: ')
    .replace(/\d{1,2} \w+ 20\d\d, [\d:]+/g, 'a time')
    .replace(REACT_IDS, '_r_');
}

/** They ask for policies, which a hub without a file of them has not: tests of theirs walk them. */
const POLICIES = /^\/(?:rules|exclusions|promote|workloads)/;
const paths = consolePages()
  .map(([, path]) => path)
  .filter((path) => !POLICIES.test(path));

const words = (text: string): readonly string[] => text.split(/a time |, /);

it.each([...paths, '/events?q=waf.rules.id+%3D+942100', `/events/waf/seed${'7'.padStart(10, '0')}`])(
  'is the same over both: %s',
  async (path) => {
    const [sqlite = '', elasticsearch = ''] = await Promise.all(walks.map(({ page }) => textOf(page, path)));
    expect(words(elasticsearch)).toEqual(words(sqlite));
    expect(faults).toEqual([]);
  },
);
