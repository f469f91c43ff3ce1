/** A false positive of the demo, from the event to its exclusion: found, explained, excluded and replayed in a real browser, behind a real Envoy. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchPage } from '../../packages/cli/src/demo/client.ts';
import { ATTACK_PATH } from '../../packages/cli/src/demo/story.ts';
import { seriousFaults, settled } from './browser.ts';
import { type DemoStand, startDemo } from './demo-stand.ts';

/** A search that the CRS takes for a command of a shell: rule 932235. */
const FRIENDLY = `/search?q=${encodeURIComponent('garden tools & find a rake')}`;
const RULE = '932235';

let demo: DemoStand;
let page: Page;

const statusOf = async (path: string): Promise<number> =>
  (await fetchPage(demo.stage.protectedPort, path)).status;

beforeAll(async () => {
  demo = await startDemo('Block');
  page = demo.page;
});

afterAll(() => demo?.close());

async function nothingWrong(): Promise<void> {
  await settled(page);
  expect(await seriousFaults(page)).toEqual([]);
  expect(demo.faults).toEqual([]);
}

describe('a false positive', () => {
  it('is blocked, as the attack is', async () => {
    expect(await statusOf(FRIENDLY)).toBe(403);
    expect(await statusOf(ATTACK_PATH)).toBe(403);
    for (const path of [FRIENDLY, ATTACK_PATH]) {
      const event = await demo.stage.events.of(path);
      await demo.stage.kept(event?.event.id ?? '');
    }
  });

  it('is found by what was searched for, and explained', async () => {
    await page.goto(`/events?q=${encodeURIComponent(`waf.rules.id = ${RULE}`)}`);
    await expect.poll(() => page.locator('table tbody tr').count()).toBe(1);
    await page.locator('table tbody tr a').first().click();
    await page.getByRole('heading', { name: 'Rules that matched' }).waitFor();
    await page.getByRole('heading', { name: 'Score 5, threshold 5' }).waitFor();
    expect(await page.locator('main').textContent()).toContain('garden tools & find a rake');
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('It is blocked', { exact: true }).waitFor();
    await nothingWrong();
  });

  it('is excluded as narrowly as it can be, and nothing else passes with that', async () => {
    await page.getByRole('link', { name: 'Exclude…' }).click();
    await page.getByRole('heading', { name: 'Exclude', level: 2 }).waitFor();
    const main = page.locator('main');
    await main.getByText(/Of 2 refused requests of the last 7 days 1 would pass/).waitFor();
    expect(await main.textContent()).toContain('None of them looks like an attack.');
    const secLang = (await page.getByRole('region', { name: 'SecLang' }).textContent()) ?? '';
    expect(secLang).toContain(`ctl:ruleRemoveTargetById=${RULE};ARGS:q`);
    expect(secLang).toContain('/search');
    await nothingWrong();
    await page.getByRole('textbox', { name: 'Owner' }).fill('team-shop');
    await page.getByRole('textbox', { name: 'Reason' }).fill('people look for tools & more');
    await page.getByRole('button', { name: 'Save the exclusion' }).click();
    await page.getByText('The server has taken it over.').waitFor();
  });

  it('passes at once, and the replay says so, while the attack stays blocked', async () => {
    expect(await statusOf(FRIENDLY)).toBe(200);
    expect(await statusOf(ATTACK_PATH)).toBe(403);
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('It passes', { exact: true }).waitFor();
    expect(await page.locator('main').textContent()).toContain(`excluded by now: rule ${RULE} in ARGS:q`);
    await nothingWrong();
  });

  it('is listed with owner, reason and end, in the audit log, and is blocked again when that is removed', async () => {
    await page.goto('/exclusions');
    const main = page.locator('main');
    await main.getByText(`rules ${RULE} in ARGS:q at /search`).waitFor();
    expect(await main.textContent()).toMatch(
      /Owner: team-shop\. Reason: people look for tools & more.*Ends /,
    );
    await nothingWrong();
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('button', { name: /^Remove: / }).click();
    await main.getByText('There is none.').waitFor();
    expect(await statusOf(FRIENDLY)).toBe(403);
    const run = demo.stage.storeAddress.replace(/^sqlite:|\/events\.db$/g, '');
    const actions = readFileSync(join(run, 'console-audit.ndjson'), 'utf8');
    expect(actions).toContain('"action":"exclusion.add"');
    expect(actions).toContain('"action":"exclusion.remove"');
  });
});

describe('the other pages of policies', () => {
  it.each([
    ['/promote', 'Promote', 'Block would have stopped'],
    ['/rules', 'Rules and policies', RULE],
    [`/rules/${RULE}`, `Rule ${RULE}`, 'ruleRemoveTargetById|SecRule'],
    ['/exclusions', 'Exclusions', 'There is none'],
  ])('%s has nothing serious for axe', async (path, heading, text) => {
    await page.goto(path);
    await page.getByRole('heading', { name: heading, level: 2 }).waitFor();
    await settled(page);
    expect(await page.locator('main').textContent()).toMatch(new RegExp(text));
    await nothingWrong();
  });

  it('say where each value of a policy comes from', async () => {
    await page.goto('/rules');
    await page.getByRole('tab', { name: 'Policies' }).click();
    await page.getByRole('button', { name: 'Explain default' }).click();
    const found = page.getByRole('region', { name: 'Explanation' });
    await found.waitFor();
    expect(await found.getByRole('row', { name: /^mode Block / }).textContent()).toMatch(/sluice\.yaml:\d+/);
    await page.getByRole('tab', { name: 'Rule sets by node' }).click();
    await page.getByRole('cell', { name: 'OWASP_CRS' }).waitFor();
    await nothingWrong();
  });

  it('know no rule that is not in force', async () => {
    await page.goto('/rules/1');
    await page.getByRole('alert').getByText('there is no rule 1').waitFor();
    await nothingWrong();
  });
});

describe('an alert', () => {
  it('that is written on the page is in force in the demo', async () => {
    await page.goto('/alerts');
    await page.getByRole('tab', { name: 'New rule' }).click();
    await page.getByRole('textbox', { name: 'Name' }).first().fill('rakes');
    await page.getByRole('textbox', { name: 'Summary' }).fill('somebody looks for rakes');
    await page.getByRole('button', { name: 'Save…' }).click();
    await page.getByRole('button', { name: 'Look at the change' }).click();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('status').filter({ hasText: 'rakes is saved in' }).waitFor();
    await page.getByRole('tab', { name: 'Rules', exact: true }).click();
    await page.getByText('somebody looks for rakes').waitFor();
    await nothingWrong();
  });
});
