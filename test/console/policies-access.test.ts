/** Who may exclude, remove and move, what has to be typed first, and what is never taken from a page. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpoolRecord } from '@sluice/spool';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import { seededEvents } from './seed.ts';
import { admin, type ConsoleStand, PASSWORD, startConsoleStand, store, Visitor } from './stand.ts';

const UNTIL = Date.now() - 60_000;
const POLICIES = `# of the shop's team
policies:
  shop: { mode: Block }
  bank: { mode: Detect } # not yet
`;

let stand: ConsoleStand;
let root: Visitor;
let file: string;
let desk: FileDesk;

beforeAll(async () => {
  stand = await startConsoleStand({
    deskOf: (events, directory) => {
      file = join(directory, 'sluice.yaml');
      writeFileSync(file, POLICIES);
      desk = new FileDesk({
        ...{ file, store: events, log: pino({ level: 'silent' }) },
        // What a server says of its reload is shown with a real one in false-positive.test.ts.
        awaitReload: async () => ({ outcome: 'applied', reason: '', atMillis: Date.now(), revision: null }),
      });
      return desk;
    },
  });
  await store(stand.store, seededEvents({ events: 400, until: UNTIL, payloads: ['hose'] }));
  await store(stand.store, attacks());
  root = await admin(stand);
  const put = (name: string, role: string, namespaces: readonly string[] | null) =>
    root.ask('PUT', `/api/users/${name}`, { role, namespaces, password: PASSWORD });
  await put('vera', 'viewer', ['shop']);
  await put('vic', 'viewer', null);
  await put('olga', 'operator', ['shop']);
  await put('omar', 'operator', null);
});

afterAll(async () => {
  await desk?.close();
  await stand?.close();
});

/** One source that goes from path to path: it probes, and its requests look like attacks. */
function* attacks(): Generator<SpoolRecord> {
  let turn = 0;
  for (const record of seededEvents({ events: 60, until: UNTIL, payloads: ["' or 1=1"], name: 'attack' })) {
    const { document } = record;
    if (!JSON.stringify(document).includes('Deployment/shop')) continue;
    turn += 1;
    const url = {
      original: `/place${turn % 12}?q=x`,
      domain: 'shop.example',
      path: `/place${turn % 12}`,
      query: 'q=x',
    };
    yield { ...record, document: { ...document, url, source: { ip: '198.51.100.9', port: 50_000 } } };
  }
}

async function signedIn(name: string): Promise<Visitor> {
  const visitor = new Visitor(stand.url);
  expect((await visitor.signIn(name)).status).toBe(200);
  return visitor;
}

async function eventOf(query: string): Promise<string> {
  const { body } = await root.ask('POST', '/v1/events/search', { query, size: 1 });
  return Object(body).documents[0].id;
}

const SHOP = 'waf.destination.namespace = shop AND url.path IN {"/items/*"}';
const BANK = 'waf.destination.namespace = bank AND url.path IN {"/items/*"}';
const WORDS = { owner: 'team', reason: 'people search', expires: null };

describe('what changes policies', () => {
  const CHANGES: readonly (readonly [string, string, object])[] = [
    ['POST', '/api/exclusions', { event: 'x', ...WORDS }],
    ['DELETE', '/api/exclusions/abc', {}],
    ['POST', '/api/moves', { policy: 'shop' }],
    ['POST', '/api/moves/stop', { policy: 'shop' }],
  ];
  it.each(CHANGES)(
    '%s %s takes an operator of all namespaces, on a page of the console',
    async (method, path, body) => {
      const answers: unknown[] = [];
      for (const name of ['vera', 'vic', 'olga']) {
        const visitor = await signedIn(name);
        answers.push(visitor.codeOf(await visitor.ask(method, path, body)));
      }
      expect(answers).toEqual(['CONSOLE_FORBIDDEN', 'CONSOLE_FORBIDDEN', 'CONSOLE_NAMESPACES']);
      const omar = await signedIn('omar');
      const forged = await omar.ask(method, path, body, { 'x-sluice-csrf': 'x'.repeat(43) });
      expect(omar.codeOf(forged)).toBe('CONSOLE_CROSS_SITE');
      expect(readFileSync(file, 'utf8')).toBe(POLICIES);
    },
  );
  it.each(['/api/exclusions', '/api/policies', '/api/moves'])(
    '%s is for who sees all namespaces',
    async (path) => {
      const vera = await signedIn('vera');
      expect(vera.codeOf(await vera.ask('GET', path))).toBe('CONSOLE_NAMESPACES');
      expect((await (await signedIn('vic')).ask('GET', path)).status).toBe(200);
    },
  );
});

