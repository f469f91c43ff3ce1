/** What no client should send, byte by byte through a real Envoy: each has one outcome, and none gets past Sluice. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call, exchange, lines, statusesIn } from './envoy-client.ts';
import { type Stack, startStack } from './envoy-stack.ts';

const SQLI = "1' UNION SELECT password FROM users--";
const QUERY = encodeURIComponent(SQLI);
const BODY = `q=${QUERY}`;
const HOST = 'Host: shop.example\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*';
const FORM = 'Content-Type: application/x-www-form-urlencoded';
const CLOSE = 'Connection: close';
const CHUNKED = 'Transfer-Encoding: chunked';
const ATTACK_LINE = `GET /?q=${QUERY} HTTP/1.1`;

const head = (...all: readonly string[]): string => lines(...all, '');
const post = (...all: readonly string[]): string => head('POST / HTTP/1.1', HOST, FORM, ...all);
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const sized = (text: string): string => `Content-Length: ${text.length}`;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());
beforeEach(() => {
  stack.workload.arrivals.length = 0;
});
afterEach(async () => {
  // Whatever came in, the next client is served, and the next attack is seen.
  expect((await call(stack.port, { path: '/?q=hose' })).status).toBe(200);
  expect((await call(stack.port, { path: `/?q=${QUERY}` })).status).toBe(403);
  expect(stack.sluice.child.exitCode ?? stack.sluice.child.signalCode).toBeNull();
});

/** Name, what is sent, statuses of the replies; `half` where the client closes its side at once. */
type Row = readonly [name: string, bytes: string, statuses: readonly number[], half?: 'half'];

const SIZES: readonly Row[] = [
  ['a header of 1 MB', head('GET / HTTP/1.1', HOST, `X-A: ${'a'.repeat(1_048_576)}`), [431]],
  [
    '1 MB of headers',
    head(
      'GET / HTTP/1.1',
      HOST,
      ...Array.from({ length: 10_000 }, (_, index) => `X-${index}: ${'a'.repeat(96)}`),
    ),
    [431],
  ],
  [
    'an attack behind 40 KB of headers',
    head('GET / HTTP/1.1', HOST, `X-A: ${'a'.repeat(40_000)}`, `Cookie: a=${SQLI}`, CLOSE),
    [403],
  ],
  ['10,000 arguments in a query', head(`GET /?${'a=1&'.repeat(10_000)} HTTP/1.1`, HOST, CLOSE), [403]],
  [
    '10,000 arguments in a form',
    post(sized(`${'a=1&'.repeat(10_000)}${BODY}`), CLOSE) + 'a=1&'.repeat(10_000) + BODY,
    [403],
  ],
];

const NESTED = `${'['.repeat(10_000)}${JSON.stringify(SQLI)}${']'.repeat(10_000)}`;
const JSON_HEAD = (body: string): string =>
  head('POST / HTTP/1.1', HOST, 'Content-Type: application/json', sized(body), CLOSE);
const PARTS_HEAD = (body: string): string =>
  head('POST / HTTP/1.1', HOST, 'Content-Type: multipart/form-data; boundary=b', sized(body), CLOSE);
const PART = '--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n';
const LOST_PART = `${PART}hello`;
const LOST_HEADER = '--b\r\nContent-Disp';

const BODIES: readonly Row[] = [
  ['JSON nested 10,000 deep', JSON_HEAD(NESTED) + NESTED, [403]],
  ['JSON cut off', `${JSON_HEAD('{"a":"b')}{"a":"b`, [403]],
  ['a part cut off', PARTS_HEAD(LOST_PART) + LOST_PART, [403]],
  ["a part's header cut off", PARTS_HEAD(LOST_HEADER) + LOST_HEADER, [403]],
  ['a NUL in a form', `${post(sized('q=a\0b'), CLOSE)}q=a\0b`, [403]],
  ['a NUL in JSON', `${JSON_HEAD('{"a":"\0"}')}{"a":"\0"}`, [403]],
  ['bytes that are no UTF-8 in a form', `${post(sized('q=\xff\xfe'), CLOSE)}q=\xff\xfe`, [200]],
  ['an attack behind such bytes', `${post(sized(`q=\xff\xfe${QUERY}`), CLOSE)}q=\xff\xfe${QUERY}`, [403]],
];

