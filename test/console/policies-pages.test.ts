/** The pages of policies in a real browser, on events whose every text an attacker has written. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crsCorpus } from '../../bench/peers/corpus.ts';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import { payloadsOf } from '../agreement/payloads.ts';
import { launch, openPage, seriousFaults, settled, signIn } from './browser.ts';
import { seededEvents } from './seed.ts';
import { admin, type ConsoleStand, startConsoleStand, store } from './stand.ts';

const MARKUP = /[<>]|javascript:|on\w+=/i;
const PAYLOADS = payloadsOf(crsCorpus()).filter((payload) => MARKUP.test(payload));
const HOSTILE = '<img src=x onerror=alert(1)>';

let stand: ConsoleStand;
let desk: FileDesk;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  stand = await startConsoleStand({
    deskOf: (events, directory) => {
      const file = join(directory, 'sluice.yaml');
      const exclusion = {
        rules: [942_100],
        targets: ['ARGS:z'],
        paths: ['/z'],
        reason: HOSTILE,
        owner: HOSTILE,
      };
      writeFileSync(
        file,
        JSON.stringify({ policies: { shop: { mode: 'Block', exclusions: [exclusion] }, bank: {} } }),
      );
      desk = new FileDesk({ file, store: events, log: pino({ level: 'silent' }) });
      return desk;
    },
  });
  const until = Date.now() - 60_000;
  await store(stand.store, seededEvents({ events: PAYLOADS.length * 2, until, payloads: PAYLOADS }));
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

/** No element came of a payload: no script, frame, image or handler that is not the application's own. */
async function nothingRan(): Promise<void> {
  expect(faults).toEqual([]);
  expect(stand.console.policyReports).toBe(0);
  const strange = await page.evaluate(
    '[...document.querySelectorAll(\'iframe, object, embed, img, form[action], a[href^="javascript" i], script:not([src^="/assets/"])\')].map((each) => each.outerHTML)',
  );
  expect(strange).toEqual([]);
}

describe('pages of policies', () => {
  it.each([
    ['/promote?policy=shop', 'Promote', 'Look like false positives'],
    ['/rules', 'Rules and policies', '942100'],
    ['/exclusions', 'Exclusions', HOSTILE],
  ])('%s shows what attackers wrote as text', async (path, heading, text) => {
    await page.goto(path);
    await page.getByRole('heading', { name: heading, level: 2 }).waitFor();
    await page.locator('main').getByText(text).first().waitFor();
    await settled(page);
    expect(await seriousFaults(page)).toEqual([]);
    await nothingRan();
  });

  it('offer exclusions for events of every kind, and run nothing of them', async () => {
    const { documents } = await stand.store.search({ dataSet: 'waf', query: { kind: 'all' }, size: 1_000 });
    const some = documents.filter((_, index) => index % Math.ceil(documents.length / 15) === 0);
    for (const { id } of some) {
      await page.goto(`/events/waf/${id}/exclude`);
      await page.getByRole('heading', { name: 'What would pass' }).waitFor();
      await settled(page);
      await nothingRan();
    }
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('want the policy by name where all paths are chosen, and judge anew what is chosen', async () => {
    const { documents } = await stand.store.search({ dataSet: 'waf', query: { kind: 'all' }, size: 1 });
    await page.goto(`/events/waf/${documents[0]?.id}/exclude`);
    await page.getByRole('heading', { name: 'What would pass' }).waitFor();
    await page.getByRole('radio', { name: /^everywhere/ }).check();
    await page.getByRole('textbox', { name: /^Type (?:shop|bank) to confirm/ }).waitFor();
    await page.getByRole('checkbox').first().uncheck();
    await page.getByText('Nothing is chosen.').waitFor();
    await nothingRan();
  });
});
