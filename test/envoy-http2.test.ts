/** HTTP/2 in the clear through a real Envoy: bodies in pieces, many streams on a connection. */
import { once } from 'node:events';
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from './envoy-stack.ts';

const SQLI = encodeURIComponent("1' UNION SELECT password FROM users--");
const BROWSER = { 'user-agent': 'Mozilla/5.0', accept: '*/*' };
const FORM = { ':method': 'POST', 'content-type': 'application/x-www-form-urlencoded' };

let stack: Stack;
let session: ClientHttp2Session;
beforeAll(async () => {
  stack = await startStack({ maxRequestBytes: 65_536 });
  session = connect(`http://127.0.0.1:${stack.port}`);
  await once(session, 'connect');
});
afterAll(async () => {
  session?.destroy();
  await stack?.stop();
});

/** Sends a request whose body comes in these pieces; resolves to the status. */
async function send(headers: OutgoingHttpHeaders, pieces: readonly string[] = []): Promise<number> {
  const stream = session.request(
    { ':authority': 'shop.example', ...BROWSER, ...headers },
    { endStream: pieces.length === 0 },
  );
  for (const piece of pieces) stream.write(piece);
  if (pieces.length > 0) stream.end();
  const [answer]: { ':status'?: number }[] = await once(stream, 'response');
  stream.resume();
  await once(stream, 'end');
  return answer?.[':status'] ?? 0;
}

describe('over HTTP/2', () => {
  it('an ordinary request goes through', async () => {
    expect(await send({ ':path': '/?q=hose' })).toBe(200);
  });
  it.each<[string, OutgoingHttpHeaders, readonly string[]]>([
    ['the query', { ':path': `/?q=${SQLI}` }, []],
    ['a form without length, in pieces of a byte', FORM, [...`q=${SQLI}`]],
    ['a cookie line of several', { cookie: ['a=1', "b=1' UNION SELECT password FROM users--"] }, []],
  ])('an attack in %s is blocked', async (_, headers, pieces) => {
    const before = stack.workload.arrivals.length;
    expect(await send(headers, pieces)).toBe(403);
    expect(stack.workload.arrivals).toHaveLength(before);
  });
  it('a body over the limit gets 413', async () => {
    const before = stack.workload.arrivals.length;
    expect(
      await send(
        FORM,
        Array.from({ length: 16 }, () => 'a'.repeat(16_384)),
      ),
    ).toBe(413);
    expect(stack.workload.arrivals).toHaveLength(before);
  });
  it('each of 200 streams at once gets its own verdict', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        send({ ':path': index % 3 === 0 ? `/?q=${SQLI}` : '/?q=hose' }),
      ),
    );
    expect(statuses).toEqual(Array.from({ length: 200 }, (_, index) => (index % 3 === 0 ? 403 : 200)));
  });
});