const HEADERS: readonly Row[] = [
  ['a NUL in a header', head('GET / HTTP/1.1', HOST, 'X-A: a\0b'), [400]],
  ['a NUL in the path', head('GET /a\0b HTTP/1.1', HOST), [400]],
  ['bytes that are no UTF-8 in a header', head('GET / HTTP/1.1', HOST, 'X-A: \xff\xfe', CLOSE), [200]],
  ['an attack behind such bytes', head('GET / HTTP/1.1', HOST, `Cookie: a=\xff\xfe${SQLI}`, CLOSE), [403]],
  ['bytes that are no UTF-8 in the path', head('GET /\xff HTTP/1.1', HOST), [400]],
  [
    'an attack in the second of two lines',
    head('GET / HTTP/1.1', HOST, 'Cookie: a=1', `Cookie: b=${SQLI}`, CLOSE),
    [403],
  ],
  ['a second Content-Type', post('Content-Type: text/plain', sized(BODY), CLOSE) + BODY, [403]],
  [
    'a Content-Type before it',
    head('POST / HTTP/1.1', HOST, 'Content-Type: text/plain', FORM, sized(BODY), CLOSE) + BODY,
    [403],
  ],
  ['a second Host with an attack', head('GET / HTTP/1.1', HOST, `Host: ${SQLI}`), [400]],
  ['an attack in a folded line', head('GET / HTTP/1.1', HOST, 'Cookie: a=1;', ` b=${SQLI}`, CLOSE), [403]],
  ['a method that is none', head('G\x01T / HTTP/1.1', HOST), [400]],
  ['a fragment', head(`GET /#?q=${QUERY} HTTP/1.1`, HOST), [400]],
  ['an absolute target', head(`GET http://other.example/?q=${QUERY} HTTP/1.1`, HOST, CLOSE), [403]],
];

const LENGTHS: readonly Row[] = [
  ['a body shorter than its Content-Length', post('Content-Length: 1000') + BODY, [], 'half'],
  [
    'an attack behind the end of a body',
    `${post('Content-Length: 3')}q=1${head(ATTACK_LINE, HOST, CLOSE)}`,
    [200, 403],
  ],
  ['rubbish behind the end of a body', `${post('Content-Length: 3')}q=1${SQLI}\r\n\r\n`, [200, 400]],
  ['two Content-Lengths', post('Content-Length: 3', sized(BODY)) + BODY, [400]],
  ['a negative Content-Length', post('Content-Length: -1') + BODY, [400]],
  ['a signed Content-Length', post(`Content-Length: +${BODY.length}`) + BODY, [400]],
];

const CODINGS: readonly Row[] = [
  ['Content-Length and Transfer-Encoding', post(sized(BODY), CHUNKED) + chunk(BODY) + chunk(''), [400]],
  ['an unknown Transfer-Encoding', post('Transfer-Encoding: xchunked') + chunk(BODY) + chunk(''), [501]],
  ['two Transfer-Encodings', post(CHUNKED, 'Transfer-Encoding: identity') + chunk(BODY) + chunk(''), [501]],
  ['a list of Transfer-Encodings', post('Transfer-Encoding: gzip, chunked') + chunk(BODY) + chunk(''), [501]],
  ['a blank before the colon', post('Transfer-Encoding : chunked') + chunk(BODY) + chunk(''), [400]],
  [
    'Transfer-Encoding in mixed case',
    post('Transfer-Encoding: cHuNkEd', CLOSE) + chunk(BODY) + chunk(''),
    [403],
  ],
  ['an attack in chunks of a byte', post(CHUNKED, CLOSE) + [...BODY].map(chunk).join('') + chunk(''), [403]],
  ['chunk extensions', `${post(CHUNKED, CLOSE)}${chunk(BODY).replace('\r', ';x="y"\r')}0\r\n\r\n`, [403]],
  ['trailers', `${post(CHUNKED, CLOSE)}${chunk(BODY)}0\r\nX-Trailer: 1\r\n\r\n`, [403]],
  ['a chunk size that is none', `${post(CHUNKED)}zz\r\n${BODY}\r\n0\r\n\r\n`, [400]],
  ['a chunk size beyond all numbers', `${post(CHUNKED)}fffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`, [400]],
  ['chunks that do not end', post(CHUNKED) + chunk(BODY), [], 'half'],
];

