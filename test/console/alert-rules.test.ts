/** Alerts that are written from the page: in a folder of files, by whom, and what is left alone. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HubConsole, startHubConsole } from './hub-console.ts';
import { type Answered, admin, PASSWORD, Visitor } from './stand.ts';

const alertOf = (name: string, spec: object = {}, namespace?: string): string =>
  [
    '# why it is here',
    'apiVersion: sluice.dev/v1alpha1',
    'kind: Alert',
    `metadata: { name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`} }`,
    `spec: ${JSON.stringify({ description: 'a', severity: 10, dataSet: 'waf', ...spec })} # and this`,
    '',
  ].join('\n');

const GLOBAL = `apiVersion: projectcalico.org/v3
kind: GlobalAlert
metadata: { name: of-calico }
spec: { description: a, severity: 10, dataSet: waf }
`;

interface Key {
  readonly namespace: string | null;
  readonly name: string;
}

interface Rule extends Key {
  readonly refused: string;
  readonly text: string;
  readonly acts: boolean;
}

let hub: HubConsole;
let root: Visitor;
const folder = (): string => join(hub.directory, 'own');
const file = (name: string): string => join(folder(), name);

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-alert-rules-'));
  for (const name of ['own', 'others']) mkdirSync(join(directory, name));
  writeFileSync(join(directory, 'others/elsewhere.yaml'), alertOf('elsewhere'));
  writeFileSync(join(directory, 'own/two.yaml'), `${alertOf('one-of-two')}---\n${alertOf('two-of-two')}`);
  writeFileSync(join(directory, 'own/of-calico.yaml'), GLOBAL);
  symlinkSync(join(directory, 'others/linked'), join(directory, 'own/linked.yaml'));
  writeFileSync(join(directory, 'others/linked'), alertOf('linked'));
  hub = await startHubConsole({ directory, alerts: { files: ['others'] }, console: { alerts: 'own' } });
  root = await admin(hub);
  const people = { omar: ['operator', null], sam: ['operator', ['shop']], vera: ['viewer', null] } as const;
  for (const [name, [role, namespaces]] of Object.entries(people))
    await root.ask('PUT', `/api/users/${name}`, { role, namespaces, password: PASSWORD });
});
afterAll(() => hub?.close());

async function as(name: string): Promise<Visitor> {
  const visitor = new Visitor(hub.url);
  expect((await visitor.signIn(name)).status).toBe(200);
  return visitor;
}

const saving = (text: string, of: Key | null = null) => ({ kind: 'save', place: 'folder', text, of });
const removing = (key: Key) => ({ kind: 'remove', place: 'folder', ...key });
const draft = (who: Visitor, change: object): Promise<Answered> =>
  who.ask('POST', '/api/alert-rules/draft', change);
const apply = (who: Visitor, change: object, version: unknown): Promise<Answered> =>
  who.ask('POST', '/api/alert-rules/apply', { change, version });
/** As a page does it. */
async function make(who: Visitor, change: object): Promise<Answered> {
  const { body, status, ...rest } = await draft(who, change);
  return status === 200 ? apply(who, change, body.version) : { body, status, ...rest };
}
const rules = async (who: Visitor): Promise<readonly Rule[]> =>
  (await who.ask('GET', '/api/alert-rules')).body.rules as readonly Rule[];
const inForce = async (): Promise<readonly string[]> =>
  ((await root.ask('GET', '/v1/alerts')).body.alerts as readonly { readonly name: string }[]).map(
    ({ name }) => name,
  );
const said = (who: Visitor, answer: Answered): unknown => [answer.status, who.codeOf(answer)];

