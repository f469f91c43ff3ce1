/** Who gets in, and what they may see and do. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CONSOLE_ROUTES } from '@sluice/console';
import { HUB_ROUTES } from '@sluice/hub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededEvents, seededTraffic } from './seed.ts';
import { admin, type ConsoleStand, PASSWORD, startConsoleStand, store, Visitor } from './stand.ts';

const UNTIL = Date.UTC(2026, 10, 23);
let stand: ConsoleStand;
let root: Visitor;

beforeAll(async () => {
  stand = await startConsoleStand();
  await store(stand.store, seededEvents({ events: 500, until: UNTIL, payloads: ['secret-of-a-namespace'] }));
  await store(stand.store, seededTraffic(UNTIL, ['/items']));
  const wrong = await new Visitor(stand.url).ask('POST', '/api/bootstrap', {
    token: 'no',
    name: 'eve',
    password: PASSWORD,
  });
  expect([wrong.status, new Visitor('').codeOf(wrong)]).toEqual([401, 'CONSOLE_TOKEN']);
  root = await admin(stand);
  await root.ask('PUT', '/api/users/vera', { role: 'viewer', namespaces: ['shop'], password: PASSWORD });
  await root.ask('PUT', '/api/users/omar', { role: 'operator', namespaces: null, password: PASSWORD });
});

afterAll(() => stand.close());

async function signedIn(name: string): Promise<Visitor> {
  const visitor = new Visitor(stand.url);
  expect((await visitor.signIn(name)).status).toBe(200);
  return visitor;
}

describe('the first user', () => {
  it('is made once by the token', async () => {
    const again = await new Visitor(stand.url).ask('POST', '/api/bootstrap', {
      token: stand.token,
      name: 'eve',
      password: PASSWORD,
    });
    expect(again.status).toBe(401);
    const { body } = await root.ask('GET', '/api/users');
    expect(Object(body).users.map(({ name }: { name: string }) => name)).toEqual(['omar', 'root', 'vera']);
  });
  it('and all others are kept in a file of the owner, without passwords', () => {
    const path = join(stand.directory, 'console-users.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).not.toContain(PASSWORD);
    expect(stand.log()).not.toContain(PASSWORD);
    expect(stand.log()).not.toContain(stand.token);
  });
});

describe('a session', () => {
  it('has a cookie that no script and no other site gets', async () => {
    const { headers } = await new Visitor(stand.url).signIn('root');
    expect(headers.getSetCookie()[0]).toMatch(
      /^sluice_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });
  it('ends when it is told to', async () => {
    const visitor = await signedIn('vera');
    expect((await visitor.ask('GET', '/v1/stats')).status).toBe(200);
    await visitor.ask('DELETE', '/api/session');
    expect((await visitor.ask('GET', '/v1/stats')).status).toBe(401);
  });
  it('of a user who is removed ends at once', async () => {
    await root.ask('PUT', '/api/users/gone', { role: 'viewer', namespaces: null, password: PASSWORD });
    const visitor = await signedIn('gone');
    await root.ask('DELETE', '/api/users/gone');
    expect((await visitor.ask('GET', '/v1/stats')).status).toBe(401);
  });
  it('changes nothing without its token, or from another site', async () => {
    const visitor = await signedIn('root');
    const put = { role: 'viewer', namespaces: null, password: PASSWORD };
    const forged = await visitor.ask('PUT', '/api/users/eve', put, { 'x-sluice-csrf': 'x'.repeat(43) });
    const foreign = await visitor.ask('PUT', '/api/users/eve', put, { 'sec-fetch-site': 'cross-site' });
    expect([forged, foreign].map((answer) => [answer.status, visitor.codeOf(answer)])).toEqual([
      [403, 'CONSOLE_CROSS_SITE'],
      [403, 'CONSOLE_CROSS_SITE'],
    ]);
  });
  it('is not had under a name of another site that leads here', async () => {
    const { default: http } = await import('node:http');
    const status = await new Promise((resolve) => {
      http.get(`${stand.url}/api/session`, { headers: { host: 'evil.example' } }, ({ statusCode }) =>
        resolve(statusCode),
      );
    });
    expect(status).toBe(421);
  });
  it('is not had by guessing', async () => {
    const guesser = new Visitor(stand.url);
    const codes: unknown[] = [];
    for (let guess = 0; guess < 7; guess += 1)
      codes.push(guesser.codeOf(await guesser.signIn('nobody', `guess number ${guess}`)));
    expect(codes.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'CONSOLE_CREDENTIALS'));
    expect(codes.slice(5)).toContain('CONSOLE_ATTEMPTS');
    // Whoever knows the password waits as well: the wait is of the address. It ends.
    await expect.poll(async () => (await new Visitor(stand.url).signIn('root')).status).toBe(200);
  });
});

describe('roles', () => {
  it.each(Object.entries(CONSOLE_ROUTES).filter(([, { role }]) => role === 'admin'))(
    'admin alone: %s',
    async (_, route) => {
      const omar = await signedIn('omar');
      const answer = await omar.ask(
        route.method,
        route.url.replace(':name', 'vera'),
        route.method === 'GET' ? undefined : {},
      );
      expect([answer.status, omar.codeOf(answer)]).toEqual([403, 'CONSOLE_FORBIDDEN']);
    },
  );
  it.each(Object.entries(CONSOLE_ROUTES).filter(([, { role }]) => role === 'admin'))(
    'an admin of some namespaces makes nobody who sees more: %s',
    async (_, route) => {
      await root.ask('PUT', '/api/users/anna', { role: 'admin', namespaces: ['shop'], password: PASSWORD });
      const anna = await signedIn('anna');
      const answer = await anna.ask(
        route.method,
        route.url.replace(':name', 'anna'),
        route.method === 'PUT' ? { role: 'admin', namespaces: null } : undefined,
      );
      await root.ask('DELETE', '/api/users/anna');
      expect([answer.status, anna.codeOf(answer)]).toEqual([403, 'CONSOLE_NAMESPACES']);
    },
  );
  it('leave an admin of all', async () => {
    const answer = await root.ask('DELETE', '/api/users/root');
    expect([answer.status, root.codeOf(answer)]).toEqual([409, 'CONSOLE_USER']);
  });
  it('are asked for at every address of the hub and of the console', async () => {
    const open = ['/api/session', '/api/session/token', '/api/bootstrap'];
    const routes = [...Object.values(HUB_ROUTES), ...Object.values(CONSOLE_ROUTES)].flat();
    for (const { method, url } of routes) {
      if (open.includes(url) || url.startsWith('/v1/records')) continue;
      const path = url.replace(/:\w+/g, 'waf');
      const body = method === 'GET' ? undefined : {};
      const { status } = await new Visitor(stand.url).ask(String(method), path, body);
      // A hub without alerts has no addresses for them.
      expect([401, 404], `${String(method)} ${url}`).toContain(status);
      if (!url.startsWith('/v1/alerts')) expect(status, `${String(method)} ${url}`).toBe(401);
    }
  });
  it('are written down with what was done', async () => {
    const { body } = await root.ask('GET', '/api/audit');
    const entries = Object(body).entries as readonly {
      readonly user: string;
      readonly action: string;
      readonly target: string;
    }[];
    expect(entries.find(({ action, target }) => action === 'user.put' && target === 'vera')?.user).toBe(
      'root',
    );
  });
});

describe('breaches of the pages’ policy, which anybody may report', () => {
  it('are counted, and do not fill the log', async () => {
    const report = () =>
      fetch(`${stand.url}/csp-report`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/csp-report' }, body: '{}' },
      });
    const before = stand.console.policyReports;
    const answers = await Promise.all(Array.from({ length: 20 }, report));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    expect(stand.console.policyReports - before).toBe(20);
    expect(stand.log().split('a browser reports a breach')).toHaveLength(2);
  });
});

describe('namespaces', () => {
  /** Of all: what is asked, and how much of `bank` would show. */
  const QUESTIONS: readonly (readonly [string, string, unknown])[] = [
    ['POST', '/v1/events/search', { size: 500 }],
    [
      'POST',
      '/v1/events/search',
      { size: 500, query: 'waf.destination.namespace = bank OR waf.policy IN {"*"}' },
    ],
    ['POST', '/v1/events/search', { size: 500, dataSet: 'l7' }],
    ['POST', '/v1/events/aggregate', { kind: 'terms', field: 'waf.destination.namespace', size: 10 }],
    ['POST', '/v1/events/aggregate', { kind: 'composite', fields: ['waf.policy', 'rule.id'], size: 100 }],
    ['POST', '/v1/events/aggregate', { kind: 'terms', field: 'l7.policy', size: 10, dataSet: 'l7' }],
    ['GET', '/v1/stats', undefined],
  ];
  it.each(QUESTIONS)('%s %s %j shows nothing of others', async (method, path, body) => {
    const vera = await signedIn('vera');
    const all = await root.ask(method, path, body);
    const some = await vera.ask(method, path, body);
    expect([all.status, some.status]).toEqual([200, 200]);
    if (path !== '/v1/stats') expect(JSON.stringify(all.body)).toContain('bank');
    expect(JSON.stringify(some.body)).not.toContain('bank');
    expect(JSON.stringify(some.body).length).toBeLessThan(JSON.stringify(all.body).length);
  });
  it('count, by any query, nothing of others', async () => {
    const vera = await signedIn('vera');
    const counted = async (visitor: Visitor, query: string): Promise<unknown> =>
      (await visitor.ask('GET', `/v1/events/count?query=${encodeURIComponent(query)}`)).body.count;
    const shop = await counted(root, 'waf.destination.namespace = shop');
    expect(await counted(vera, '')).toBe(shop);
    expect(await counted(vera, 'NOT waf.destination.namespace = shop')).toBe(0);
    expect(await counted(vera, 'waf.destination.namespace = bank OR url.domain = "bank.example"')).toBe(0);
  });
  it('give no document of others by its id', async () => {
    const vera = await signedIn('vera');
    const { body } = await root.ask('POST', '/v1/events/search', {
      query: 'waf.destination.namespace = bank',
      size: 1,
    });
    const id = Object(body).documents[0].id;
    expect((await root.ask('GET', `/v1/events/waf/${id}`)).status).toBe(200);
    expect((await vera.ask('GET', `/v1/events/waf/${id}`)).status).toBe(404);
  });
  it('follow nothing of others', async () => {
    const vera = await signedIn('vera');
    const cookie = (await vera.signIn('vera')).headers.getSetCookie()[0]?.replace(/;.*/s, '') ?? '';
    const ending = new AbortController();
    const answer = await fetch(`${stand.url}/v1/tail`, { headers: { cookie }, signal: ending.signal });
    const records = [
      ...seededEvents({ events: 40, until: UNTIL + 86_400_000, payloads: ['x'], name: 'tail' }),
    ];
    const last =
      records.findLast(({ document }) => JSON.stringify(document).includes('Deployment/shop'))?.id ?? '';
    await stand.hub.append(records);
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes(last)) break;
    }
    ending.abort();
    expect(text).toContain('Deployment/shop');
    expect(text).not.toContain('bank');
  });
});
