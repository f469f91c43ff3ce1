/** Facts of a real Envoy about upgrades, tunnels, streams and responses under ext_proc. */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerHeaders, bytesIn, passAll } from './ext-proc-facts/answers.ts';
import { isRefused, PROTOCOLS, RawClient, send, sendFrames } from './ext-proc-facts/clients.ts';
import type { Message } from './ext-proc-facts/processor.ts';
import { manager, startWorld, until, type World } from './ext-proc-facts/world.ts';

let world: World;
const start = async (options: Parameters<typeof startWorld>[0] = {}): Promise<World> => {
  world = await startWorld(options);
  return world;
};

const HANDSHAKE: readonly [string, ...string[]] = [
  'GET /chat HTTP/1.1',
  'host: shop.example',
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version: 13',
];
const request = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const replaced = (line: string, by: string): string[] => HANDSHAKE.map((one) => (one === line ? by : one));

/** Accepts, and says back what comes. */
const echo = (): void =>
  world.workload.onUpgrade((socket, head) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    if (head.length > 0) socket.write(`echo ${head}`);
    socket.on('data', (data: Buffer) => socket.write(`echo ${data}`));
  });

describe('an upgrade', () => {
  beforeAll(() =>
    start({
      profile: 'window',
      responses: true,
      listener: { upgrades: ['websocket'] },
      // It is over with the request's headers, so a tunnel may last.
      change: (bootstrap) => {
        manager(bootstrap).request_timeout = '1s';
      },
    }),
  );
  afterEach(() => world.clear());
  afterAll(() => world.stop());

  it('is asked about by its headers alone; then its stream is over and its tunnel open', async () => {
    echo();
    world.processor.answer = passAll;
    const client = new RawClient(world.port);
    client.write(request(...HANDSHAKE));
    await client.until(/101 Switching Protocols/);
    const stream = await world.processor.stream();
    await stream.closed;
    client.write('one');
    await client.until(/echo one/);
    // Longer than a request may take.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    client.write('two');
    expect(await client.until(/echo two/)).toContain('echo two');
    expect(stream.messages.map(({ kind, endOfStream }) => [kind, endOfStream])).toEqual([
      ['requestHeaders', false],
    ]);
    expect(stream.metadata).toMatchObject({ 'sluice-policy': ['shop'], 'sluice-profile': ['upgrade'] });
    expect(stream.messages[0]?.protocolConfig).toEqual({});
    client.close();
  });

  it('that is denied opens nothing', async () => {
    echo();
    world.processor.answer = (stream) => stream.deny(403);
    const client = new RawClient(world.port);
    client.write(`${request(...HANDSHAKE)}early`);
    expect(await client.until(/denied/)).toContain('HTTP/1.1 403 ');
    expect(world.workload.connections).toBe(0);
    client.close();
  });

  it('has what came with it sent on once the workload accepts', async () => {
    echo();
    world.processor.answer = passAll;
    const client = new RawClient(world.port);
    client.write(`${request(...HANDSHAKE)}early`);
    expect(await client.until(/echo early/)).toContain('echo early');
    client.close();
  });

  it.each([
    ['a length', HANDSHAKE, 'content-length: 6', 'attack'],
    ['chunks', HANDSHAKE, 'transfer-encoding: chunked', '6\r\nattack\r\n0\r\n\r\n'],
    ['a length in HTTP/1.0', replaced(HANDSHAKE[0], 'GET /chat HTTP/1.0'), 'content-length: 6', 'attack'],
  ])(
    'with a body by %s gives nothing of it to a workload that does not accept',
    async (_, lines, framing, body) => {
      world.processor.answer = passAll;
      const client = new RawClient(world.port);
      client.write(request(...lines, framing) + body);
      await until(() => world.workload.arrivals.length === 1);
      // A second request, which the workload answers: what the first had would have come before it.
      const other = await send('HTTP/1.1', world.port, { method: 'GET', path: '/other' });
      expect(await other.status).toBe(200);
      expect(world.workload.arrivals[0]?.body.toString()).toBe('');
      other.close();
      client.close();
    },
  );

  it.each([
    ['without Connection', replaced('connection: Upgrade', 'x-connection: none')],
    ['to h2c', replaced('upgrade: websocket', 'upgrade: h2c')],
  ])(
    '%s is an ordinary request: no line of it says otherwise, and its body is inspected',
    async (_, lines) => {
      world.processor.answer = passAll;
      const client = new RawClient(world.port);
      client.write(`${request(...lines, 'content-length: 6')}attack`);
      await client.until(/workload/);
      const { messages, metadata } = await world.processor.stream();
      expect(metadata['sluice-profile']).toEqual(['window']);
      expect(messages[0]?.lines.map(([name]) => name)).not.toContain('upgrade');
      expect(bytesIn(messages.filter(({ kind }) => kind === 'requestBody')).toString()).toBe('attack');
      client.close();
    },
  );

  it.each([['soap'], ['websocket, h2c'], ['h2c, websocket']])(
    'to %s, which nobody declared, is refused by Envoy, whose refusal is a response in a stream without a request',
    async (type) => {
      world.processor.answer = passAll;
      const client = new RawClient(world.port);
      client.write(
        `${request(...replaced('upgrade: websocket', `upgrade: ${type}`), 'content-length: 6')}attack`,
      );
      expect(await client.until(/\r\n\r\n/)).toContain('HTTP/1.1 403 ');
      expect(world.workload.connections).toBe(0);
      client.close();
      // Envoy's own refusal is shown as a response, in a stream without a request.
      const [message] = (await world.processor.stream()).messages;
      expect([message?.kind, message?.lines]).toEqual(['responseHeaders', [[':status', '403']]]);
    },
  );

  it.each<[string, readonly (readonly [string, string])[]]>([
    [
      'lines of HTTP/1',
      [
        ['connection', 'Upgrade'],
        ['upgrade', 'websocket'],
      ],
    ],
    ['Upgrade alone', [['upgrade', 'websocket']]],
    [':protocol', [[':protocol', 'websocket']]],
  ])('is not to be had over HTTP/2 by %s', async (_, lines) => {
    world.processor.answer = passAll;
    const method = lines[0]?.[0] === ':protocol' ? 'CONNECT' : 'POST';
    const client = sendFrames(
      world.port,
      [[':method', method], [':scheme', 'http'], [':path', '/'], [':authority', 'shop.example'], ...lines],
      'attack',
    );
    await client.until((received) => isRefused(received));
    expect([isRefused(client.received) || client.isClosed, world.processor.streams.length]).toEqual([
      true,
      0,
    ]);
    expect(world.workload.connections).toBe(0);
    client.close();
  });

  it('would be refused for those lines: without them the same frames are a request', async () => {
    world.processor.answer = passAll;
    const lines = [
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'shop.example'],
    ] as const;
    const client = sendFrames(world.port, lines, 'attack');
    await until(() => world.workload.arrivals[0]?.body.toString() === 'attack');
    expect(isRefused(client.received)).toBe(false);
    client.close();
  });

  it('by CONNECT is refused', async () => {
    world.processor.answer = passAll;
    const client = new RawClient(world.port);
    client.write(request('CONNECT shop.example:80 HTTP/1.1', 'host: shop.example:80'));
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 (?:403|404) /);
    const session = connect(`http://127.0.0.1:${world.port}`);
    const stream = session.request({ ':method': 'CONNECT', ':authority': 'shop.example:80' });
    const [answer]: { ':status'?: number }[] = await once(stream, 'response');
    expect([403, 404]).toContain(answer?.[':status']);
    expect(world.workload.connections).toBe(0);
    session.destroy();
    client.close();
  });
});