describe('an alert of the folder', () => {
  it('is saved as it is written, comments included, and is in force at once', async () => {
    const omar = await as('omar');
    const text = alertOf('slow');
    expect(await make(omar, saving(text))).toMatchObject({ status: 200 });
    expect(readFileSync(file('slow.yaml'), 'utf8')).toBe(text);
    expect(await inForce()).toContain('slow');
    const changed = alertOf('slow', { severity: 90 });
    const { body } = await draft(omar, saving(changed, { namespace: null, name: 'slow' }));
    expect(body.diff).toContain('+spec');
    expect(readFileSync(file('slow.yaml'), 'utf8')).toBe(text);
    expect((await apply(omar, saving(changed, { namespace: null, name: 'slow' }), body.version)).status).toBe(
      200,
    );
    expect(readFileSync(file('slow.yaml'), 'utf8')).toBe(changed);
    expect(readdirSync(folder()).filter((name) => name.endsWith('.next'))).toEqual([]);
  });

  it('is removed, and in force no more', async () => {
    const omar = await as('omar');
    await make(omar, saving(alertOf('gone')));
    expect(await inForce()).toContain('gone');
    expect((await make(omar, removing({ namespace: null, name: 'gone' }))).status).toBe(200);
    expect(existsSync(file('gone.yaml'))).toBe(false);
    expect(await inForce()).not.toContain('gone');
  });

  it('that has changed since it was looked at is not written over, and not removed', async () => {
    const omar = await as('omar');
    await make(omar, saving(alertOf('raced')));
    const key = { namespace: null, name: 'raced' };
    const { body } = await draft(omar, saving(alertOf('raced', { severity: 20 }), key));
    const theirs = alertOf('raced', { severity: 30 });
    writeFileSync(file('raced.yaml'), theirs);
    for (const change of [saving(alertOf('raced', { severity: 20 }), key), removing(key)]) {
      const answer = await apply(omar, change, body.version);
      expect(said(omar, answer)).toEqual([409, 'ALERT_STALE']);
    }
    expect(readFileSync(file('raced.yaml'), 'utf8')).toBe(theirs);
  });

  it('keeps its name', async () => {
    const omar = await as('omar');
    await make(omar, saving(alertOf('named')));
    const answer = await draft(omar, saving(alertOf('other'), { namespace: null, name: 'named' }));
    expect(said(omar, answer)).toEqual([400, 'ALERT_INVALID']);
  });

  it.each([
    ['no YAML', 'a: [', 'ALERT_INVALID'],
    ['nothing', '# nothing', 'ALERT_INVALID'],
    ['two alerts', `${alertOf('a')}---\n${alertOf('b')}`, 'ALERT_INVALID'],
    ['another kind', 'kind: Secret\nmetadata: { name: a }', 'ALERT_INVALID'],
    ['a path for a name', alertOf('../../etc/a'), 'ALERT_INVALID'],
    ['a path for a namespace', alertOf('a', {}, '../../etc'), 'ALERT_INVALID'],
    [
      'aliases without end',
      `a: &a [x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]`,
      'ALERT_INVALID',
    ],
    ['a field that there is not', alertOf('a', { aggregateBy: ['no.such'] }), 'ALERT_INVALID'],
    ['a query that is none', alertOf('a', { query: 'a = = b' }), 'QUERY_SYNTAX'],
    ['more than there is room for', `#${'x'.repeat(70_000)}`, 'HUB_REQUEST'],
  ])('is not %s', async (_, text, code) => {
    const omar = await as('omar');
    const before = readdirSync(folder());
    for (const answer of [await draft(omar, saving(text)), await apply(omar, saving(text), '')])
      expect(said(omar, answer)).toEqual([400, code]);
    expect(readdirSync(folder())).toEqual(before);
  });

  it('is as it was where it cannot be written, and the attempt is in the audit log', async () => {
    // Root may write everywhere: a folder in the way of the new file stops it, too.
    mkdirSync(file('blocked.yaml.next'));
    writeFileSync(join(file('blocked.yaml.next'), 'a'), '');
    const omar = await as('omar');
    const answer = await make(omar, saving(alertOf('blocked')));
    expect(answer.status).toBe(500);
    expect(existsSync(file('blocked.yaml'))).toBe(false);
    const { body } = await root.ask('GET', '/api/audit');
    expect(body.entries).toMatchObject([
      { user: 'omar', action: 'alert.save', target: 'folder blocked', outcome: 'refused' },
      { user: 'omar', action: 'alert.save', target: 'folder blocked', outcome: 'done' },
      ...Array.from({ length: (body.entries as readonly object[]).length - 2 }, () => ({})),
    ]);
  });
});

