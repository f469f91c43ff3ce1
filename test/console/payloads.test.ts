/**
 * Events that the engine makes of the CRS's own attacks, on every page that can show them: they are text there, whole, and nothing else. No
 * script runs, no element comes of them, and the policy of pages is never needed.
 */
import type { SpoolRecord } from '@sluice/spool';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CorpusRequest, crsCorpus, wireText } from '../../bench/peers/corpus.ts';
import { buildEvent, overlayFor } from '../../packages/engine/src/index.ts';
import { percentDecoded } from '../agreement/payloads.ts';
import { crsUnit, engine, judgeBy } from '../crs-events.ts';
import { launch, openPage, settled } from './browser.ts';
import { seededEvents } from './seed.ts';
import { type ConsoleStand, PASSWORD, startConsoleStand, store, Visitor } from './stand.ts';

const MARKUP = /<[a-z!/?]|javascript:|\bon[a-z]+\s*=/i;
const CHARACTERS_MAX = 2_000;
/** Those whose address has an angle bracket as it is, not encoded. */
const TAGS = encodeURIComponent('url.original IN {"*<*"}');
/** As parts/hostile-text.tsx says: unseen characters by their number. */
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
const shown = (text: string): string =>
  text.replace(UNSEEN, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);

let stand: ConsoleStand;
let browser: Browser;
let page: Page;
let records: readonly SpoolRecord[];
/** Names of elements and attributes of an event that holds no markup: those of the pages themselves. */
let own: Shape;
const faults: string[] = [];

interface Shape {
  readonly elements: readonly string[];
  readonly handlers: readonly string[];
  readonly addresses: readonly string[];
}

function eventOf(
  { id, request }: CorpusRequest,
  ruleSet: Parameters<typeof judgeBy>[0],
  at: number,
): SpoolRecord {
  const { method, uri, headers, body } = request;
  const ends = { client: { address: '203.0.113.7', port: 1 }, server: { address: '10.0.0.2', port: 2 } };
  const attributes = { id, protocol: 'HTTP/1.1', method, uri, headers, ...ends };
  const event = buildEvent(judgeBy(ruleSet, { attributes, body: Buffer.from(body) }));
  const document = JSON.parse(JSON.stringify(event));
  // Of one workload, by clients that name themselves: what Kubernetes knows of them is added behind the engine.
  document['@timestamp'] = new Date(at).toISOString();
  document.event.id = id;
  Object.assign(document.waf, {
    source: { namespace: 'outside', pod: document.user_agent?.original ?? 'none', owner: uri.slice(0, 200) },
    destination: { namespace: 'shop', owner: 'Deployment/shop', labels: [uri.slice(0, 200)] },
  });
  return { dataSet: 'waf', id, source: '', document };
}

/** The suite's tests of XSS, and whatever else has markup in it. */
const attacks = (): readonly CorpusRequest[] =>
  crsCorpus().filter(({ id, request }) => /^941/.test(id) || MARKUP.test(percentDecoded(wireText(request))));

beforeAll(async () => {
  const ruleSet = engine.ruleSet(crsUnit(), overlayFor({ name: 'all', mode: 'Detect', paranoia: 4 }));
  const begin = Date.now() - 3_600_000;
  records = attacks().map((attack, index) => eventOf(attack, ruleSet, begin + index));
  const keys = { aggregateBy: ['url.original'], query: 'waf.would_block = true' };
  const told = {
    summary: `of \${url.original}`,
    description: 'd',
    dataSet: 'waf',
    severity: 1,
    period: '1m',
    lookback: '2h',
  };
  stand = await startConsoleStand({ alerts: { hostile: { ...told, ...keys } } });
  await store(stand.store, records);
  await store(
    stand.store,
    seededEvents({ events: 40, until: Date.now(), payloads: ['harmless'], name: 'plain' }),
  );
  await store(stand.store, records.map(trafficOf));
  await refusedSignIns(records);
  browser = await launch();
  page = await openPage(browser, stand.url, faults);
  await page.goto(`/#${stand.token}`);
  await page.getByLabel('Name').fill('root');
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Make the first user' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await openEvent('plain0000000020');
  const { elements, ...rest } = await shape();
  // Similar events are in a table.
  await page.goto('/events?q=user_agent.original+%3D+harmless');
  await page.locator('main tbody tr').first().waitFor();
  own = { ...rest, elements: [...elements, ...(await shape()).elements] };
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await stand?.close();
});