describe('a viewer of one namespace', () => {
  it('has nothing proposed, replayed or analysed of the other', async () => {
    const vera = await signedIn('vera');
    const event = await eventOf(BANK);
    expect((await root.ask('POST', '/api/exclusions/preview', { event })).status).toBe(200);
    expect((await vera.ask('POST', '/api/exclusions/preview', { event })).status).toBe(404);
    expect((await vera.ask('POST', '/api/replay', { event })).status).toBe(404);
    const mine = await vera.ask('POST', '/api/promote', { workload: 'bank' });
    const all = await root.ask('POST', '/api/promote', { workload: 'bank' });
    expect(Number(all.body.events)).toBeGreaterThan(0);
    expect(mine.body.events).toBe(0);
  });
  it('is told that only their namespaces were looked at', async () => {
    const vera = await signedIn('vera');
    const { body } = await vera.ask('POST', '/api/exclusions/preview', { event: await eventOf(SHOP) });
    expect(body).toMatchObject({ confined: true, policy: 'shop' });
  });
});

describe('an exclusion', () => {
  it('is made of what the event has, whatever is sent', async () => {
    const event = await eventOf(SHOP);
    const preview = (more: object) => root.ask('POST', '/api/exclusions/preview', { event, ...more });
    const codes = [
      await preview({ chosen: [{ rule: 949_110, target: 'ARGS:q' }] }),
      await preview({ chosen: [{ rule: 942_100, target: 'REQUEST_URI' }] }),
      await preview({ scope: 'nowhere' }),
      await preview({ exclusions: [{ rules: ['1-999999'] }] }),
    ].map((answer) => root.codeOf(answer));
    expect(codes).toEqual(['CONSOLE_CHOICE', 'CONSOLE_CHOICE', 'HUB_REQUEST', 'HUB_REQUEST']);
  });
  it('that holds everywhere takes the name of the policy, typed', async () => {
    const body = { event: await eventOf(SHOP), scope: 'everywhere', ...WORDS };
    const omar = await signedIn('omar');
    for (const confirm of ['', 'bank']) {
      expect(omar.codeOf(await omar.ask('POST', '/api/exclusions', { ...body, confirm }))).toBe(
        'CONSOLE_CONFIRMATION',
      );
    }
    expect(readFileSync(file, 'utf8')).toBe(POLICIES);
  });
  it('with which attacks would pass takes it, too, and shows them first', async () => {
    const event = await eventOf('source.ip = 198.51.100.9');
    const { body } = await root.ask('POST', '/api/exclusions/preview', { event });
    const { effect, confirmation } = body as {
      effect: { attacks: number; examples: { isAttack: boolean }[] };
      confirmation: string;
    };
    expect(effect.attacks).toBeGreaterThan(0);
    expect(effect.examples[0]?.isAttack).toBe(true);
    expect(confirmation).toBe('shop');
    const refused = await root.ask('POST', '/api/exclusions', { event, ...WORDS });
    expect(root.codeOf(refused)).toBe('CONSOLE_CONFIRMATION');
  });
  it('is written into the policy with who answers for it; comments stay; it is removed as it was shown', async () => {
    const event = await eventOf(SHOP);
    const omar = await signedIn('omar');
    const expires = new Date(Date.now() + 86_400_000).toISOString();
    const saved = await omar.ask('POST', '/api/exclusions', { event, ...WORDS, expires });
    expect([saved.status, saved.body.notice]).toEqual([200, null]);
    const [listed] = saved.body.exclusions as readonly { digest: string; policy: string }[];
    expect(listed).toMatchObject({
      policy: 'shop',
      owner: 'team',
      reason: 'people search',
      expires,
      expired: false,
    });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain("# of the shop's team");
    expect(text).toContain('# not yet');
    // The policy does without it: another event of the kind needs nothing any more.
    const again = await omar.ask('POST', '/api/exclusions/preview', { event });
    expect(again.body.leftOut).toMatch(/would pass/);
    writeFileSync(file, text.replace('people search', 'people looked'));
    expect((await omar.ask('DELETE', `/api/exclusions/${listed?.digest}`)).status).toBe(404);
    writeFileSync(file, text);
    const removed = await omar.ask('DELETE', `/api/exclusions/${listed?.digest}`);
    expect(removed.body.exclusions).toEqual([]);
    const { entries } = (await root.ask('GET', '/api/audit')).body as {
      entries: { action: string; user: string }[];
    };
    const told = entries.filter(({ user }) => user === 'omar').map(({ action }) => action);
    expect(told).toEqual(expect.arrayContaining(['exclusion.add', 'exclusion.remove']));
  });
});

