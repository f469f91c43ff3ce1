/**
 * A viewer of one namespace, over every address of the console: what the OpenAPI document describes is all that there is, and by none of it
 * can anything of another namespace be read, changed, counted or followed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import { seededEvents, seededTraffic } from './seed.ts';
import {
  type Answered,
  admin,
  type ConsoleStand,
  PASSWORD,
  startConsoleStand,
  store,
  Visitor,
} from './stand.ts';

/** Recent: judgements of policies look some days back from now. */
const UNTIL = Date.now() - 60_000;
const ALERT = { description: 'd', severity: 1, dataSet: 'waf', query: 'waf.destination.namespace = bank' };
/** Answered without a session, or no data: pages, reports of browsers, and the document itself. */
const UNDESCRIBED = /^(?:GET \/\*|GET \/assets\/.*|POST \/csp-report|GET \/v1\/openapi\.json)$/;

/** An id of ours, in a file of the other namespace's policy. */
const BANK_RULE = 100_001;
const POLICIES = {
  shop: { mode: 'Detect' },
  bank: {
    mode: 'Block',
    ruleFiles: { after: ['bank.conf'] },
    exclusions: [{ rules: [942_100], targets: ['ARGS:bank'], reason: 'of the bank' }],
  },
};

let stand: ConsoleStand;
let desk: FileDesk;
let root: Visitor;
let vera: Visitor;
/** Ids of documents of the namespace that she does not see, and of a page of it behind which there is more. */
let foreign: { readonly waf: string; readonly l7: string; readonly cursor: string };

interface Operation {
  readonly method: string;
  readonly url: string;
}

beforeAll(async () => {
  stand = await startConsoleStand({
    alerts: { 'of-bank': ALERT },
    deskOf: (events, directory) => {
      const file = join(directory, 'sluice.yaml');
      writeFileSync(file, JSON.stringify({ policies: POLICIES }));
      writeFileSync(
        join(directory, 'bank.conf'),
        `SecRule ARGS "@streq x" "id:${BANK_RULE},phase:2,pass,msg:'of the bank'"\n`,
      );
      desk = new FileDesk({ file, store: events, log: pino({ level: 'silent' }) });
      return desk;
    },
  });
  await store(stand.store, seededEvents({ events: 400, until: UNTIL, payloads: ['a payload'] }));
  await store(stand.store, seededTraffic(UNTIL, ['/items']));
  root = await admin(stand);
  for (const role of ['viewer', 'operator', 'admin'])
    await root.ask('PUT', `/api/users/${role}`, { role, namespaces: ['shop'], password: PASSWORD });
  vera = await signedIn('viewer');
  const query = 'waf.destination.namespace = bank';
  const { body: page } = await root.ask('POST', '/v1/events/search', { query, size: 1 });
  const traffic = { dataSet: 'l7', query: 'l7.destination.namespace = bank', size: 1 };
  const { body: other } = await root.ask('POST', '/v1/events/search', traffic);
  foreign = {
    waf: Object(page).documents[0].id,
    l7: Object(other).documents[0].id,
    cursor: String(page.cursor),
  };
});

afterAll(async () => {
  await desk?.close();
  await stand?.close();
});

async function signedIn(name: string): Promise<Visitor> {
  const visitor = new Visitor(stand.url);
  expect((await visitor.signIn(name)).status).toBe(200);
  return visitor;
}

/** All that the document describes. */
async function operations(): Promise<readonly Operation[]> {
  const { body } = await vera.ask('GET', '/v1/openapi.json');
  return Object.entries(Object(body.paths) as Record<string, object>).flatMap(([url, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), url })),
  );
}

const nameOf = ({ method, url }: Operation): string => `${method} ${url}`;

