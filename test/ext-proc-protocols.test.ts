/** What must never be held, through Envoy 1.40 with Sluice in Block: it works as if nobody looked. */
import { once } from 'node:events';
import { get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, exchange, lines, statusesIn } from './envoy-client.ts';
import { type StreamStack, startStreamStack } from './ext-proc-stack.ts';

const ATTACK = encodeURIComponent("1' UNION SELECT password FROM users--");
const BROWSER = ['Host: shop.example', 'User-Agent: Mozilla/5.0', 'Accept: */*'];
const WEBSOCKET = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

/** The status of the first reply. */
async function statusOf(port: number, bytes: string): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.write(bytes, 'latin1');
  const received = await next(socket);
  socket.destroy();
  return statusesIn(received)[0] ?? 0;
}

/** The next bytes that come. */
const next = async (socket: Socket): Promise<string> => {
  const [chunk]: Buffer[] = await once(socket, 'data');
  return chunk?.toString('latin1') ?? '';
};

describe.each(['streaming', 'window', 'buffered'] as const)('in Block, with profile %s', (profile) => {
  let stack: StreamStack;
  beforeAll(async () => {
    stack = await startStreamStack({ profile, responses: true });
  });
  afterAll(() => stack?.stop());

  it('a WebSocket talks both ways, for longer than one message', async () => {
    const socket = connect({ host: '127.0.0.1', port: stack.port });
    socket.write(lines('GET /chat HTTP/1.1', ...BROWSER, ...WEBSOCKET, KEY, ''));
    expect(await next(socket)).toContain('101 Switching Protocols');
    for (const message of ['hello', 'how are you', "1' UNION SELECT password FROM users--"]) {
      const echoed = next(socket);
      socket.write(message);
      expect(await echoed).toBe(message);
    }
    socket.destroy();
  });
  it('an attack in the handshake of a WebSocket is denied', async () => {
    const before = stack.workload.arrivals.length;
    const request = lines(`GET /chat?q=${ATTACK} HTTP/1.1`, ...BROWSER, ...WEBSOCKET, KEY, '');
    expect(await statusOf(stack.port, request)).toBe(403);
    expect(stack.workload.arrivals).toHaveLength(before);
  });
  it('a handshake with a length does not get a body past the rules', async () => {
    const before = stack.workload.arrivals.length;
    const type = 'Content-Type: application/x-www-form-urlencoded';
    const length = `Content-Length: ${2 + ATTACK.length}`;
    const head = lines('POST /chat HTTP/1.1', ...BROWSER, ...WEBSOCKET, KEY, type, length, '');
    expect([400, 403]).toContain(await statusOf(stack.port, `${head}q=${ATTACK}`));
    expect(stack.workload.arrivals).toHaveLength(before);
  });
  it('a handshake with chunks does not get a body to a workload that does not upgrade', async () => {
    const type = 'Content-Type: application/x-www-form-urlencoded';
    const chunked = ['Transfer-Encoding: chunked', 'Connection: close'];
    const head = lines('POST /plain HTTP/1.1', ...BROWSER, ...WEBSOCKET, KEY, type, ...chunked, '');
    const body = `${(2 + ATTACK.length).toString(16)}\r\nq=${ATTACK}\r\n0\r\n\r\n`;
    await statusOf(stack.port, head + body);
    const arrival = stack.workload.arrivals.findLast(({ url }) => url === '/plain');
    await arrival?.over;
    expect(arrival?.tail.toString() ?? '').not.toContain('UNION');
  });
  it('Upgrade: h2c does not get a body past the rules', async () => {
    const before = stack.workload.arrivals.length;
    const upgrade = [
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAAP__',
    ];
    const type = 'Content-Type: application/x-www-form-urlencoded';
    const head = lines(
      'POST / HTTP/1.1',
      ...BROWSER,
      ...upgrade,
      type,
      `Content-Length: ${2 + ATTACK.length}`,
      '',
    );
    expect(await statusOf(stack.port, `${head}q=${ATTACK}`)).toBe(403);
    expect(stack.workload.arrivals).toHaveLength(before);
  });

  it('server-sent events come while they are made', async () => {
    const request = get({
      host: '127.0.0.1',
      port: stack.port,
      path: '/sse',
      headers: { 'user-agent': 'Mozilla/5.0', accept: '*/*', host: 'shop.example' },
    });
    const [response] = await once(request, 'response');
    let text = '';
    for await (const chunk of response) {
      text += chunk;
      if (text.includes('data: 5\n')) break;
    }
    expect(text).toContain('data: 0\n\ndata: 1\n\n');
    request.destroy();
  });
  it('a response that falls silent is not kept back', async () => {
    const request = get({
      host: '127.0.0.1',
      port: stack.port,
      path: '/drip',
      headers: { 'user-agent': 'Mozilla/5.0', accept: '*/*', host: 'shop.example' },
    });
    const [response] = await once(request, 'response');
    const [first]: Buffer[] = await once(response, 'data');
    expect(first?.toString()).toBe('first');
    request.destroy();
  });

  it('an upload with Expect: 100-continue is told to go on, and judged', async () => {
    const before = stack.workload.arrivals.length;
    for (const [body, status] of [
      ['q=hose', 200],
      [`q=${ATTACK}`, 403],
    ] as const) {
      const socket = connect({ host: '127.0.0.1', port: stack.port });
      const type = 'Content-Type: application/x-www-form-urlencoded';
      const expectation = ['Expect: 100-continue', 'Connection: close', `Content-Length: ${body.length}`];
      socket.write(lines('POST / HTTP/1.1', ...BROWSER, type, ...expectation, ''));
      expect(await next(socket)).toContain('100 Continue');
      const answer = next(socket);
      socket.write(body);
      expect(statusesIn(await answer)).toEqual([status]);
      socket.destroy();
    }
    expect(stack.workload.arrivals).toHaveLength(before + 1);
  });
  it('HTTP/1.0 is answered', async () => {
    const request = lines('GET /?q=hose HTTP/1.0', ...BROWSER, '');
    expect(statusesIn(await exchange(stack.port, request))).toEqual([200]);
    const attack = lines(`GET /?q=${ATTACK} HTTP/1.0`, ...BROWSER, '');
    expect(statusesIn(await exchange(stack.port, attack))).toEqual([403]);
  });
  it('CONNECT is refused or judged, and never a way through', async () => {
    const before = stack.workload.arrivals.length;
    const request = lines('CONNECT shop.example:80 HTTP/1.1', 'Host: shop.example:80', '');
    expect(await statusOf(stack.port, request)).toBeGreaterThanOrEqual(400);
    expect(stack.workload.arrivals).toHaveLength(before);
  });
});

