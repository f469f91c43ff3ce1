/** An event's page: how its scores came together, what the rules saw step by step, and the way to it by the id of its request. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from '@sluice/spool';
import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import { launch, openPage, seriousFaults, settled, signIn } from './browser.ts';
import { admin, type ConsoleStand, startConsoleStand } from './stand.ts';

/** Encoded twice: the argument is what is left of one, and the rule sees what is left of none. */
const TARGET = '/search?q=%253CScRiPt%253Ealert(1)%253C%252FScRiPt%253E';
const REQUEST = 'a/b%2f"><img src=x onerror=alert(1)>\u202e';

let stand: ConsoleStand;
let desk: FileDesk;
let browser: Browser;
let page: Page;
const faults: string[] = [];

interface Told {
  readonly id: string;
  readonly request: string;
  readonly scores?: object;
  readonly rules?: readonly (readonly [id: string, phase: number, score: number])[];
}

async function keep({ id, request, scores = {}, rules = [['941110', 2, 5]] }: Told): Promise<void> {
  const document: Document = {
    '@timestamp': new Date(Date.now() - 60_000).toISOString(),
    event: { id, type: ['denied'], action: 'deny' },
    http: { request: { id: request, method: 'GET', bytes: 0 }, version: '1.1' },
    url: { original: TARGET, path: '/search', domain: 'shop.example', scheme: 'https' },
    user_agent: { original: 'Mozilla/5.0' },
    source: { ip: '192.0.2.1' },
    rule: { id: '949110' },
    trace: { id: '4bf92f3577b34da6a3ce929d0e0e4736' },
    waf: {
      ...{ policy: 'shop', would_block: true, scores: { ...scores } },
      rules: rules.map(([rule, phase, score]) => ({
        ...{ id: rule, message: 'm', phase, score, targets_left_out: 0 },
        data: 'Matched Data: <script> found within ARGS:q: <ScRiPt>alert(1)',
        targets: [{ variable: 'ARGS:q', value: '%3CScRiPt%3E <ScRiPt>alert(1)', score }],
      })),
    },
  };
  await stand.store.append([{ dataSet: 'waf', id, source: '', document }]);
}

beforeAll(async () => {
  stand = await startConsoleStand({
    deskOf: (events, directory) => {
      const file = join(directory, 'sluice.yaml');
      writeFileSync(file, JSON.stringify({ policies: { shop: { mode: 'Block' } } }));
      desk = new FileDesk({ file, store: events, log: pino({ level: 'silent' }) });
      return desk;
    },
  });
  await admin(stand);
  browser = await launch();
  page = await openPage(browser, stand.url, faults);
  await signIn(page, 'root');
});

afterAll(async () => {
  await browser?.close();
  await desk?.close();
  await stand?.close();
});

async function nothingWrong(): Promise<void> {
  await settled(page);
  expect(await seriousFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  expect(await page.locator('img').count()).toBe(0);
}

describe('the page of an event', () => {
  it('adds up what rules of the request scored, beside those of the response, up to the thresholds', async () => {
    const rules = [
      ['920100', 1, 3],
      ['941110', 2, 5],
      ['951100', 4, 4],
      ['920200', 2, 2],
    ] as const;
    await keep({ id: 'both', request: 'r1', rules });
    await page.goto('/events/waf/both');
    const inbound = page.getByRole('heading', { name: 'Score 10, threshold 5' });
    await inbound.waitFor();
    const stepsAt = (heading: typeof inbound) => heading.locator('xpath=..').getByRole('listitem');
    expect(await stepsAt(inbound).allTextContents()).toEqual([
      '920100 adds 3: 3',
      '941110 adds 5: 8, which reaches the threshold',
      '920200 adds 2: 10',
    ]);
    const outbound = page.getByRole('heading', { name: 'Score of the response 4, threshold 4' });
    expect(await stepsAt(outbound).allTextContents()).toEqual([
      '951100 adds 4: 4, which reaches the threshold',
    ]);
    await nothingWrong();
  });

  it('says where less was decided by than rules have found', async () => {
    const scores = { blocking_inbound_anomaly_score: 3, inbound_anomaly_score_threshold: 7 };
    await keep({ id: 'part', request: 'r2', scores });
    await page.goto('/events/waf/part');
    await page.getByRole('heading', { name: 'Score 5, threshold 7' }).waitFor();
    await page.getByText('3 of it was decided by').waitFor();
    expect(await page.getByText('which reaches the threshold').count()).toBe(0);
  });

  it('marks what a rule says it matched, in whatever case that was sent', async () => {
    await page.goto('/events/waf/part');
    await page.getByRole('heading', { name: 'Rules that matched' }).waitFor();
    expect(await page.locator('main mark').allTextContents()).toEqual(['<ScRiPt>']);
  });

  it('tells step by step, replayed, what the rule saw, with the matched bytes marked', async () => {
    await page.goto('/events/waf/both');
    await page.getByRole('button', { name: 'Replay' }).click();
    const all = page.getByRole('list', { name: 'Steps of ARGS:q' });
    // Libinjection says of a whole value that it is an attack; patterns match a part.
    const steps = all.filter({ has: page.locator('mark') }).first();
    await steps.waitFor();
    const told = await steps.getByRole('listitem').allTextContents();
    expect(told[0]).toBe('as sent: %3CScRiPt%3Ealert(1)%3C%2FScRiPt%3E');
    expect(told.at(-1)).toMatch(/^\w+, matched: .*<ScRiPt>alert\(1\)<\/ScRiPt>/);
    expect(await steps.locator('mark').textContent()).toMatch(/^<ScRiPt/);
    await nothingWrong();
  });
});

describe('the id of a request', () => {
  const linkTo = (id: string): string => `/request?${new URLSearchParams({ id })}`;

  it('leads to its event, which has the link, whatever its client has made of it', async () => {
    await keep({ id: 'one', request: REQUEST });
    await page.goto(linkTo(REQUEST));
    await page.waitForURL('**/events/waf/one');
    await page.getByText('4bf92f3577b34da6a3ce929d0e0e4736', { exact: true }).waitFor();
    const shown = REQUEST.replace('\u202e', '\\u{202e}');
    expect(await page.getByRole('link', { name: shown }).getAttribute('href')).toBe(linkTo(REQUEST));
    await nothingWrong();
  });

  it('of several events lists them, and of none says so', async () => {
    await keep({ id: 'twice-1', request: 'twice' });
    await keep({ id: 'twice-2', request: 'twice' });
    await page.goto(linkTo('twice'));
    await expect.poll(() => page.locator('table tbody tr').count()).toBe(2);
    await nothingWrong();
    await page.goto(linkTo('thrice'));
    await page.getByText('There is no event of a request of this id.').waitFor();
    await nothingWrong();
  });
});