/** An address with the names of the other namespace where it has parameters. */
const addressed = (url: string): string =>
  url
    .replace('{dataSet}/{id}', `waf/${foreign.waf}`)
    .replace(/\{(?:namespace|ns)\}/g, 'bank')
    .replace(/\{id\}/g, foreign.waf)
    .replace(/\{name\}/g, 'of-bank')
    .replace(/\{\w+\}/g, 'bank');

/** What somebody would send who wants to see the other namespace, by the address that it is for. */
const QUESTIONS: Readonly<Record<string, readonly object[]>> = {
  '/v1/events/search': [
    { size: 500 },
    { size: 500, query: 'waf.destination.namespace = bank' },
    { size: 500, query: 'NOT waf.destination.namespace = shop' },
    { size: 500, query: 'waf.policy IN {"b*"} OR url.domain = "bank.example"' },
    { size: 500, sort: 'waf.destination.namespace:asc' },
    { size: 500, dataSet: 'l7', query: 'l7.policy = bank OR l7.count > 0' },
    { size: 500, dataSet: 'alert' },
  ],
  '/v1/events/count': [
    { query: 'waf.destination.namespace = bank' },
    { query: 'NOT waf.destination.namespace = shop' },
    { dataSet: 'l7', query: 'l7.destination.namespace = bank' },
    { dataSet: 'alert' },
  ],
  '/v1/events/aggregate': [
    { kind: 'terms', field: 'waf.destination.namespace' },
    { kind: 'terms', field: 'waf.destination.owner' },
    { kind: 'terms', field: 'waf.policy' },
    { kind: 'terms', field: 'url.domain', query: 'NOT waf.destination.namespace = shop' },
    { kind: 'composite', fields: ['waf.policy', 'waf.destination.pod'] },
    { kind: 'composite', fields: ['l7.policy', 'l7.template'], dataSet: 'l7' },
    { kind: 'terms', field: 'event.id', size: 1_000 },
    {
      kind: 'date_histogram',
      intervalMillis: 3_600_000,
      query: 'waf.policy = bank',
      metric: 'max:waf.latency_us',
    },
  ],
};

const bodies = (): readonly object[] => [
  {},
  { alert: 'of-bank', by: 'me', seconds: 60 },
  { spec: ALERT, namespace: 'bank' },
  { name: 'of-bank', namespace: 'bank', role: 'admin', namespaces: null, password: PASSWORD },
  { dataSet: 'waf', id: foreign.waf, query: 'waf.destination.namespace = bank', reason: 'r', owner: 'o' },
  { event: foreign.waf, reason: 'r', owner: 'o', confirm: 'bank' },
  { event: foreign.waf },
  { policy: 'bank', paths: ['/pay'], tolerated: 1_000 },
  { policy: 'bank', back: true, confirm: 'bank' },
];

/** Neither a name nor a count of it. Who was refused may be told what they have asked for, and no more. */
function expectNothing({ status, body }: Answered, of: string): void {
  const told = status >= 400 ? /.{0,60}(?:Deployment.bank|bank\.example).{0,60}/ : /.{0,60}bank.{0,60}/;
  expect(told.exec(JSON.stringify(body))?.[0], of).toBe(undefined);
  if (status < 400 && 'count' in body) expect(body.count, of).toBe(0);
}

describe('the OpenAPI document', () => {
  it('describes every address that the console answers, and no other', async () => {
    const described = (await operations()).map(nameOf);
    const answered = stand.console.routes
      .filter((route) => !UNDESCRIBED.test(route))
      .map((route) => route.replace(/:(\w+)/g, '{$1}'));
    expect(answered.filter((route) => !described.includes(route))).toEqual([]);
    // Nodes deliver elsewhere.
    expect(described.filter((route) => !answered.includes(route))).toEqual(['POST /v1/records']);
  });
});

