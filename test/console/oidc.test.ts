/** Sign-in by a real provider of OpenID Connect, in a real browser. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import { launch, seriousFaults } from './browser.ts';
import { CLIENT, type OidcStand, signInThrough, startProvider, throughProvider } from './oidc-stand.ts';
import { type ConsoleStand, startConsoleStand, Visitor } from './stand.ts';

const GROUPS = { jane: ['shop', 'night'], zoe: ['shop', 'audit'], nobody: ['others'] };
const TABLE = [
  { group: 'audit', role: 'viewer', namespaces: ['till'] },
  { group: 'shop', role: 'operator', namespaces: ['shop'] },
  { group: 'night', role: 'viewer', namespaces: ['bank'] },
];

let provider: OidcStand;
let stand: ConsoleStand;
let browser: Browser;

beforeAll(async () => {
  const address = `http://127.0.0.1:${await freePort()}`;
  provider = await startProvider(address, GROUPS);
  stand = await startConsoleStand({
    console: {
      listen: new URL(address).host,
      oidc: {
        ...{ issuer: provider.issuer, clientId: CLIENT.id, clientSecretFile: 'oidc-secret' },
        ...{ address, label: 'company login', groups: TABLE },
      },
    },
    files: { 'oidc-secret': `${CLIENT.secret}\n` },
  });
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await stand?.close();
  await provider?.close();
});

async function newPage(): Promise<Page> {
  const context = await browser.newContext({ baseURL: stand.url, locale: 'en-GB' });
  context.setDefaultTimeout(60_000);
  // The provider's own page wants a font from elsewhere.
  await context.route(/googleapis/, (route) => route.abort());
  return context.newPage();
}

const whoIs = async (page: Page): Promise<unknown> =>
  (await (await page.request.get('/api/session')).json()).user;

const auditLines = (): readonly Record<string, string>[] =>
  readFileSync(join(stand.directory, 'console-audit.ndjson'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

it('lets in whom the provider knows, with the role and the namespaces of their groups, and out again on both sides', async () => {
  const page = await newPage();
  await page.goto('/');
  await page.getByRole('link', { name: 'Sign in with company login' }).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await signInThrough(page, 'jane');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  expect(await whoIs(page)).toEqual({
    ...{ name: 'oidc:jane', role: 'operator', namespaces: ['shop'], source: 'oidc' },
  });
  expect(new URL(page.url()).search).toBe('');
  expect(auditLines().at(-1)).toMatchObject({ user: 'oidc:jane', action: 'session.begin', outcome: 'done' });
  const cookies = await page.context().cookies(stand.url);
  expect(cookies).toMatchObject([{ name: 'sluice_session', httpOnly: true, sameSite: 'Strict' }]);
  await page.getByRole('button', { name: 'oidc:jane (operator)' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: /Yes, sign me out/ }).click();
  await page.getByRole('link', { name: 'Sign in with company login' }).click();
  // The provider has forgotten them, too.
  await page.getByPlaceholder('Enter any login').waitFor();
  expect(stand.log()).not.toMatch(/eyJ|code_verifier/);
  await page.context().close();
});

it('takes the role of the first line, in the namespaces of all lines that give it or more', async () => {
  const page = await newPage();
  await signInThrough(page, 'zoe');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  expect(await whoIs(page)).toMatchObject({ role: 'viewer', namespaces: ['shop', 'till'] });
  await page.context().close();
});

it('lets in nobody whose groups give nothing, and says so', async () => {
  const page = await newPage();
  await signInThrough(page, 'nobody');
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.textContent()).toContain('You are known, and may see nothing here.');
  expect(await whoIs(page)).toBeNull();
  expect(auditLines().at(-1)).toMatchObject({ user: 'oidc:nobody', outcome: 'refused' });
  await page.goto('/?refused=<b>CONSOLE_OIDC</b>');
  await page.getByRole('link', { name: 'Sign in with company login' }).waitFor();
  expect(await alert.count()).toBe(0);
  await page.context().close();
});

interface Begun {
  readonly cookie: string;
  readonly url: URL;
}

async function begin(): Promise<Begun> {
  const answer = await fetch(`${stand.url}/api/oidc/begin`, { redirect: 'manual' });
  const [cookie = ''] = answer.headers.getSetCookie();
  return { cookie, url: new URL(answer.headers.get('location') ?? '') };
}

const back = (query: string, cookie = ''): Promise<Response> =>
  fetch(`${stand.url}/api/oidc/callback${query}`, {
    redirect: 'manual',
    headers: { cookie: cookie.replace(/;.*/s, '') },
  });

