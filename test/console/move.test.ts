/** A move from Detect to Block that begins on a page of the console, seen through Envoy. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchPage } from '../../packages/cli/src/demo/client.ts';
import { ATTACK_PATH } from '../../packages/cli/src/demo/story.ts';
import { seriousFaults, settled } from './browser.ts';
import { type DemoStand, startDemo } from './demo-stand.ts';

let demo: DemoStand;
let page: Page;

const attack = async (): Promise<number> => (await fetchPage(demo.stage.protectedPort, ATTACK_PATH)).status;

beforeAll(async () => {
  demo = await startDemo('Detect');
  page = demo.page;
});

afterAll(() => demo?.close());

describe('a move that begins in the console', () => {
  it('blocks at the paths of its first stage', async () => {
    expect(await attack()).toBe(200);
    const event = await demo.stage.events.of(ATTACK_PATH);
    await demo.stage.kept(event?.event.id ?? '');
    await page.goto('/promote');
    const paths = page.getByRole('combobox', { name: 'First at these paths' });
    await paths.fill('/search');
    await paths.press('Enter');
    await page.getByRole('button', { name: 'Begin the move' }).click();
    await page.getByText('Block at /search', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Back to Detect' }).waitFor();
    expect(await attack()).toBe(403);
    await settled(page);
    expect(await seriousFaults(page)).toEqual([]);
    expect(demo.faults).toEqual([]);
  });

  it('goes back to Detect once the name of the policy is typed', async () => {
    const back = page.getByRole('button', { name: 'Back to Detect' });
    expect(await back.isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: /^Type default/ }).fill('default');
    await back.click();
    await page.getByText('stopped', { exact: true }).waitFor();
    expect(await attack()).toBe(200);
  });
});
