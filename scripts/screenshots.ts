/** The pages of docs/console.md, as pictures: node scripts/screenshots.ts [NAME…]. The same day each time, in a cluster of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, launch, openPage, type Page, settled, signIn } from '../test/console/browser.ts';
import { startApiServer } from '../test/console/cluster-stand.ts';
import { consolePages } from '../test/console/console-pages.ts';
import { admin } from '../test/console/stand.ts';
import { tokenOf } from '../test/kubernetes/api-files.ts';
import { ADMIN } from '../test/kubernetes/api-server.ts';
import { startController } from '../test/kubernetes/view-stand.ts';
import { EVENTS, seededStand, UNTIL } from './screenshots-stand.ts';

const FOLDER = join(import.meta.dirname, '../docs/console');
const SCHEMES = ['light', 'dark'] as const;
const SIZE = { width: 1_120, height: 760 };

/** What a page shows that has something to show. */
async function shownPage(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  await settled(page);
  if (path !== '/alerts') return;
  // An alert is evaluated once a minute.
  while ((await page.locator('main tbody tr').count()) === 0) {
    const answered = page.waitForResponse(/v1\/alerts$/);
    await page.getByRole('button', { name: 'Look again' }).click();
    await answered;
    await settled(page);
  }
}

/** Somebody whom the cluster knows sees workloads; a local user sees the rest. */
async function enter(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('textbox', { name: 'Token of the cluster' }).fill(tokenOf(ADMIN));
  await page.getByRole('button', { name: 'Sign in with the token' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}

async function picturesOf(browser: Browser, url: string, wanted: readonly string[]): Promise<void> {
  const event = `/events/waf/seed${String(EVENTS - 2).padStart(10, '0')}`;
  const places = [...consolePages(), ['event', event] as const].filter(
    ([name]) => wanted.length === 0 || wanted.includes(name),
  );
  for (const scheme of SCHEMES) {
    for (const [name, path] of places) {
      const page = await openPage(browser, url, []);
      await page.setViewportSize(SIZE);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.clock.setFixedTime(UNTIL);
      await (path === '/workloads' ? enter(page) : signIn(page, 'root'));
      await shownPage(page, path);
      writeFileSync(join(FOLDER, `${name}-${scheme}.png`), await page.screenshot());
      process.stdout.write(`${name}-${scheme}.png\n`);
      await page.context().close();
    }
  }
}

mkdirSync(FOLDER, { recursive: true });
const server = await startApiServer({});
const controller = startController(server);
const stand = await seededStand(server);
const browser = await launch();
try {
  await admin(stand);
  await picturesOf(browser, stand.url, process.argv.slice(2));
} finally {
  await browser.close();
  await controller.stop();
  await stand.close();
  await server.stop();
}