describe('a viewer of another namespace', () => {
  it('reads nothing of it by any GET, with its ids as parameters', async () => {
    for (const { method, url } of await operations()) {
      if (method !== 'GET' || url === '/v1/tail') continue;
      for (const question of QUESTIONS[url] ?? [{}]) {
        const text = Object.entries(question).map(([name, value]) => [name, String(value)]);
        const path = `${addressed(url)}?${new URLSearchParams(text)}`;
        expectNothing(await vera.ask(method, path), `${method} ${path}`);
      }
    }
    for (const id of [`waf/${foreign.waf}`, `l7/${foreign.l7}`]) {
      expect((await root.ask('GET', `/v1/events/${id}`)).status).toBe(200);
      expect((await vera.ask('GET', `/v1/events/${id}`)).status).toBe(404);
    }
  });

  it('counts and finds nothing of it by any question', async () => {
    for (const [url, questions] of Object.entries(QUESTIONS)) {
      for (const question of questions) {
        const of = `${url} ${JSON.stringify(question)}`;
        const all = await root.ask('POST', url, question);
        expect(all.status, of).toBe(200);
        expectNothing(await vera.ask('POST', url, question), of);
      }
    }
    const counted = async (query: string, visitor: Visitor): Promise<unknown> =>
      (await visitor.ask('POST', '/v1/events/count', { query })).body.count;
    // Not that all questions are answered by nothing.
    expect(await counted('', vera)).toBe(await counted('waf.destination.namespace = shop', root));
    expect(await counted('waf.destination.namespace = bank', root)).not.toBe(0);
  });

  it('comes to nothing of it by a cursor of somebody who sees it', async () => {
    const page = { query: '', size: 500, cursor: foreign.cursor };
    const all = (await root.ask('POST', '/v1/events/search', page)).body;
    expect(JSON.stringify(all).includes('Deployment/bank')).toBe(true);
    expectNothing(await vera.ask('POST', '/v1/events/search', page), 'a cursor');
  });

  it('changes nothing by any other method, whatever they send', async () => {
    const before = JSON.stringify((await root.ask('GET', '/v1/alerts')).body);
    const users = JSON.stringify((await root.ask('GET', '/api/users')).body);
    const policies = (): Promise<readonly unknown[]> =>
      Promise.all(
        ['/api/exclusions', '/api/policies', '/api/moves'].map(
          async (url) => (await root.ask('GET', url)).body,
        ),
      );
    const ruled = await policies();
    const stored = (await root.ask('GET', '/v1/stats')).body;
    for (const { method, url } of await operations()) {
      if (method === 'GET' || url === '/api/session' || url in QUESTIONS) continue;
      for (const body of bodies()) {
        const answer = await vera.ask(method, addressed(url), body);
        expectNothing(answer, nameOf({ method, url }));
        if (OWN.test(url)) continue;
        expect(answer.status, `${method} ${url} ${JSON.stringify(answer.body)}`).toBeGreaterThanOrEqual(400);
      }
    }
    expect(JSON.stringify((await root.ask('GET', '/v1/alerts')).body)).toBe(before);
    expect(JSON.stringify((await root.ask('GET', '/api/users')).body)).toBe(users);
    expect((await root.ask('GET', '/v1/stats')).body).toEqual(stored);
    expect(await policies()).toEqual(ruled);
    expect(JSON.stringify(ruled)).toContain('of the bank');
  });

  it('is told of its policies what is told of those that are not there', async () => {
    const event = foreign.waf;
    const asked = [
      ['/api/promote', { workload: 'bank' }, { workload: 'none' }],
      ['/api/promote', { workload: 'bank/Deployment/bank' }, { workload: 'none/Deployment/none' }],
      ['/api/exclusions/preview', { event }, { event: 'none' }],
      ['/api/exclusions/preview', { event, scope: 'everywhere' }, { event: 'none', scope: 'everywhere' }],
      ['/api/replay', { event }, { event: 'none' }],
    ] as const;
    for (const [url, there, gone] of asked) {
      const of = `${url} ${JSON.stringify(there)}`;
      const [known, unknown] = [await vera.ask('POST', url, there), await vera.ask('POST', url, gone)];
      const text = ({ status, body: { from: _, to: __, workload: ___, ...body } }: Answered): string =>
        JSON.stringify([status, body]);
      expect(text(known), of).toBe(text(unknown));
      expectNothing({ ...known, body: { ...known.body, workload: '' } }, of);
    }
    // Not that nobody is told anything.
    const all = await root.ask('POST', '/api/promote', { workload: 'bank' });
    expect(all.body).toMatchObject({ policies: ['bank'] });
    expect((await root.ask('POST', '/api/exclusions/preview', { event })).body.policy).toBe('bank');
    const own = await vera.ask('POST', '/api/promote', { workload: 'shop' });
    expect(own.body).toMatchObject({ policies: ['shop'] });
  });

  it('reads no rule that its policy brings', { timeout: 300_000 }, async () => {
    const theirs = await root.ask('GET', `/api/rules/${BANK_RULE}`);
    expect(theirs.body).toMatchObject({ message: 'of the bank' });
    const hers = await vera.ask('GET', `/api/rules/${BANK_RULE}`);
    expect(hers.status).toBeGreaterThanOrEqual(400);
    expectNothing(hers, 'a rule of the bank');
    expect((await vera.ask('GET', '/api/rules/942100')).body).toMatchObject({ id: 942_100 });
  });

  it.each(['operator', 'admin'])('is not helped by the role %s', async (role) => {
    const other = await signedIn(role);
    for (const { method, url } of await operations()) {
      if (url === '/api/session' || url === '/v1/tail' || OWN.test(url)) continue;
      // Without a question it is the number of their own.
      if (method === 'GET' && url === '/v1/events/count') continue;
      const questions = QUESTIONS[url] ?? bodies();
      for (const body of method === 'GET' ? [undefined] : questions)
        expectNothing(await other.ask(method, addressed(url), body), `${role}: ${method} ${url}`);
    }
    expect((await root.ask('GET', '/api/users')).body).toMatchObject({
      users: expect.arrayContaining([expect.objectContaining({ name: role, namespaces: ['shop'] })]),
    });
  });
});