describe('exclusions that are proposed', () => {
  it('are written several at once, each as it was proposed', async () => {
    const asked = { workload: 'shop', days: 7 };
    const { proposed } = Object((await root.ask('POST', '/api/promote', asked)).body.exclusions) as {
      proposed: readonly { policy: string; digest: string; exclusion: object }[];
    };
    const chosen = proposed.filter(({ policy }) => policy === 'shop').map(({ digest }) => digest);
    expect(chosen).not.toEqual([]);
    const body = { ...asked, chosen, owner: 'team' };
    const preview = await root.ask('POST', '/api/promote/exclusions/preview', body);
    expect(preview.body).toMatchObject({ policy: 'shop', cluster: false, draft: null, file });
    expect(Object(preview.body.effect).passes).toBeGreaterThan(0);
    const confirm = preview.body.confirmation === null ? '' : 'shop';
    for (const [name, code] of [
      ['vic', 'CONSOLE_FORBIDDEN'],
      ['olga', 'CONSOLE_NAMESPACES'],
    ] as const) {
      const visitor = await signedIn(name);
      const refused = await visitor.ask('POST', '/api/promote/exclusions', { ...body, confirm });
      expect(visitor.codeOf(refused)).toBe(code);
    }
    const strange = { ...body, confirm, chosen: [...chosen, 'x'] };
    expect(root.codeOf(await root.ask('POST', '/api/promote/exclusions', strange))).toBe('CONSOLE_CHOICE');
    expect(readFileSync(file, 'utf8')).not.toContain('rules:');
    const omar = await signedIn('omar');
    const saved = await omar.ask('POST', '/api/promote/exclusions', { ...body, confirm });
    expect([saved.status, Object(saved.body.exclusions).length]).toEqual([200, chosen.length]);
    for (const { digest } of saved.body.exclusions as readonly { digest: string }[])
      expect((await omar.ask('DELETE', `/api/exclusions/${digest}`)).status).toBe(200);
  });
});

describe('what costs much', () => {
  it('is refused beyond so many at once, and not kept waiting', async () => {
    const event = await eventOf(SHOP);
    const many = Array.from({ length: 12 }, () => root.ask('POST', '/api/exclusions/preview', { event }));
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect((await root.ask('POST', '/api/exclusions/preview', { event })).status).toBe(200);
  });
});