const LINES: readonly Row[] = [
  ['an empty line before the request', `\r\n${head(ATTACK_LINE, HOST, CLOSE)}`, [403]],
  ['empty lines of every sort before it', `\r\n\r\n\n\n${head(ATTACK_LINE, HOST, CLOSE)}`, [403]],
  ['lines that end in LF', head(ATTACK_LINE, HOST, CLOSE).replaceAll('\r', ''), [403]],
  ['HTTP/1.0', head('GET / HTTP/1.0', HOST), [200]],
  ['an attack in HTTP/1.0', head(`GET /?q=${QUERY} HTTP/1.0`, HOST), [403]],
  ['an attack in HTTP/1.0 without Host', head(`GET /?q=${QUERY} HTTP/1.0`), [400]],
  ['an attack in HTTP/0.9', `GET /?q=${QUERY}\r\n`, [400]],
  ['an attack without Host', head(ATTACK_LINE), [400]],
  ['the hello of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]],
];

const TUNNELS: readonly Row[] = [
  ['a WebSocket with a body', post('Upgrade: websocket', 'Connection: upgrade', sized(BODY)) + BODY, [403]],
  [
    'an unknown upgrade with chunks',
    post('Upgrade: foo', 'Connection: upgrade', CHUNKED) + chunk(BODY) + chunk(''),
    [403],
  ],
  ['h2c with a body', post('Upgrade: h2c', 'Connection: upgrade, close', sized(BODY)) + BODY, [403]],
  ['CONNECT', head('CONNECT shop.example:80 HTTP/1.1', 'Host: shop.example:80'), [404]],
  ['Expect: 100-continue', post('Expect: 100-continue', sized(BODY), CLOSE) + BODY, [100, 403]],
];

describe.each([
  ['sizes', SIZES],
  ['bodies', BODIES],
  ['headers', HEADERS],
  ['lengths', LENGTHS],
  ['transfer codings', CODINGS],
  ['request lines', LINES],
  ['tunnels', TUNNELS],
])('of %s:', (_, rows) => {
  for (const [name, bytes, statuses, half] of rows) {
    it(name, async () => {
      const received = await exchange(stack.port, bytes, half === 'half');
      expect(statusesIn(received)).toEqual(statuses);
      // One arrival for each 200, and none of them carries the attack.
      expect(stack.workload.arrivals).toHaveLength(statuses.filter((status) => status === 200).length);
      for (const arrival of stack.workload.arrivals) {
        expect(arrival.url + arrival.rawHeaders.join() + arrival.body.toString('latin1')).not.toMatch(
          /union/i,
        );
      }
    });
  }
});

describe('two Hosts', () => {
  it('are one value for Sluice and for the workload', async () => {
    const received = await exchange(
      stack.port,
      head('GET /hosts HTTP/1.1', HOST, 'Host: other.example', CLOSE),
    );
    expect(statusesIn(received)).toEqual([200]);
    const [arrival] = stack.workload.arrivals;
    const hosts = arrival?.rawHeaders.filter((_, index, all) => all[index - 1]?.toLowerCase() === 'host');
    expect(hosts).toEqual(['shop.example,other.example']);
  });
});

describe('bytes that are no UTF-8', () => {
  /** What rule 942100 matched in the last event, as text: U+FFFD for each such byte, and never what Envoy makes of them. */
  const matched = (): unknown => {
    const event = stack.sluice.lines.findLast((line) => 'waf' in line);
    return JSON.parse(JSON.stringify(event ?? { waf: { rules: [] } })).waf.rules.find(
      (rule: { id: string }) => rule.id === '942100',
    )?.targets;
  };
  it('reach the rules as they are in a header', async () => {
    const agent = `User-Agent: ${SQLI}\xff\xfe`;
    await exchange(stack.port, head('GET / HTTP/1.1', 'Host: shop.example', 'Accept: */*', agent, CLOSE));
    await expect.poll(matched).toMatchObject([{ value: `${SQLI}\ufffd\ufffd` }]);
  });
  it('reach the rules as they are in a body', async () => {
    const body = `${BODY}\xff\xfe`;
    await exchange(stack.port, post(sized(body), CLOSE) + body);
    await expect.poll(matched).toMatchObject([{ variable: 'ARGS:q', value: `${SQLI}\ufffd\ufffd` }]);
  });
});
