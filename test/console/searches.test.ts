/** Searches that users save: whose they are, who sees and changes those that are shared, how many there may be, and the file. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONSOLE_LIMITS } from '../../packages/console/src/limits.ts';
import type { SearchDraft, SearchesAnswer, ShownSearch } from '../../packages/console/src/searches/shown.ts';
import { type Answered, admin, type ConsoleStand, PASSWORD, startConsoleStand, Visitor } from './stand.ts';

const HOSTILE = '<img src=x onerror=alert(1)> \u202e';

let stand: ConsoleStand;
let root: Visitor;

beforeAll(async () => {
  stand = await startConsoleStand();
  root = await admin(stand);
});

afterAll(() => stand.close());

const draft = (name: string, more: Partial<SearchDraft> = {}): SearchDraft => ({
  ...{ name, query: 'waf.would_block = true', time: { span: 3_600_000 }, shared: false, ...more },
});

/** Signed in as somebody who is made for it. */
async function visitor(name: string, role: string, namespaces: readonly string[] | null): Promise<Visitor> {
  await root.ask('PUT', `/api/users/${name}`, { role, namespaces, password: PASSWORD });
  const made = new Visitor(stand.url);
  expect((await made.signIn(name)).status).toBe(200);
  return made;
}

async function seen(by: Visitor): Promise<readonly ShownSearch[]> {
  const answer = await by.ask('GET', '/api/searches');
  expect(answer.status).toBe(200);
  return (answer.body as unknown as SearchesAnswer).searches;
}

const namesOf = async (by: Visitor): Promise<readonly string[]> => (await seen(by)).map(({ name }) => name);

const save = (by: Visitor, given: object): Promise<Answered> => by.ask('POST', '/api/searches', given);

async function idOf(by: Visitor, name: string): Promise<string> {
  const found = (await seen(by)).find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`no search ${name}`);
  return found.id;
}

async function refusal(answered: Promise<Answered>): Promise<readonly unknown[]> {
  const answer = await answered;
  return [answer.status, root.codeOf(answer)];
}

/** Of the audit log, newest first. */
async function audited(
  action: string,
): Promise<readonly { readonly user: string; readonly target: string }[]> {
  const { body } = await root.ask('GET', '/api/audit');
  return Object(body).entries.filter((each: { readonly action: string }) => each.action === action);
}

