/** The demo with a state of its own, and a page of its console on which the first user is signed in. One for a process: its folder is named by that. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type DemoMode, Stage } from '../../packages/cli/src/demo/stage.ts';
import { launch, openPage } from './browser.ts';
import { PASSWORD } from './stand.ts';

export interface DemoStand {
  readonly stage: Stage;
  readonly page: Page;
  /** What the page has met that it must not. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

export async function startDemo(mode: DemoMode): Promise<DemoStand> {
  const state = mkdtempSync(join(tmpdir(), 'sluice-state-'));
  const former = process.env.SLUICE_STATE;
  process.env.SLUICE_STATE = state;
  const stage = new Stage(mode);
  await stage.start({ mode, port: 0, shopPort: 0, store: 'sqlite', keep: false });
  const { origin, hash } = new URL(stage.consoleUrl);
  const browser = await launch();
  const faults: string[] = [];
  const page = await openPage(browser, origin, faults);
  await page.goto(`/${hash}`);
  await page.getByLabel('Name').fill('root');
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Make the first user' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  return {
    ...{ stage, page, faults },
    close: async () => {
      await browser.close();
      await stage.stop();
      rmSync(state, { recursive: true, force: true });
      if (former === undefined) delete process.env.SLUICE_STATE;
      else process.env.SLUICE_STATE = former;
    },
  };
}
