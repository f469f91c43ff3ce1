/** What can be asked of a hub, who may, and what is refused how. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HUB_DEFAULT_LIMITS, Hub, HubClient } from '@sluice/hub';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from './certificates.ts';
import { recordOf, recordsOf } from './documents.ts';
import { soon } from './soon.ts';
import { type HubStack, startHub } from './stack.ts';
import { TestStore } from './test-store.ts';

let certificates: Certificates;
let store: TestStore;
let stack: HubStack;

beforeAll(() => {
  certificates = makeCertificates();
});
beforeEach(async () => {
  store = new TestStore();
  stack = await startHub({
    store,
    certificates,
    limits: { queriesMax: 2, queryMillisMax: 500, tailClientsMax: 2 },
  });
});
afterEach(() => stack.hub.close());
afterAll(() => rmSync(certificates.directory, { recursive: true }));

interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  json: (await response.json()) as Record<string, unknown>,
});
const get = async (path: string): Promise<Answer> => answerOf(await fetch(`${stack.queriesUrl}${path}`));
const ask = async (path: string, body: unknown): Promise<Answer> =>
  answerOf(
    await fetch(`${stack.queriesUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
const codeOf = ({ status, json }: Answer): unknown => [
  status,
  (json.error as { readonly code: string }).code,
];

describe('a query', () => {
  it('finds by GET and by POST what the store has', async () => {
    await store.append([...recordsOf('node-a', 0, 3), recordOf('node-b', 9)]);
    const query = `"host" = 'node-b' AND "rule_info" IN {"*942100*"}`;
    const found = { documents: [{ id: 'node-b-00000009', document: { host: 'node-b' } }], cursor: null };
    expect(await ask('/v1/events/search', { query })).toMatchObject({ status: 200, json: found });
    const parameters = new URLSearchParams({
      query,
      size: '5',
      from: '2026-11-23T00:00:00Z',
      sort: 'host:asc',
    });
    expect(await get(`/v1/events/search?${parameters}`)).toMatchObject({ status: 200, json: found });
    expect((await get(`/v1/events/count?from=${Date.UTC(2026, 10, 23) + 2}`)).json).toEqual({ count: 2 });
    expect((await ask('/v1/events/count', { dataSet: 'l7' })).json).toEqual({ count: 0 });
    expect((await get('/v1/events/aggregate?kind=terms&field=host')).json).toMatchObject({
      buckets: [
        { key: ['node-a'], count: 3 },
        { key: ['node-b'], count: 1 },
      ],
    });
    expect((await get('/v1/events/waf/node-b-00000009')).json).toMatchObject({ id: 'node-b-00000009' });
  });

  it('that is wrong is refused with its column', async () => {
    const answer = await ask('/v1/events/search', { query: '"host" = "a" AND' });
    expect(codeOf(answer)).toEqual([400, 'QUERY_SYNTAX']);
    expect(answer.json).toMatchObject({ error: { details: { column: expect.any(Number) } } });
  });

  it.each([
    ['/v1/events/search?size=0', 400, 'HUB_REQUEST'],
    ['/v1/events/search?size=1001', 400, 'HUB_REQUEST'],
    ['/v1/events/search?sort=hots:asc', 400, 'QUERY_FIELD'],
    ['/v1/events/search?sort=host', 400, 'HUB_REQUEST'],
    ['/v1/events/search?unknown=1', 400, 'HUB_REQUEST'],
    ['/v1/events/search?from=yesterday', 400, 'HUB_REQUEST'],
    ['/v1/events/search?dataSet=other', 400, 'HUB_REQUEST'],
    ['/v1/events/aggregate?kind=terms', 400, 'HUB_REQUEST'],
    ['/v1/events/aggregate?kind=terms&field=host&metric=avg:host', 400, 'QUERY_FIELD'],
    ['/v1/events/aggregate?kind=composite&fields=host,nothing', 400, 'QUERY_FIELD'],
    ['/v1/events/aggregate?kind=date_histogram&intervalMillis=0', 400, 'HUB_REQUEST'],
    ['/v1/events/search?cursor=x', 400, 'QUERY_CURSOR'],
    ['/v1/events/waf/nothing', 404, 'HUB_NOT_FOUND'],
    ['/v1/events/other/nothing', 404, 'HUB_NOT_FOUND'],
    ['/v1/nothing', 404, 'HUB_NOT_FOUND'],
  ])('%s is refused', async (path, status, code) => {
    expect(codeOf(await get(path))).toEqual([status, code]);
  });

  it('is answered in time or not at all, and a store that hangs is asked by so many only', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = () => promise;
    const late = await Promise.all([get('/v1/events/count'), get('/v1/events/count')]);
    expect(late.map(codeOf)).toEqual([
      [504, 'QUERY_TIMEOUT'],
      [504, 'QUERY_TIMEOUT'],
    ]);
    // Both are still at work in the store.
    expect(codeOf(await get('/v1/events/count'))).toEqual([503, 'HUB_BUSY']);
    expect((await fetch(`${stack.adminUrl}/readyz`)).status).toBe(503);
    resolve();
    await soon(async () => (await get('/v1/events/count')).status).toBe(200);
  });

  it('of a store that is away says so', async () => {
    store.away = true;
    expect(codeOf(await get('/v1/events/count'))).toEqual([503, 'STORE_UNAVAILABLE']);
    expect((await fetch(`${stack.adminUrl}/readyz`)).status).toBe(503);
    expect((await fetch(`${stack.adminUrl}/healthz`)).status).toBe(200);
    store.away = false;
    expect((await fetch(`${stack.adminUrl}/readyz`)).status).toBe(200);
  });

  it('that fails by a defect tells nothing but that', async () => {
    store.gate = () => Promise.reject(new Error('a secret'));
    const answer = await get('/v1/events/count');
    expect(codeOf(answer)).toEqual([500, 'HUB_FAILED']);
    expect(JSON.stringify(answer.json)).not.toContain('secret');
    expect(stack.log.join('')).not.toContain('secret');
  });
});

describe('who follows', () => {
  interface Followed {
    readonly text: () => string;
    readonly end: () => void;
    /** Lets the client read; until then it takes nothing. */
    readonly read: () => void;
  }

  const follow = (parameters: string): Promise<Followed> =>
    new Promise((resolve, reject) => {
      let text = '';
      const request = httpRequest(`${stack.queriesUrl}/v1/tail?${parameters}`, (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(String(answer.statusCode)));
        answer.setEncoding('utf8').on('error', () => undefined);
        const read = (): void => void answer.on('data', (part: string) => (text += part));
        resolve({ text: () => text, end: () => void request.destroy(), read });
      });
      request.on('error', reject).end();
    });

  it('is told of each new document that its query matches, and of no other', async () => {
    const followed = await follow(new URLSearchParams({ query: `"host" = 'node-b'` }).toString());
    followed.read();
    await stack.hub.append([recordOf('node-b', 1), recordOf('node-a', 1)]);
    await stack.hub.append([recordOf('node-b', 1), recordOf('node-b', 2)]);
    await soon(() => followed.text()).toContain('id: node-b-00000002');
    expect(followed.text().match(/^id: .*$/gm)).toEqual(['id: node-b-00000001', 'id: node-b-00000002']);
    followed.end();
  });

  it('is told what it missed because it read too slowly, and holds nobody up', async () => {
    const slow = await follow('');
    const large = (index: number) => recordOf('node-a', index, { note: 'x'.repeat(100_000) });
    for (let index = 0; index < 200; index++) await stack.hub.append([large(index)]);
    expect(store.records.size).toBe(200);
    slow.read();
    await soon(() => slow.text().match(/^id: /gm)?.length ?? 0).toBeGreaterThan(5);
    // What was written when it began to read may take a moment; then the next document says what was left out.
    await soon(async () => {
      await stack.hub.append([recordOf('node-a', 1_000 + store.records.size)]);
      return /event: missed/.test(slow.text());
    }).toBe(true);
    const missed = (): number => {
      const told = [...slow.text().matchAll(/event: missed\ndata: \{"documents":(\d+)\}/g)];
      return told.reduce((sum, [, count]) => sum + Number(count), 0);
    };
    await soon(() => missed() + (slow.text().match(/^id: /gm)?.length ?? 0)).toBe(store.records.size);
    slow.end();
  });

  it('is one of so many, and gives its place back', async () => {
    const first = await follow('');
    const second = await follow('');
    expect(codeOf(await get('/v1/tail'))).toEqual([503, 'HUB_BUSY']);
    first.end();
    const place = async (): Promise<boolean> => {
      const status = await follow('').then(
        ({ end }) => end(),
        () => 'busy',
      );
      return status !== 'busy';
    };
    await soon(place).toBe(true);
    second.end();
  });

  it('with a wrong query is refused before anything is sent', async () => {
    expect(codeOf(await get('/v1/tail?query=%22nothing%22%20%3D%201'))).toEqual([400, 'QUERY_SYNTAX']);
  });
});