function trafficOf({ id, document }: SpoolRecord): SpoolRecord {
  const url = Object(document.url).original;
  const l7 = {
    ...{
      schema: 1,
      policy: 'shop',
      template: url,
      status_class: '2xx',
      count: 1,
      blocked: 0,
      would_block: 0,
    },
    source: { namespace: 'outside', owner: url },
    destination: { namespace: 'shop', owner: 'Deployment/shop' },
  };
  const event = { id: `l7-${id}`, kind: 'metric' };
  const rest = {
    source: { ip: '203.0.113.7' },
    destination: { ip: '10.0.0.2' },
    http: { request: { method: 'GET' } },
  };
  return {
    ...{ dataSet: 'l7', id: `l7-${id}`, source: '' },
    document: { '@timestamp': document['@timestamp'] ?? '', event, l7, ...rest },
  };
}

const isMarked = ({ document }: SpoolRecord): boolean =>
  MARKUP.test(percentDecoded(String(Object(document.url).original)).slice(0, 60));

/** Names of nobody, which the audit log holds. */
async function refusedSignIns(of: readonly SpoolRecord[]): Promise<void> {
  for (const { document } of of.filter(isMarked).slice(0, 4)) {
    const name = percentDecoded(String(Object(document.url).original)).slice(0, 60);
    await new Visitor(stand.url).signIn(name, 'not the password');
  }
}

/** Within the application, as a link goes: what was loaded stays. */
async function openEvent(id: string): Promise<void> {
  await page.evaluate((path) => history.pushState(null, '', path), `/events/waf/${encodeURIComponent(id)}`);
  await page.getByText(`"id": "${id}"`, { exact: false }).first().waitFor({ state: 'attached' });
  await settled(page);
}

function shape(): Promise<Shape> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll('*')];
    const attributes = all.flatMap((element) => [...element.attributes]);
    const handlers = attributes.filter(({ name }) => /^on/i.test(name)).map(({ name }) => name);
    const addresses = attributes
      .filter(
        ({ name, value }) =>
          /^(?:src|href|action|formaction|data|srcdoc|xlink:href)$/i.test(name) &&
          !/^[/#]/.test(value) &&
          !value.startsWith(`${location.origin}/assets/`),
      )
      .map(({ value }) => value);
    return { elements: [...new Set(all.map(({ localName }) => localName))].sort(), handlers, addresses };
  });
}

/** What is on the page is the application's: no element of another name, no handler, no address that leads elsewhere. */
async function expectTextOnly(of: string, elements?: readonly string[]): Promise<void> {
  const now = await shape();
  expect([now.handlers, now.addresses], of).toEqual([[], []]);
  if (elements !== undefined)
    expect(
      now.elements.filter((name) => !elements.includes(name)),
      of,
    ).toEqual([]);
  expect(faults, of).toEqual([]);
  expect(stand.console.policyReports, of).toBe(0);
}

describe('what attackers send', () => {
  it('is every attack of the suite that has markup', () => {
    expect(records.length).toBeGreaterThan(250);
    expect(records.filter(({ document }) => MARKUP.test(JSON.stringify(document))).length).toBeGreaterThan(
      200,
    );
  });

  it('is text on its page, all of it', async () => {
    for (const { id, document } of records) {
      await openEvent(id);
      const text = (await page.locator('main').textContent()) ?? '';
      const { original } = Object(document.url);
      if (original.length <= CHARACTERS_MAX) expect(text, id).toContain(shown(original));
      const agent = Object(document.user_agent).original ?? '';
      if (agent.length <= CHARACTERS_MAX) expect(text, id).toContain(shown(agent));
      const [target] = Object(document.waf).rules[0]?.targets ?? [];
      if (target !== undefined && target.value.length <= CHARACTERS_MAX)
        expect(text, id).toContain(shown(target.value));
      await expectTextOnly(id, own.elements);
    }
  }, 600_000);

  it.each(['/overview', '/events', `/events?q=${TAGS}`, '/traffic', '/audit', '/alerts'])(
    'is text on %s',
    async (path) => {
      await page.goto(path);
      await page.getByRole('heading', { level: 2 }).first().waitFor();
      await settled(page);
      if (path === '/alerts') await expect.poll(firing, { timeout: 120_000 }).toBeGreaterThan(10);
      const text = (await page.locator('main').textContent()) ?? '';
      if (path !== '/overview') expect(text).toMatch(MARKUP);
      await expectTextOnly(path);
    },
  );

  /** Looks again until the alert has been evaluated. */
  async function firing(): Promise<number> {
    await page.getByRole('button', { name: 'Look again' }).click();
    await settled(page);
    return page.locator('main tbody tr').count();
  }

  it('is text in a query, in its completion, and in what is said of an error in it', async () => {
    for (const { document } of records.slice(0, 20)) {
      const text = String(Object(document.url).original);
      await page.goto(`/events?${new URLSearchParams({ q: `url.original = ${text}` })}`);
      await page.getByRole('heading', { name: 'Events' }).waitFor();
      await settled(page);
      await expectTextOnly(text);
    }
  });
});