describe('a move', () => {
  it('does not begin while requests look like false positives', async () => {
    const refused = await root.ask('POST', '/api/moves', { policy: 'shop' });
    expect([refused.status, root.codeOf(refused)]).toEqual([409, 'CONSOLE_POLICIES']);
    expect(String(Object(refused.body.error).details.code)).toBe('PROMOTE_NOT_READY');
  });
  it('begins with its first stage, and goes back to Detect by the typed name alone', async () => {
    const begun = await root.ask('POST', '/api/moves', { policy: 'bank', paths: ['/pay'], tolerated: 1_000 });
    expect(begun.status).toBe(200);
    expect(readFileSync(file, 'utf8')).toContain('paths: [/pay]');
    expect(Object(begun.body.moves)[0]).toMatchObject({ policy: 'bank', state: 'moving', stage: 0 });
    const twice = await root.ask('POST', '/api/moves', { policy: 'bank', tolerated: 1_000 });
    expect(Object(twice.body.error).details.code).toBe('PROMOTE_PLAN');
    const stop = { policy: 'bank', back: true };
    expect(root.codeOf(await root.ask('POST', '/api/moves/stop', stop))).toBe('CONSOLE_CONFIRMATION');
    const stopped = await root.ask('POST', '/api/moves/stop', { ...stop, confirm: 'bank' });
    expect(Object(stopped.body.moves)[0]).toMatchObject({ state: 'stopped' });
    expect(readFileSync(file, 'utf8')).not.toContain('staged');
  });
});

describe('a hub that begins', () => {
  it('goes on with a move that a former one was killed in, and leaves those of the command line alone', async () => {
    const begin = (policy: string) => ({
      ...{ version: 1, workload: policy, policy, stage: 0, state: 'moving', since: null, history: [] },
      ...{ stages: [{ kind: 'route', paths: ['/cart'] }, { kind: 'whole' }], tolerated: 1_000 },
      ...{ began: new Date().toISOString(), holdMillis: 60_000, lagMillis: 0 },
    });
    const directory = mkdtempSync(join(tmpdir(), 'sluice-moves-'));
    const path = join(directory, 'sluice.yaml');
    writeFileSync(path, 'policies: { shop: {}, bank: {} }\n');
    for (const policy of ['shop', 'bank'])
      writeFileSync(join(directory, `promote-${policy}.json`), JSON.stringify(begin(policy)));
    writeFileSync(join(directory, 'promote-shop.json.console'), '');
    const next = new FileDesk({
      ...{ file: path, store: stand.store, log: pino({ level: 'silent' }) },
      awaitReload: async () => ({ outcome: 'applied', reason: '', atMillis: Date.now(), revision: null }),
    });
    try {
      await expect
        .poll(async () => (await next.moves()).map(({ since }) => since !== null))
        .toEqual([true, false]);
      const staged = (await next.policies()).map((policy) => [policy.name, policy.staged?.paths ?? []]);
      expect(Object.fromEntries(staged)).toMatchObject({ shop: ['/cart'], bank: [] });
    } finally {
      await next.close();
      rmSync(directory, { recursive: true });
    }
  });
});

describe('a console that knows no policies', () => {
  let other: ConsoleStand;
  beforeAll(async () => {
    other = await startConsoleStand();
    await store(other.store, seededEvents({ events: 50, until: UNTIL, payloads: ['hose'] }));
  });
  afterAll(() => other.close());

  it('shows what is to be applied, and changes nothing', async () => {
    const visitor = await admin(other);
    const { body } = await visitor.ask('POST', '/v1/events/search', { query: SHOP, size: 1 });
    const event = Object(body).documents[0].id;
    const preview = await visitor.ask('POST', '/api/exclusions/preview', { event });
    expect(preview.body.file).toBeNull();
    expect(String(preview.body.yaml)).toMatch(/^policies:\n {2}shop:\n {4}exclusions:\n {6}- rules:/);
    for (const [method, path, sent] of [
      ['POST', '/api/exclusions', { event, ...WORDS }],
      ['GET', '/api/exclusions', undefined],
      ['POST', '/api/replay', { event }],
      ['GET', '/api/rules/942100', undefined],
    ] as const) {
      const answer = await visitor.ask(method, path, sent);
      expect([answer.status, visitor.codeOf(answer)]).toEqual([409, 'CONSOLE_NO_POLICIES']);
    }
  });
});
