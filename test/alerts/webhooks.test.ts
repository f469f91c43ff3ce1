import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { AlertBook, type AlertNotice, isForbidden, webhookSchema } from '@sluice/hub';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Dispatcher } from '../../packages/hub/src/alerts/dispatcher.ts';
import { call } from '../../packages/hub/src/alerts/webhook/call.ts';
import type { WebhookConfig } from '../../packages/hub/src/alerts/webhook/config.ts';
import { bodyFor } from '../../packages/hub/src/alerts/webhook/shapes.ts';
import { verify } from '../../packages/hub/src/alerts/webhook/signature.ts';

const END = { ip: null, namespace: null, pod: null, uid: null, owner: null, labels: [] };
const NOTICE: AlertNotice = {
  ...{ id: 'sqli/{}/1/firing', alert: 'sqli', state: 'firing', severity: 50, owner: null, dataSet: 'waf' },
  ...{ summary: 'SQL injection', description: 'Somebody tries', key: {}, count: 3, value: 3 },
  ...{ at: '2026-11-23T10:00:00.000Z', firedAt: '2026-11-23T10:00:00.000Z' },
  ...{ source: { ...END, ip: '192.0.2.1' }, destination: { ...END, owner: 'Deployment/web' } },
  ...{ event: 'e1', rules: ['942100'] },
};