describe('what is left alone, with the reason', () => {
  it.each([
    ['elsewhere', 'which the console may write'],
    ['one-of-two', 'more than one alert'],
    ['of-calico', 'GlobalAlert'],
    ['linked', 'leads to another'],
  ])('is shown: %s', async (name, reason) => {
    const omar = await as('omar');
    const found = (await rules(omar)).find((rule) => rule.name === name);
    expect(found?.refused).toContain(reason);
    const text = name === 'of-calico' ? GLOBAL : alertOf(name, { severity: 99 });
    for (const change of [saving(text, { namespace: null, name }), removing({ namespace: null, name })]) {
      expect((await draft(omar, change)).body.refused).toContain(reason);
      expect(said(omar, await make(omar, change))).toEqual([409, 'ALERT_ELSEWHERE']);
    }
    expect(await inForce()).toContain(name);
  });

  it('is a file that holds something else', async () => {
    writeFileSync(file('taken.yaml'), 'not: an alert');
    const omar = await as('omar');
    const answer = await make(omar, saving(alertOf('taken')));
    expect(said(omar, answer)).toEqual([409, 'ALERT_ELSEWHERE']);
    expect(readFileSync(file('taken.yaml'), 'utf8')).toBe('not: an alert');
  });
});

describe('who may', () => {
  it('is an operator, and not a viewer', async () => {
    const vera = await as('vera');
    const answer = await draft(vera, saving(alertOf('veras')));
    expect(said(vera, answer)).toEqual([403, 'CONSOLE_FORBIDDEN']);
    expect(said(vera, await apply(vera, saving(alertOf('veras')), ''))).toEqual([403, 'CONSOLE_FORBIDDEN']);
    expect((await rules(vera)).every(({ acts }) => !acts)).toBe(true);
  });

  it('of some namespaces is in those alone, and sees no others', async () => {
    const [sam, omar] = [await as('sam'), await as('omar')];
    expect((await make(sam, saving(alertOf('ours', {}, 'shop')))).status).toBe(200);
    expect(readFileSync(file('shop.ours.yaml'), 'utf8')).toBe(alertOf('ours', {}, 'shop'));
    expect(await inForce()).toContain('shop/ours');
    await make(omar, saving(alertOf('theirs', {}, 'bank')));
    expect((await rules(sam)).map(({ namespace, name }) => [namespace, name])).toEqual([['shop', 'ours']]);
    const changes = [
      saving(alertOf('all')),
      saving(alertOf('theirs', {}, 'bank')),
      // What is theirs does not become somebody else's, nor the other way round.
      saving(alertOf('ours', {}, 'bank'), { namespace: 'shop', name: 'ours' }),
      saving(alertOf('ours', {}, 'shop'), { namespace: 'bank', name: 'theirs' }),
      removing({ namespace: 'bank', name: 'theirs' }),
      removing({ namespace: null, name: 'slow' }),
    ];
    for (const change of changes) {
      expect(said(sam, await draft(sam, change))).toEqual([403, 'CONSOLE_FORBIDDEN']);
      expect(said(sam, await apply(sam, change, ''))).toEqual([403, 'CONSOLE_FORBIDDEN']);
    }
    expect(await inForce()).toEqual(expect.arrayContaining(['bank/theirs', 'slow']));
  });

  it('needs the page of this console', async () => {
    const omar = await as('omar');
    const body = { change: saving(alertOf('forged')), version: '' };
    const answer = await omar.ask('POST', '/api/alert-rules/apply', body, {
      'x-sluice-csrf': 'x'.repeat(43),
    });
    expect(said(omar, answer)).toEqual([403, 'CONSOLE_CROSS_SITE']);
  });
});

it('without a folder nothing is written', async () => {
  const plain = await startHubConsole({ console: {} });
  try {
    const visitor = await admin(plain);
    expect((await visitor.ask('GET', '/api/alert-rules')).body).toMatchObject({ places: [], rules: [] });
    const answer = await make(visitor, saving(alertOf('a')));
    expect(said(visitor, answer)).toEqual([404, 'CONSOLE_NO_ALERTS']);
  } finally {
    await plain.close();
  }
});