describe('who may ask', () => {
  const hubOn = (queries: object): Hub =>
    new Hub({
      store,
      log: pino({ level: 'silent' }),
      config: {
        nodes: false,
        admin: false,
        limits: HUB_DEFAULT_LIMITS,
        queries: { listen: { host: '127.0.0.1', port: 0 }, ...queries },
      },
    });
  const everywhere = { listen: { host: '0.0.0.0', port: 0 } };

  it('is not everybody who reaches it: the hub refuses to begin', async () => {
    const { cert, key } = certificates.hub;
    await expect(hubOn(everywhere).start()).rejects.toMatchObject({ code: 'HUB_OPEN' });
    await expect(hubOn({ ...everywhere, tls: { cert, key } }).start()).rejects.toMatchObject({
      code: 'HUB_OPEN',
    });
    const token = { tokenFile: certificates.hub.key };
    await expect(hubOn({ ...everywhere, ...token }).start()).rejects.toMatchObject({ code: 'HUB_OPEN' });
  });

  it('asks a loopback address by its own name: no page in a browser can', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const headers = { host: 'attacker.example' };
    httpRequest(`${stack.queriesUrl}/v1/stats`, { headers }, (answer) =>
      resolve(answer.statusCode ?? 0),
    ).end();
    expect(await promise).toBe(421);
  });

  it('has the token, which can change while the hub runs', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-token-'));
    const tokenFile = join(directory, 'token');
    writeFileSync(tokenFile, 'short');
    await expect(hubOn({ tokenFile }).start()).rejects.toMatchObject({ code: 'HUB_FILE' });
    writeFileSync(tokenFile, 'the-first-token-of-all\n');
    const hub = hubOn({ tokenFile });
    const { queries } = await hub.start();
    const statusWith = async (authorization?: string): Promise<number> =>
      (
        await fetch(`http://127.0.0.1:${queries}/v1/stats`, {
          headers: authorization === undefined ? {} : { authorization },
        })
      ).status;
    expect(await statusWith()).toBe(401);
    expect(await statusWith('Bearer the-first-token-of-al')).toBe(401);
    expect(await statusWith('Bearer the-first-token-of-all')).toBe(200);
    writeFileSync(tokenFile, 'another-token-altogether\n');
    hub.refreshFiles();
    expect(await statusWith('Bearer the-first-token-of-all')).toBe(401);
    expect(await statusWith('Bearer another-token-altogether')).toBe(200);
    writeFileSync(tokenFile, '');
    hub.refreshFiles();
    expect(await statusWith('Bearer another-token-altogether')).toBe(200);
    expect(await statusWith('Bearer ')).toBe(401);
    await hub.close();
    rmSync(directory, { recursive: true });
  });
});