const folder = mkdtempSync(join(tmpdir(), 'sluice-webhooks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = 'an-hmac-key-of-the-test';
const secretFile = join(folder, 'key');
writeFileSync(secretFile, `${KEY}\n`);

interface Seen {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers as it is told to, 200 when that is used up. */
const seen: Seen[] = [];
let answers: (number | 'break')[] = [];
const server = createServer((request, response) => {
  buffer(request).then((body) => {
    seen.push({ headers: request.headers, body: body.toString('utf8') });
    const answer = answers.shift() ?? 200;
    if (answer === 'break') return void request.socket.destroy();
    const location = answer === 302 ? { location: 'http://127.0.0.1:1/elsewhere' } : {};
    response.writeHead(answer, location).end('kept to itself');
  }, request.destroy);
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

beforeEach(() => {
  seen.length = 0;
  answers = [];
});

const config = (fields: object = {}): WebhookConfig =>
  webhookSchema.parse({ kind: 'generic', url: `http://127.0.0.1:${port}/hook`, allowLocal: true, ...fields });

const at = { id: NOTICE.id, now: 1_764_000_000_000 };

describe('a call', () => {
  it('is signed, so that a receiver knows it by the key alone', async () => {
    await call(config({ secretFile }), '{"a":1}', at);
    const [{ headers, body } = { headers: {}, body: '' }] = seen;
    const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(String(headers['sluice-signature'])) ?? [];
    expect(hex).toBe(createHmac('sha256', KEY).update(`${seconds}.${body}`).digest('hex'));
    expect(Number(seconds)).toBe(at.now / 1_000);
    const header = String(headers['sluice-signature']);
    expect(verify(header, body, KEY, { millis: at.now })).toBe(true);
    expect(verify(header, `${body} `, KEY, { millis: at.now })).toBe(false);
    expect(verify(header, body, 'another key', { millis: at.now })).toBe(false);
    expect(verify(header, body, KEY, { millis: at.now + 301_000 })).toBe(false);
  });

  it.each([
    [200, 'told'],
    [204, 'told'],
    [302, 'never'],
    [400, 'never'],
    [404, 'never'],
    [408, 'again'],
    [429, 'again'],
    [500, 'again'],
    [503, 'again'],
  ] as const)('that is answered %i is %s', async (status, outcome) => {
    answers = [status];
    expect(await call(config(), '{}', at)).toMatchObject({ outcome, status });
    expect(seen).toHaveLength(1);
  });

  it('that breaks is made again', async () => {
    answers = ['break'];
    expect(await call(config(), '{}', at)).toMatchObject({ outcome: 'again', status: null });
  });

  it('says nothing of its address, its body or its secrets', async () => {
    const told = JSON.stringify([
      await call(config({ url: 'http://name.invalid/T000/SECRET' }), '{"x":"BODY"}', at),
      await call(config({ secretFile: join(folder, 'not-there') }), '{}', at),
      await call(config({ url: `http://127.0.0.1:${port}/SECRET`, allowLocal: false }), '{}', at),
    ]);
    expect(told).not.toMatch(/SECRET|BODY|name\.invalid|not-there/);
    expect(seen).toEqual([]);
  });
});

describe('an address', () => {
  it.each([
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '0.1.2.3', '169.254.169.254', '224.0.0.1', '255.255.255.255'],
    ...['::1', '::', 'fe80::1', 'febf::1', 'ff02::1', 'fd00:ec2::254'],
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::169.254.169.254'],
    ...['2002:7f00:1::', '2002:a9fe:a9fe::1', 'no address'],
    ...['100.100.100.200', '168.63.129.16', '::ffff:168.63.129.16', '192.0.0.192'],
    ...[
      'fd00:ec2::254',
      'fd00:ec2::23',
      'fd20:ce::254',
      'fd20:00CE:0::254',
      'fd00:c1::a9fe:a9fe',
      'fd00:42::42',
    ],
  ])('%s is forbidden', (address) => {
    expect(isForbidden(address)).toBe(true);
  });

  it.each([
    '192.0.2.1',
    '10.0.0.1',
    '100.100.100.201',
    '8.8.8.8',
    '2001:db8::1',
    'fd00::1',
    '::ffff:192.0.2.1',
    '2002:c000:201::',
  ])('%s is not', (address) => {
    expect(isForbidden(address)).toBe(false);
  });

  it('is forbidden in every spelling that a URL has for it', async () => {
    const spellings = [
      '127.0.0.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '127.1',
      '[::1]',
      '[::ffff:7f00:1]',
    ];
    for (const host of [...spellings, 'localhost', 'LOCALHOST']) {
      const attempt = await call(config({ url: `http://${host}:${port}/`, allowLocal: false }), '{}', at);
      expect([host, attempt]).toMatchObject([host, { outcome: 'again', reason: 'WEBHOOK_ADDRESS' }]);
    }
    expect(seen).toEqual([]);
  });
});

describe('a body', () => {
  const hostile = fc.string({ unit: 'binary' });

  it('is JSON of the same shape whatever a request had in it', () => {
    const template = `{"text": "\${summary} by \${source.ip}", "list": ["\${key}", 1]}`;
    const configs = [
      config(),
      config({ template }),
      config({ kind: 'slack' }),
      config({ kind: 'alertmanager' }),
      config({ kind: 'jira', project: 'SEC', basicAuth: { username: 'u', passwordFile: secretFile } }),
    ];
    fc.assert(
      fc.property(hostile, fc.string({ unit: 'binary', minLength: 1 }), (summary, value) => {
        const notice = { ...NOTICE, summary, key: { 'url.path': value } };
        for (const each of configs) {
          const shape = keysOf(JSON.parse(bodyFor(each, notice) ?? 'null'));
          expect(shape).toEqual(
            keysOf(JSON.parse(bodyFor(each, { ...NOTICE, key: { 'url.path': 'x' } }) ?? 'null')),
          );
        }
      }),
    );
  });

  it('has no marks of Slack’s that a request put there', () => {
    const notice = { ...NOTICE, summary: '<!channel> <http://evil.example|click> *bold*' };
    const message = JSON.parse(bodyFor(config({ kind: 'slack' }), notice) ?? '');
    expect(message.text).toBe('Firing: &lt;!channel&gt; &lt;http://evil.example|click&gt; *bold*');
    for (const { text } of message.blocks) expect(text.type).toBe('plain_text');
  });

  it('tells Alertmanager when it began and when it ended', () => {
    const [alert] = JSON.parse(
      bodyFor(config({ kind: 'alertmanager' }), { ...NOTICE, state: 'resolved' }) ?? '',
    );
    expect(alert).toMatchObject({
      startsAt: NOTICE.firedAt,
      endsAt: NOTICE.at,
      labels: { alertname: 'sqli' },
    });
  });

  it('has the owner of the alert, and namespace, owner and labels of both ends, whatever its shape', () => {
    const end = (name: string) => ({
      ...{ ip: '192.0.2.1', namespace: `${name}-ns`, pod: `${name}-1`, uid: null },
      ...{ owner: `Deployment/${name}`, labels: [`app=${name}`, `tier=${name}-front`] },
    });
    const notice = { ...NOTICE, owner: 'shop team', source: end('lab'), destination: end('web') };
    const wanted = ['lab', 'web'].flatMap((name) => [
      ...[`${name}-ns`, `Deployment/${name}`],
      ...[`app=${name}`, `tier=${name}-front`],
    ]);
    const names = ['namespace', 'owner', 'labels'];
    const places = ['source', 'destination'].flatMap((of) => names.map((name) => `\${${of}.${name}}`));
    const basicAuth = { username: 'u', passwordFile: secretFile };
    for (const fields of [
      {},
      { template: JSON.stringify({ text: ['owner'].map((name) => `\${${name}}`).concat(places) }) },
      { kind: 'slack' },
      { kind: 'alertmanager' },
      { kind: 'jira', project: 'SEC', basicAuth },
    ]) {
      const body = bodyFor(config(fields), notice) ?? '';
      expect([body, ...[...wanted, 'shop team'].filter((text) => !body.includes(text))]).toEqual([body]);
    }
  });

  it.each([
    [`{"text": "\${nothing}"}`, /\$\{nothing\} is not known/],
    [`{"text": \${summary}}`, /no JSON/],
  ])('of the template %s is refused when it is saved', (template, reason) => {
    expect(() => config({ template })).toThrow(reason);
  });
});

const keysOf = (value: unknown): unknown =>
  value === null || typeof value !== 'object'
    ? typeof value
    : Object.entries(value).map(([name, each]) => [name, keysOf(each)]);

describe('deliveries', () => {
  let book: AlertBook;
  let now = 0;
  beforeEach(() => {
    book = AlertBook.open(join(folder, `${Math.random()}.db`));
    book.lease('hub', 0, Number.MAX_SAFE_INTEGER);
  });
  afterEach(() => book.close());

  const dispatcher = (): Dispatcher =>
    new Dispatcher({
      book,
      holder: 'hub',
      now: () => now,
      log: { warn: () => undefined },
      targets: () =>
        new Map([
          [
            'hook',
            (notice, time) => call(config(), bodyFor(config(), notice) ?? '', { id: notice.id, now: time }),
          ],
        ]),
    });

  function write(...notices: readonly AlertNotice[]): void {
    const status = {
      active: true,
      healthy: true,
      lastUpdate: '',
      lastExecuted: null,
      lastEvent: null,
      errorConditions: [],
    };
    const addressed = notices.map((notice) => ({ notice, targets: ['hook'] }));
    book.write(
      { alert: 'sqli', at: now, arrivalsUntil: 0, instances: [], notices: addressed, status },
      'hub',
      0,
    );
  }

  it('come again, with growing pauses, to a receiver that fails twice; and once', async () => {
    answers = [503, 'break'];
    write(NOTICE);
    const pauses: number[] = [];
    for (let next = await dispatcher().run(); next !== null; next = await dispatcher().run()) {
      pauses.push(next - now);
      now = next;
    }
    expect(pauses).toEqual([1_000, 2_000]);
    expect(seen).toHaveLength(3);
    expect(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(book.deliveries(10)).toMatchObject([{ state: 'told', attempts: 3, status: 200, target: 'hook' }]);
  });

  it('tell what is resolved behind what fired, however long that takes', async () => {
    answers = [500];
    write(NOTICE, { ...NOTICE, id: 'sqli/{}/1/resolved', state: 'resolved' });
    now = (await dispatcher().run()) ?? now;
    expect(seen.map(({ body }) => JSON.parse(body).state)).toEqual(['firing']);
    await dispatcher().run();
    expect(seen.map(({ body }) => JSON.parse(body).state)).toEqual(['firing', 'firing', 'resolved']);
  });

  it('are given up at last, and that is in the log', async () => {
    answers = Array.from({ length: 40 }, () => 500);
    write(NOTICE);
    for (let next = await dispatcher().run(); next !== null; next = await dispatcher().run()) now = next;
    expect(book.deliveries(10)).toMatchObject([
      { state: 'given_up', attempts: 20, reason: 'it answers 500' },
    ]);
  });

  it('are the same notice once, however often it is written', async () => {
    write(NOTICE);
    write(NOTICE);
    await dispatcher().run();
    write(NOTICE);
    await dispatcher().run();
    expect(seen).toHaveLength(1);
  });
});