it('asks for a code with PKCE, state and nonce, new each time, which only that browser brings back', async () => {
  const [one, other] = await Promise.all([begin(), begin()]);
  expect(one.cookie).toMatch(/^sluice_oidc=[\w-]+; Max-Age=600; Path=\/api\/oidc; HttpOnly; SameSite=Lax$/);
  expect(Object.fromEntries(one.url.searchParams)).toMatchObject({
    ...{ response_type: 'code', code_challenge_method: 'S256', client_id: CLIENT.id },
    redirect_uri: `${stand.url}/api/oidc/callback`,
  });
  for (const name of ['state', 'nonce', 'code_challenge']) {
    const values = [one, other].map(({ url }) => url.searchParams.get(name));
    expect(new Set(values).size).toBe(2);
    expect(values[0]?.length).toBeGreaterThan(40);
  }
  const state = one.url.searchParams.get('state');
  const answers = await Promise.all([
    back(`?code=made-up&state=${state}`),
    back(`?code=made-up&state=${state}`, other.cookie),
    back(`?code=made-up&state=${state}`, one.cookie),
    back(`?error=access_denied&state=${state}`, one.cookie),
    back(`?code=made-up&state=${state}`, 'sluice_oidc=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'),
  ]);
  expect(answers.map(({ status, headers }) => [status, headers.get('location')])).toEqual(
    answers.map(() => [303, '/?refused=CONSOLE_OIDC']),
  );
  expect(answers.flatMap(({ headers }) => headers.getSetCookie()).join()).not.toContain('sluice_session');
});

it('takes a code once, from the browser that began, and goes nowhere but home', async () => {
  const [one, other] = await Promise.all([begin(), begin()]);
  // A browser that has not begun comes back with a code that is good.
  const page = await newPage();
  const came = page.waitForRequest(/api\/oidc\/callback/);
  await page.goto(one.url.href);
  await throughProvider(page, 'jane');
  await page.getByRole('alert').waitFor();
  const asked = `${new URL((await came).url()).search}&redirect=https://evil.example/&next=//evil.example`;
  const answers = [await back(asked), await back(asked, other.cookie)];
  answers.push(await back(asked, one.cookie), await back(asked, one.cookie));
  expect(answers.map(({ headers }) => headers.get('location'))).toEqual([
    ...['/?refused=CONSOLE_OIDC', '/?refused=CONSOLE_OIDC', '/', '/?refused=CONSOLE_OIDC'],
  ]);
  const sessions = answers.map(({ headers }) => headers.getSetCookie().join().includes('sluice_session'));
  expect(sessions).toEqual([false, false, true, false]);
  await page.context().close();
});

it('has no password, and is another than a local user of that name', async () => {
  const page = await newPage();
  await signInThrough(page, 'jane');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const { csrf } = await (await page.request.get('/api/session')).json();
  const answer = await page.request.put('/api/password', {
    headers: { 'x-sluice-csrf': csrf },
    data: { current: 'x', next: 'correct horse battery' },
  });
  expect([answer.status(), (await answer.json()).error.code]).toEqual([409, 'CONSOLE_USER']);
  const local = new Visitor(stand.url);
  expect((await local.signIn('oidc:jane')).status).toBe(401);
  await page.context().close();
});