describe('a hub that others reach', () => {
  it('is asked by TLS with the token, and shows a new certificate without a new start', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-tls-'));
    const path = (name: string): string => join(directory, name);
    copyFileSync(certificates.hub.cert, path('cert'));
    copyFileSync(certificates.hub.key, path('key'));
    writeFileSync(path('token'), 'a-token-that-is-long');
    const hub = new Hub({
      store,
      log: pino({ level: 'silent' }),
      config: {
        nodes: false,
        admin: false,
        limits: HUB_DEFAULT_LIMITS,
        queries: {
          listen: { host: '0.0.0.0', port: 0 },
          tls: { cert: path('cert'), key: path('key') },
          tokenFile: path('token'),
        },
      },
    });
    const { queries } = await hub.start();
    const url = `https://127.0.0.1:${queries}`;
    const { ca } = certificates.of('node-a');
    const all = { dataSet: 'waf', query: { kind: 'all' } } as const;
    const ask = async (options: object): Promise<unknown> => {
      const client = new HubClient({ url, ...options });
      try {
        return await client.count(all);
      } catch (error) {
        return (error as { readonly code: string }).code;
      } finally {
        await client.close();
      }
    };
    const token = 'a-token-that-is-long';
    expect(await ask({ tls: { ca }, token })).toBe(0);
    expect(await ask({ tls: { ca } })).toBe('HUB_UNAUTHORIZED');
    expect(await ask({ tls: { ca }, token: 'another-token-as-long' })).toBe('HUB_UNAUTHORIZED');
    expect(await ask({ token })).toBe('STORE_UNAVAILABLE');
    // Of another authority: who trusts that one only is answered from now on.
    const others = makeCertificates();
    copyFileSync(others.hub.cert, path('cert'));
    hub.refreshFiles();
    expect(await ask({ tls: { ca }, token })).toBe(0);
    copyFileSync(others.hub.key, path('key'));
    hub.refreshFiles();
    expect(await ask({ tls: { ca }, token })).toBe('STORE_UNAVAILABLE');
    expect(await ask({ tls: { ca: others.of('node-a').ca }, token })).toBe(0);
    await hub.close();
    rmSync(others.directory, { recursive: true });
    rmSync(directory, { recursive: true });
  });
});