describe('a response', () => {
  beforeAll(() => start({ responses: true }));
  afterEach(() => world.clear());
  afterAll(() => world.stop());

  it('is held as a request is, and may be denied at its end', async () => {
    world.processor.answer = async (stream) => {
      for await (const message of stream) {
        if (message.kind.startsWith('request')) stream.pass(message.kind);
        else if (message.endOfStream) stream.deny(502);
      }
    };
    const client = await send('HTTP/1.1', world.port, { method: 'GET' });
    expect(await client.status).toBe(502);
    expect(await client.body).toBe('denied');
    const { messages } = await world.processor.stream();
    expect(bytesIn(messages).toString()).toBe('workload');
    expect(messages[0]?.protocolConfig).toMatchObject({ responseBodyMode: 'STREAMED' });
    client.close();
  });

  it('goes on unchanged, with its length, where it is passed', async () => {
    world.processor.answer = async (stream) => {
      const held: Message[] = [];
      for await (const message of stream) {
        if (message.kind.startsWith('request')) stream.pass(message.kind);
        else held.push(message);
        if (message.endOfStream) for (const { kind } of held.splice(0)) stream.pass(kind);
      }
    };
    const client = new RawClient(world.port);
    client.write('GET / HTTP/1.1\r\nhost: shop.example\r\n\r\n');
    const text = await client.until(/\r\n\r\nworkload$/);
    expect(text).toMatch(/content-length: 8\r\n/i);
    client.close();
  });

  it('that has no end flows event by event, each before the next is made', async () => {
    let more: (text: string) => void = () => undefined;
    world.workload.respond = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      more = (text) => response.write(text);
      more('data: 0\n\n');
    };
    world.processor.answer = passAll;
    const client = new RawClient(world.port);
    client.write('GET / HTTP/1.1\r\nhost: shop.example\r\n\r\n');
    for (let count = 0; count < 5; count++) {
      await client.until(new RegExp(`data: ${count}\n`));
      more(`data: ${count + 1}\n\n`);
    }
    expect(await client.until(/data: 5\n/)).toContain('data: 5');
    client.close();
  });

  it('of Envoy itself is shown as if it were the workload’s', async () => {
    world.processor.answer = passAll;
    const gone = await start({
      responses: true,
      listener: { upstream: { host: '127.0.0.1', port: 1 } },
    });
    world.processor.answer = passAll;
    const client = await send('HTTP/1.1', world.port, { method: 'GET' });
    expect(await client.status).toBe(503);
    const kinds = (await world.processor.stream()).messages.map(({ kind }) => kind);
    expect(kinds).toContain('responseHeaders');
    client.close();
    await gone.stop();
    await start({ responses: true });
  });

  it.each(PROTOCOLS)('over %s is held by as much as a request is, always', async (protocol) => {
    const HELD = 1_048_576;
    world.workload.respond = (response) => {
      response.writeHead(200);
      response.end(Buffer.alloc(8 * HELD));
    };
    world.processor.answer = async (stream) => {
      for await (const message of stream) {
        if (message.kind.startsWith('request')) stream.pass(message.kind);
        else if (bytesIn(stream.messages).length > HELD) {
          stream.deny(502);
          return;
        }
      }
    };
    const client = await send(protocol, world.port, { method: 'GET' });
    expect(await client.status).toBe(502);
    client.close();
  });
});