describe('a saved search', () => {
  it('is kept as it was written, over a new start, in a file of the owner', async () => {
    const hers = await visitor('kim', 'viewer', null);
    const query = 'url.path IN {"/a*", "/b\\"c"} AND user_agent.original = "ä☃"';
    await save(hers, draft(HOSTILE, { query, time: { from: 1_000, to: 2_000 } }));
    await save(hers, draft('another'));
    const path = join(stand.directory, 'console-searches.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const later = await startConsoleStand({ files: { 'console-searches.json': readFileSync(path, 'utf8') } });
    const first = await admin(later);
    await first.ask('PUT', '/api/users/kim', { role: 'viewer', namespaces: null, password: PASSWORD });
    const again = new Visitor(later.url);
    await again.signIn('kim');
    const kept = await seen(again);
    await later.close();
    expect(kept.map(({ id: _, ...rest }) => rest)).toEqual([
      {
        ...{ name: HOSTILE, query, time: { from: 1_000, to: 2_000 } },
        ...{ owner: 'kim', shared: false, mayChange: true },
      },
      { ...draft('another'), owner: 'kim', mayChange: true },
    ]);
  });

  it('is seen, changed and removed by its owner alone, whatever the role of others', async () => {
    const hers = await visitor('ann', 'viewer', null);
    await save(hers, draft('of ann'));
    const id = await idOf(hers, 'of ann');
    expect(await namesOf(root)).not.toContain('of ann');
    expect(await refusal(root.ask('PUT', `/api/searches/${id}`, draft('taken')))).toEqual([
      404,
      'HUB_NOT_FOUND',
    ]);
    expect(await refusal(root.ask('DELETE', `/api/searches/${id}`))).toEqual([404, 'HUB_NOT_FOUND']);
    await hers.ask('PUT', `/api/searches/${id}`, draft('renamed', { query: '' }));
    expect(await seen(hers)).toEqual([
      { ...draft('renamed', { query: '' }), id, owner: 'ann', mayChange: true },
    ]);
    await hers.ask('DELETE', `/api/searches/${id}`);
    expect(await seen(hers)).toEqual([]);
  });

  it('goes with its user: who comes later by that name finds nothing, and what was shared stays', async () => {
    const former = await visitor('pat', 'operator', null);
    await save(former, draft('of the former pat'));
    await save(former, draft('that pat has shared', { shared: true }));
    await root.ask('DELETE', '/api/users/pat');
    const later = await visitor('pat', 'viewer', null);
    expect(await seen(later)).toMatchObject([{ name: 'that pat has shared', owner: '', mayChange: false }]);
    const id = await idOf(root, 'that pat has shared');
    await root.ask('PUT', `/api/searches/${id}`, draft('of pat'));
    expect(await seen(later)).toEqual([]);
    await root.ask('DELETE', `/api/searches/${id}`);
  });

  it('changes nothing without the token of the session', async () => {
    const hers = await visitor('cleo', 'operator', null);
    await save(hers, draft('mine'));
    const id = await idOf(hers, 'mine');
    const forged = { 'x-sluice-csrf': 'x'.repeat(43) };
    for (const [method, path] of [
      ['POST', '/api/searches'],
      ['PUT', `/api/searches/${id}`],
      ['DELETE', `/api/searches/${id}`],
    ] as const)
      expect(await refusal(hers.ask(method, path, draft('forged'), forged))).toEqual([
        403,
        'CONSOLE_CROSS_SITE',
      ]);
    expect(await namesOf(hers)).toEqual(['mine']);
  });

  it.each([
    ['no name', draft(' '), 400, 'HUB_REQUEST'],
    ['a name that is too long', draft('n'.repeat(101)), 400, 'HUB_REQUEST'],
    ['half of a character', draft('\ud800'), 400, 'HUB_REQUEST'],
    ['a query that is too long', draft('long', { query: ' '.repeat(4_097) }), 400, 'HUB_REQUEST'],
    ['a query that is none', draft('wrong', { query: 'waf.mode == Block' }), 400, 'QUERY_SYNTAX'],
    ['no time', { ...draft('timeless'), time: {} }, 400, 'HUB_REQUEST'],
    ['a time that ends before it begins', draft('back', { time: { from: 2, to: 1 } }), 409, 'CONSOLE_SEARCH'],
    ['somebody else as its owner', { ...draft('given'), owner: 'root' }, 400, 'HUB_REQUEST'],
  ])('is not kept with %s', async (_, given, status, code) => {
    const before = await seen(root);
    expect(await refusal(save(root, given))).toEqual([status, code]);
    expect(await seen(root)).toEqual(before);
  });

  it('has a name that its owner has for no other, and there are so many of one user', async () => {
    const many = await visitor('mel', 'viewer', null);
    for (let index = 0; index < CONSOLE_LIMITS.searchesMax; index += 1)
      expect((await save(many, draft(`search ${index}`))).status).toBe(200);
    expect(await refusal(save(many, draft('one more')))).toEqual([409, 'CONSOLE_SEARCH']);
    const id = await idOf(many, 'search 1');
    expect((await many.ask('PUT', `/api/searches/${id}`, draft('search one'))).status).toBe(200);
    expect(await refusal(many.ask('PUT', `/api/searches/${id}`, draft('search 2')))).toEqual([
      409,
      'CONSOLE_SEARCH',
    ]);
    expect(await seen(many)).toHaveLength(CONSOLE_LIMITS.searchesMax);
    expect((await save(root, draft('search 2'))).status).toBe(200);
  });
});

describe('a shared search', () => {
  it('is published by an operator, seen by everybody, changed by operators, and all of it is written down', async () => {
    const [viewer, operator, other] = [
      await visitor('vic', 'viewer', ['shop']),
      await visitor('ole', 'operator', null),
      await visitor('oda', 'operator', null),
    ];
    expect(await refusal(save(viewer, draft('of all', { shared: true })))).toEqual([
      403,
      'CONSOLE_FORBIDDEN',
    ]);
    expect((await save(operator, draft('of all', { shared: true }))).status).toBe(200);
    const id = await idOf(viewer, 'of all');
    expect((await seen(viewer))[0]).toMatchObject({ owner: 'ole', shared: true, mayChange: false });
    const renamed = draft('of everybody', { shared: true });
    expect(await refusal(viewer.ask('PUT', `/api/searches/${id}`, renamed))).toEqual([
      403,
      'CONSOLE_FORBIDDEN',
    ]);
    expect(await refusal(viewer.ask('DELETE', `/api/searches/${id}`))).toEqual([403, 'CONSOLE_FORBIDDEN']);
    expect((await other.ask('PUT', `/api/searches/${id}`, renamed)).status).toBe(200);
    expect((await seen(viewer))[0]).toMatchObject({ name: 'of everybody', owner: 'ole' });
    expect((await operator.ask('DELETE', `/api/searches/${id}`)).status).toBe(200);
    expect(await namesOf(viewer)).toEqual([]);
    const done = ['search.add', 'search.change', 'search.remove'].map(async (action) => {
      const [newest] = await audited(action);
      return [newest?.user, JSON.parse(newest?.target ?? '{}').name];
    });
    expect(await Promise.all(done)).toEqual([
      ['ole', 'of all'],
      ['oda', 'of everybody'],
      ['ole', 'of everybody'],
    ]);
  });

  it('that becomes one, or is none any more, is written down; what is nobody else’s is not', async () => {
    const operator = await visitor('ora', 'operator', null);
    const before = (await audited('search.change')).length;
    await save(operator, draft('hers'));
    const id = await idOf(operator, 'hers');
    const change = (more: Partial<SearchDraft>): Promise<Answered> =>
      operator.ask('PUT', `/api/searches/${id}`, draft('hers', more));
    await change({ query: '' });
    expect(await audited('search.change')).toHaveLength(before);
    await change({ shared: true });
    expect(await namesOf(root)).toContain('hers');
    await change({ shared: false });
    expect(await namesOf(root)).not.toContain('hers');
    expect(await audited('search.change')).toHaveLength(before + 2);
  });

  it('of somebody with namespaces is for those who see all of these, and is changed by them', async () => {
    const [shop, both, bank, all] = [
      await visitor('sam', 'operator', ['shop']),
      await visitor('bea', 'operator', ['bank', 'shop']),
      await visitor('ben', 'operator', ['bank']),
      await visitor('ali', 'operator', null),
    ];
    const query = 'url.path = "/basket/of/shop"';
    await save(shop, draft('of shop', { query, shared: true }));
    const id = await idOf(shop, 'of shop');
    expect(await Promise.all([both, all].map(namesOf))).toEqual([['of shop'], ['of shop']]);
    expect(JSON.stringify((await bank.ask('GET', '/api/searches')).body)).not.toContain('shop');
    const other = draft('mine now', { shared: true });
    expect(await refusal(bank.ask('PUT', `/api/searches/${id}`, other))).toEqual([404, 'HUB_NOT_FOUND']);
    // Who sees more does not show it to more.
    expect((await all.ask('PUT', `/api/searches/${id}`, draft('of shop', { shared: true }))).status).toBe(
      200,
    );
    expect(await namesOf(bank)).toEqual([]);
    await save(all, draft('of all operators', { shared: true }));
    const everybodys = await idOf(bank, 'of all operators');
    expect(await refusal(bank.ask('DELETE', `/api/searches/${everybodys}`))).toEqual([
      403,
      'CONSOLE_NAMESPACES',
    ]);
    expect((await both.ask('DELETE', `/api/searches/${id}`)).status).toBe(200);
  });
});

describe('the file of saved searches', () => {
  it('that cannot be used is told with its path, and stays as it is; the console does all else', async () => {
    const damaged = '{"searches": [{"name": 1}]}';
    const other = await startConsoleStand({ files: { 'console-searches.json': damaged } });
    const first = await admin(other);
    const path = join(other.directory, 'console-searches.json');
    const answer = await save(first, draft('a'));
    expect([answer.status, first.codeOf(answer)]).toEqual([500, 'CONSOLE_SEARCHES']);
    expect(Object(answer.body.error).message).toContain(path);
    expect(readFileSync(path, 'utf8')).toBe(damaged);
    expect((await first.ask('GET', '/v1/stats')).status).toBe(200);
    writeFileSync(path, '{"searches": []}');
    expect((await save(first, draft('a'))).status).toBe(200);
    await other.close();
  });

  it('is where hub.yaml says', async () => {
    const other = await startConsoleStand({ console: { searches: 'elsewhere.json' } });
    const first = await admin(other);
    await save(first, draft('a'));
    expect(readFileSync(join(other.directory, 'elsewhere.json'), 'utf8')).toContain('"name": "a"');
    await other.close();
  });
});