describe('the OpenAPI document', () => {
  interface OpenApi {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: object }>>>>;
  }

  it('has every address that the hub answers, and what it answers', async () => {
    const document = (await get('/v1/openapi.json')).json as unknown as OpenApi;
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.sort()).toMatchInlineSnapshot(`
      [
        "GET /v1/alerts",
        "GET /v1/alerts/deliveries",
        "GET /v1/alerts/one/{name}",
        "GET /v1/events/aggregate",
        "GET /v1/events/count",
        "GET /v1/events/search",
        "GET /v1/events/{dataSet}/{id}",
        "GET /v1/stats",
        "GET /v1/tail",
        "POST /v1/alerts/acknowledge",
        "POST /v1/alerts/preview",
        "POST /v1/alerts/silence",
        "POST /v1/events/aggregate",
        "POST /v1/events/count",
        "POST /v1/events/search",
        "POST /v1/records",
      ]
    `);
    await store.append(recordsOf('node-a', 0, 2));
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const [path, at] of [
      ['/v1/events/search', '/v1/events/search'],
      ['/v1/events/count', '/v1/events/count'],
      ['/v1/events/aggregate', '/v1/events/aggregate?kind=terms&field=host'],
      ['/v1/events/{dataSet}/{id}', '/v1/events/waf/node-a-00000001'],
      ['/v1/stats', '/v1/stats'],
    ] as const) {
      const responses = document.paths[path]?.get?.responses as Record<
        string,
        { content: Record<string, { schema: object }> }
      >;
      const validate = ajv.compile(responses['200']?.content['application/json']?.schema ?? {});
      const answer = await get(at);
      expect([path, answer.status, validate(answer.json), validate.errors]).toEqual([path, 200, true, null]);
      expect([path, validate({ nothing: 1 })]).toEqual([path, false]);
    }
  });
});