describe('a response that nobody asked to see', () => {
  afterEach(() => world.stop());

  it('frees its stream as soon as its headers are there', async () => {
    await start();
    let end: () => void = () => undefined;
    world.workload.respond = (response) => {
      response.writeHead(200);
      response.write('begun');
      end = () => response.end();
    };
    world.processor.answer = passAll;
    const client = new RawClient(world.port);
    client.write('GET / HTTP/1.1\r\nhost: shop.example\r\n\r\n');
    await client.until(/begun/);
    const stream = await world.processor.stream();
    await stream.closed;
    expect(stream.messages.map(({ kind }) => kind)).toEqual(['requestHeaders']);
    end();
    expect(await client.until(/\r\n0\r\n\r\n$/)).toMatch(/0\r\n\r\n$/);
    client.close();
  });
});

describe('routes', () => {
  beforeAll(() =>
    start({
      listener: {
        routes: [
          {
            prefix: '/open',
            policy: {
              name: '100%/open',
              mode: 'Block',
              unavailable: 'Open',
              dataPath: 'ext_proc',
              profile: 'buffered',
            },
          },
          {
            prefix: '/detect',
            policy: {
              name: 'detect',
              mode: 'Detect',
              unavailable: 'Closed',
              dataPath: 'ext_proc',
              responses: true,
            },
          },
          { prefix: '/once', policy: { name: 'once', mode: 'Block', unavailable: 'Closed' } },
        ],
      },
    }),
  );
  afterEach(() => world.clear());
  afterAll(() => world.stop());

  it.each([
    ['/', 'shop', 'streaming', { requestBodyMode: 'STREAMED' }],
    ['/open', '100%/open', 'buffered', { requestBodyMode: 'BUFFERED' }],
    ['/detect', 'detect', 'streaming', { requestBodyMode: 'STREAMED', responseBodyMode: 'STREAMED' }],
  ])('have their own policy and mode: %s', async (path, policy, profile, config) => {
    world.processor.answer = passAll;
    const client = await send('HTTP/1.1', world.port, { method: 'GET', path });
    expect(await client.status).toBe(200);
    const { metadata, messages } = await world.processor.stream();
    expect(metadata).toMatchObject({ 'sluice-policy': [policy], 'sluice-profile': [profile] });
    expect(messages[0]?.protocolConfig).toEqual({ sendBodyWithoutWaitingForHeaderResponse: true, ...config });
    client.close();
  });

  it.each([
    ['/', 503],
    ['/open', 200],
    ['/detect', 200],
  ])('have their own way to fail: %s', async (path, status) => {
    world.processor.answer = (stream) => stream.closeWithError();
    const client = await send('HTTP/1.1', world.port, { method: 'GET', path });
    expect(await client.status).toBe(status);
    client.close();
  });

  it('may ask by ext_authz instead: then no stream is opened', async () => {
    const client = await send('HTTP/1.1', world.port, { method: 'GET', path: '/once' });
    // Nobody answers checks here, and that policy is Closed.
    expect(await client.status).toBe(503);
    expect(world.processor.streams).toHaveLength(0);
    expect(world.workload.connections).toBe(0);
    client.close();
  });

  it('leave what was said for the access log, beside what ext_authz would have said', async () => {
    world.processor.answer = answerHeaders({
      requestHeaders: {},
      dynamicMetadata: {
        fields: {
          'envoy.filters.http.ext_proc': { structValue: { fields: { verdict: { stringValue: 'pass' } } } },
        },
      },
    });
    const before = (await world.logged(0)).length;
    const client = await send('HTTP/1.1', world.port, { method: 'GET' });
    expect(await client.status).toBe(200);
    client.close();
    const line = (await world.logged(before + 1)).at(-1);
    expect(line).toMatchObject({ sluice: { verdict: null }, sluice_stream: { verdict: 'pass' } });
  });
});