const PROTOCOL_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

interface Clusters {
  readonly static_resources: {
    readonly clusters: readonly {
      readonly name: string;
      readonly typed_extension_protocol_options: Record<string, Record<string, unknown>>;
    }[];
  };
}

/** Envoy's configuration with a workload that is asked in HTTP/2. */
function toHttp2(text: string): string {
  const bootstrap: Clusters = JSON.parse(text);
  const cluster = bootstrap.static_resources.clusters.find(({ name }) => name === 'workload/workload');
  const options = cluster?.typed_extension_protocol_options[PROTOCOL_OPTIONS] ?? {};
  options.explicit_http_config = { http2_protocol_options: {} };
  return JSON.stringify(bootstrap);
}

const frame = (text: string, compressed = 0): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed;
  prefix.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([prefix, Buffer.from(text)]);
};

describe.each(['streaming', 'window'] as const)('gRPC in Block, with profile %s', (profile) => {
  let stack: StreamStack;
  beforeAll(async () => {
    stack = await startStreamStack({ profile, responses: true, edit: toHttp2 });
  });
  afterAll(() => stack?.stop());

  const headers = {
    ':method': 'POST',
    ':path': '/chat.Chat/Talk',
    ':authority': 'shop.example',
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'grpc-go/1.80.0',
    accept: '*/*',
  };

  it('both sides talk in turn: no message waits for the next', async () => {
    const session = connectHttp2(`http://127.0.0.1:${stack.port}`);
    const stream = session.request(headers);
    const [answer] = await once(stream, 'response');
    expect(answer[':status']).toBe(200);
    for (const text of ['hello', 'how are you', 'x'.repeat(30_000), 'bye']) {
      const message = frame(text);
      stream.write(message);
      let echoed = Buffer.alloc(0);
      while (echoed.byteLength < message.byteLength) {
        const [chunk]: Buffer[] = await once(stream, 'data');
        echoed = Buffer.concat([echoed, chunk ?? Buffer.alloc(0)]);
      }
      expect(echoed.equals(message)).toBe(true);
    }
    const trailers = once(stream, 'trailers');
    stream.resume();
    stream.end();
    const [told] = await trailers;
    expect(told['grpc-status']).toBe('0');
    session.destroy();
  });
  it('a call with one message is answered', async () => {
    const session = connectHttp2(`http://127.0.0.1:${stack.port}`);
    const stream = session.request(headers);
    stream.end(frame('hello'));
    const trailers = once(stream, 'trailers');
    stream.resume();
    expect((await trailers)[0]['grpc-status']).toBe('0');
    session.destroy();
  });
  it('an attack in the second message does not arrive: the call is broken off', async () => {
    const session = connectHttp2(`http://127.0.0.1:${stack.port}`);
    const stream = session.request({ ...headers, ':path': '/chat.Chat/Attack' });
    const broken = new Promise<void>((resolve) => {
      stream.once('error', () => resolve());
    });
    await once(stream, 'response');
    stream.write(frame('hello'));
    await new Promise<void>((resolve) => {
      stream.once('data', () => resolve());
    });
    stream.write(frame("1' UNION SELECT password FROM users--"));
    stream.resume();
    await broken;
    const arrival = stack.workload.arrivals.findLast(({ url }) => url === '/chat.Chat/Attack');
    await arrival?.over;
    expect(arrival?.complete).toBe(false);
    expect(arrival?.tail.toString()).not.toContain('UNION');
    session.destroy();
  });
  it('an attack in the headers is denied in a status of gRPC', async () => {
    const session = connectHttp2(`http://127.0.0.1:${stack.port}`);
    const stream = session.request({ ...headers, ':path': `/chat.Chat/Talk?q=${ATTACK}` });
    stream.end(frame('hello'));
    const [answer] = await once(stream, 'response');
    expect(answer['grpc-status']).toBe('7');
    session.destroy();
  });
});

describe('upgrades that the policy denies', () => {
  it('are denied, and nothing reaches the workload', async () => {
    const stack = await startStreamStack({ policy: { upgrades: 'Deny' } });
    try {
      const request = lines('GET /chat HTTP/1.1', ...BROWSER, ...WEBSOCKET, KEY, '');
      expect(await statusOf(stack.port, request)).toBe(403);
      expect(stack.workload.arrivals).toHaveLength(0);
      expect((await call(stack.port, { path: '/?q=hose' })).status).toBe(200);
    } finally {
      await stack.stop();
    }
  });
});