/** One's own: of the one who is signed in, and of nobody else. */
const OWN = /^\/api\/(?:password|searches)/;

describe('the live tail', () => {
  async function follow(
    visitor: Visitor,
  ): Promise<{ readonly text: () => string; readonly ended: Promise<void> }> {
    const answer = await fetch(`${stand.url}/v1/tail`, { headers: { cookie: visitor.cookie } });
    expect(answer.status).toBe(200);
    let text = '';
    const read = async (): Promise<void> => {
      for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
    };
    const ended = read();
    await expect.poll(() => text).toContain('following');
    return { text: () => text, ended };
  }

  const append = async (name: string): Promise<void> => {
    const until = UNTIL + 86_400_000;
    await stand.hub.append([...seededEvents({ events: 40, until, payloads: ['x'], name })]);
  };

  it('has nothing of the other namespace, and ends with the session', async () => {
    const visitor = await signedIn('viewer');
    const tail = await follow(visitor);
    await append('before');
    await expect.poll(tail.text).toContain('"before0000000039"');
    await visitor.ask('DELETE', '/api/session');
    await append('after');
    await tail.ended;
    expect(tail.text()).toContain('Deployment/shop');
    expect(tail.text()).not.toContain('bank');
    expect(tail.text()).not.toContain('after0');
  });

  it('ends when the user sees something else, or is gone', async () => {
    for (const change of ['PUT', 'DELETE']) {
      await root.ask('PUT', '/api/users/tess', { role: 'viewer', namespaces: null, password: PASSWORD });
      const tail = await follow(await signedIn('tess'));
      await root.ask(
        change,
        '/api/users/tess',
        change === 'PUT' ? { role: 'viewer', namespaces: ['shop'] } : undefined,
      );
      await append(`changed-${change}`);
      await tail.ended;
      expect(tail.text()).not.toContain('changed-');
    }
  });
});
