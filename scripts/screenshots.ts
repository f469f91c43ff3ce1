/** The pages of docs/console.md, as pictures: node scripts/screenshots.ts [NAME…]. The same day each time. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAlertSpecs } from '../packages/hub/src/index.ts';
import { type Browser, launch, openPage, type Page, settled, signIn } from '../test/console/browser.ts';
import { consolePages } from '../test/console/console-pages.ts';
import { seededEvents, seededTraffic } from '../test/console/seed.ts';
import { admin, type ConsoleStand, startConsoleStand, store } from '../test/console/stand.ts';

const FOLDER = join(import.meta.dirname, '../docs/console');
const EVENTS = 2_400;
const UNTIL = Date.UTC(2026, 10, 23, 9);
const PAYLOADS = [
  "1' OR 1=1 --",
  '<script>alert(1)</script>',
  '../../etc/passwd',
  ';cat /etc/passwd',
  "' UNION SELECT password FROM users --",
  '<img src=x onerror=alert(1)>',
];
const SCHEMES = ['light', 'dark'] as const;
const SIZE = { width: 1_120, height: 760 };

async function seededStand(): Promise<ConsoleStand> {
  const [example] = readAlertSpecs(join(import.meta.dirname, '../test/alerts/global-alert-942100.yaml'));
  const began = Date.now();
  const stand = await startConsoleStand({
    alerts: { [example?.name ?? '']: example?.spec },
    now: () => UNTIL + Date.now() - began,
  });
  await store(stand.store, seededEvents({ events: EVENTS, until: UNTIL, payloads: PAYLOADS }));
  await store(stand.store, seededTraffic(UNTIL, ['/items', '/items/{n}', '/cart']));
  return stand;
}

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

async function picturesOf(browser: Browser, stand: ConsoleStand, wanted: readonly string[]): Promise<void> {
  for (const scheme of SCHEMES) {
    const page = await openPage(browser, stand.url, []);
    await page.setViewportSize(SIZE);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.clock.setFixedTime(UNTIL);
    await signIn(page, 'root');
    const event = `/events/waf/seed${String(EVENTS - 2).padStart(10, '0')}`;
    for (const [name, path] of [...consolePages(), ['event', event] as const]) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      await shownPage(page, path);
      writeFileSync(join(FOLDER, `${name}-${scheme}.png`), await page.screenshot());
      process.stdout.write(`${name}-${scheme}.png\n`);
    }
    await page.context().close();
  }
}

mkdirSync(FOLDER, { recursive: true });
const stand = await seededStand();
const browser = await launch();
try {
  await admin(stand);
  await picturesOf(browser, stand, process.argv.slice(2));
} finally {
  await browser.close();
  await stand.close();
}
