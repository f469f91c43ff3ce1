/** The browser of `sluice bench console`: node main.ts WELCOME NOW ROUNDS; one line of JSON. */
import { PAGES_FOLDER } from '../../../packages/console/src/index.ts';
import { launch, type Page } from '../../../test/console/browser.ts';
import type { Measured } from '../figures.ts';
import { firstViews, searches } from './measure.ts';

const PASSWORD = 'only for this benchmark';

/** The first user of the console; the page is theirs afterwards. */
async function makeFirstUser(page: Page, welcome: string): Promise<void> {
  await page.goto(welcome);
  await page.getByLabel('Name').fill('bench');
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Make the first user' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}

const [welcome = '', now = '', rounds = ''] = process.argv.slice(2);
const browser = await launch();
try {
  const signedIn = await browser.newContext();
  await makeFirstUser(await signedIn.newPage(), welcome);
  const url = new URL(welcome).origin;
  const stage = { browser, signedIn, url, now: Number(now) };
  process.stderr.write('first views\n');
  const views = await firstViews(stage, Number(rounds), PAGES_FOLDER);
  process.stderr.write('searches\n');
  const found = await searches(stage, Number(rounds));
  process.stdout.write(`${JSON.stringify({ views, found } satisfies Measured)}\n`);
} finally {
  await browser.close();
}
