/**
 * What the streamed data path relies on, one fact a test, on our own configuration in a real Envoy: requests that are held. The server
 * is a small one of the tests' own, so that each fact is Envoy's. Other facts: ext-proc-facts-*.test.ts.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bytesIn, holdRequest, passAll, release } from './ext-proc-facts/answers.ts';
import { PROTOCOLS, RawClient, send, sendHttp2 } from './ext-proc-facts/clients.ts';
import type { Message } from './ext-proc-facts/processor.ts';
import { routes, startWorld, until, type World } from './ext-proc-facts/world.ts';

const HELD = 1_048_576;
const LONG = Buffer.alloc(200_000, 'a-body-of-some-length');

let world: World;
const start = async (options: Parameters<typeof startWorld>[0] = {}): Promise<World> => {
  world = await startWorld(options);
  return world;
};

describe('a held request', () => {
  beforeAll(() => start({ responses: false }));
  afterEach(() => world.clear());
  afterAll(() => world.stop());

  it.each(PROTOCOLS)(
    'over %s reaches no workload, not even by a connection, before its headers are answered',
    async (protocol) => {
      let seen: readonly Message[] = [];
      world.processor.answer = holdRequest((stream, held) => {
        seen = held;
        expect(world.workload.connections).toBe(0);
        release(stream, held);
      });
      const client = await send(protocol, world.port, { length: LONG.length });
      client.write(LONG.subarray(0, 70_000));
      const stream = await world.processor.stream();
      await until(() => bytesIn(stream.messages).length === 70_000);
      expect(world.workload.connections).toBe(0);
      client.write(LONG.subarray(70_000));
      client.end();
      expect(await client.status).toBe(200);
      const [arrival] = world.workload.arrivals;
      expect(arrival?.body.equals(LONG)).toBe(true);
      expect(arrival?.header('content-length')).toBe(String(LONG.length));
      expect(bytesIn(seen).equals(LONG)).toBe(true);
      client.close();
    },
  );

  it.each(PROTOCOLS)('over %s that is denied at its end leaves the workload alone', async (protocol) => {
    world.processor.answer = holdRequest((stream) => stream.deny(403));
    const client = await send(protocol, world.port, { length: LONG.length });
    client.write(LONG);
    client.end();
    expect(await client.status).toBe(403);
    expect(await client.body).toBe('denied');
    expect(world.workload.connections).toBe(0);
    client.close();
  });

  it('ends once: with the headers, with its last chunk, or with an empty message', async () => {
    const ends: Message[][] = [];
    world.processor.answer = holdRequest((stream, held) => {
      ends.push([...held]);
      release(stream, held);
    });
    for (const [method, body] of [
      ['GET', ''],
      ['POST', 'short'],
      ['POST', LONG],
    ] as const) {
      const client = await send('HTTP/1.1', world.port, {
        method,
        ...(method === 'GET' ? {} : { length: body.length }),
      });
      if (method === 'POST') client.write(body);
      client.end();
      expect(await client.status).toBe(200);
      client.close();
    }
    for (const messages of ends) {
      expect(messages.map(({ endOfStream }) => endOfStream).filter(Boolean)).toHaveLength(1);
    }
    const [headersAlone = [], short = []] = ends;
    expect(headersAlone.map(({ kind }) => kind)).toEqual(['requestHeaders']);
    // The server must not wait for a last chunk with bytes in it.
    expect(short.map(({ kind, body }) => [kind, body.length])).toEqual([
      ['requestHeaders', 0],
      ['requestBody', 5],
      ['requestBody', 0],
    ]);
  });

  it('tells in its first message what is done with bodies', async () => {
    world.processor.answer = passAll;
    const client = await send('HTTP/1.1', world.port, { method: 'GET' });
    await client.status;
    const [first, ...others] = (await world.processor.stream()).messages;
    expect(first?.protocolConfig).toEqual({
      requestBodyMode: 'STREAMED',
      sendBodyWithoutWaitingForHeaderResponse: true,
    });
    expect(others.every(({ protocolConfig }) => protocolConfig === undefined)).toBe(true);
    client.close();
  });

  it('has its header lines come one by one, in order, byte for byte', async () => {
    world.processor.answer = passAll;
    const client = new RawClient(world.port);
    const odd = Array.from({ length: 126 }, (_, index) => String.fromCharCode(index + 128)).join('');
    client.write(
      `GET /a?b=%00 HTTP/1.1\r\nHost: shop.example\r\nX-One: 1\r\nx-odd: ${odd}\r\nX-ONE: 2\r\nx-empty:\r\n\r\n`,
    );
    await client.until(/workload/);
    const [first] = (await world.processor.stream()).messages;
    const own = first?.lines.filter(
      ([name]) =>
        name.startsWith('x-') &&
        !name.startsWith('x-request') &&
        !name.startsWith('x-for') &&
        !name.startsWith('x-envoy'),
    );
    expect(own).toEqual([
      ['x-one', '1'],
      ['x-odd', odd],
      ['x-one', '2'],
      ['x-empty', ''],
    ]);
    expect(first?.lines).toContainEqual([':path', '/a?b=%00']);
    client.close();
  });

  it('tells who asks for what, as Envoy knows it', async () => {
    world.processor.answer = passAll;
    const client = new RawClient(world.port);
    client.write('GET / HTTP/1.1\r\nhost: shop.example\r\nx-forwarded-for: 203.0.113.9\r\n\r\n');
    await client.until(/workload/);
    const [first] = (await world.processor.stream()).messages;
    const { 'request.id': id, 'source.address': source, ...rest } = first?.attributes ?? {};
    expect(source).toBe(`127.0.0.1:${client.socket.localPort}`);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(rest).toEqual({
      'destination.address': `127.0.0.1:${world.port}`,
      'request.protocol': 'HTTP/1.1',
      'xds.route_name': '',
      'xds.virtual_host_name': 'workload',
    });
    client.close();
  });

  it('has its metadata from the configuration, whatever a client sends', async () => {
    world.processor.answer = passAll;
    const client = new RawClient(world.port);
    const forged = ['policy', 'profile', 'held-bytes-max', 'request-id', 'peer'].map(
      (name) => `sluice-${name}: forged\r\n`,
    );
    client.write(`GET / HTTP/1.1\r\nhost: shop.example\r\ngrpc-timeout: 1n\r\n${forged.join('')}\r\n`);
    await client.until(/workload/);
    const { metadata, messages } = await world.processor.stream();
    expect(metadata).toMatchObject({
      'sluice-policy': ['shop'],
      'sluice-profile': ['streaming'],
      'sluice-held-bytes-max': [String(HELD)],
      'sluice-peer': [expect.stringMatching(/^127\.0\.0\.1(:\d+)?$/)],
    });
    expect(Object.keys(metadata).filter((name) => name.startsWith('sluice-'))).toHaveLength(4);
    expect(JSON.stringify(metadata)).not.toContain('forged');
    // They are lines of the request, as any other.
    expect(messages[0]?.lines).toContainEqual(['sluice-policy', 'forged']);
    client.close();
  });

  it('has Envoy answer Expect: 100-continue itself, so that the body comes', async () => {
    world.processor.answer = holdRequest(release);
    const client = new RawClient(world.port);
    client.write(
      'POST / HTTP/1.1\r\nhost: shop.example\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n',
    );
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 /);
    expect(world.workload.connections).toBe(0);
    client.write('body');
    expect(await client.until(/workload/)).toContain('HTTP/1.1 200 ');
    expect(world.workload.arrivals[0]?.body.toString()).toBe('body');
    client.close();
  });
});

describe('how much is held', () => {
  afterEach(() => world.stop());

  it.each(PROTOCOLS)('over %s: a byte more than Sluice may leave unanswered, always', async (protocol) => {
    await start({ maxRequestBytes: HELD });
    world.processor.answer = async (stream) => {
      await until(() => bytesIn(stream.messages).length > HELD);
      stream.deny(413);
    };
    const client = await send(protocol, world.port, { length: 64 * HELD });
    client.write(Buffer.alloc(4 * HELD));
    expect(await client.status).toBe(413);
    expect(world.workload.connections).toBe(0);
    client.close();
  });

  it.each(PROTOCOLS)(
    'over %s: up to the limit of the route; then the client waits, and no 413 comes',
    async (protocol) => {
      await start({ maxRequestBytes: HELD, verdictMillis: 1_000 });
      const client = await send(protocol, world.port, { length: 64 * HELD });
      // More than is held, and less than what Node takes for its peer's fault.
      client.write(Buffer.alloc(6 * HELD));
      expect(await client.status).toBe(504);
      const held = bytesIn((await world.processor.stream()).messages).length;
      expect(held).toBeGreaterThan(2 * HELD);
      expect(held).toBeLessThan(4 * HELD);
      client.close();
    },
  );

  /** Leaves as much unanswered as it may, and answers the oldest beyond it. */
  const slide = (held: number) => async (stream: Awaited<ReturnType<World['processor']['stream']>>) => {
    const queue: Message[] = [];
    let unanswered = 0;
    for await (const message of stream) {
      queue.push(message);
      unanswered += message.body.length;
      while (queue.length > 0 && (message.endOfStream || unanswered > held)) {
        const oldest = queue.shift();
        unanswered -= oldest?.body.length ?? 0;
        stream.pass(oldest?.kind ?? 'requestBody');
      }
    }
  };

  it.each(PROTOCOLS)(
    'over %s: a window of that size slides through any length, without standing still',
    async (protocol) => {
      await start({ maxRequestBytes: HELD, profile: 'window' });
      world.processor.answer = slide(HELD);
      const client = await send(protocol, world.port, { length: 24 * HELD });
      client.write(Buffer.alloc(24 * HELD));
      client.end();
      expect(await client.status).toBe(200);
      expect(world.workload.arrivals[0]?.body.length).toBe(24 * HELD);
      client.close();
    },
  );

  it.each(PROTOCOLS)(
    'over %s: with a limit of just that size it stands still, and no time-out ends it',
    async (protocol) => {
      await start({
        maxRequestBytes: HELD,
        profile: 'window',
        verdictMillis: 200,
        change: (bootstrap) => {
          for (const route of routes(bootstrap)) route.request_body_buffer_limit = HELD;
        },
      });
      world.processor.answer = slide(HELD);
      const client = await send(protocol, world.port, { length: 24 * HELD });
      let isOver = false;
      void client.status.then(() => {
        isOver = true;
      });
      client.write(Buffer.alloc(24 * HELD));
      const counted = async (): Promise<number> => (await world.processor.stream()).messages.length;
      // Long past the time for an answer nothing more has come, and nobody was told.
      let [before, quiet] = [-1, 0];
      await until(async () => {
        const now = await counted();
        quiet = now === before && now > 0 ? quiet + 1 : 0;
        before = now;
        return quiet > 100;
      });
      expect(isOver).toBe(false);
      expect(bytesIn((await world.processor.stream()).messages).length).toBeLessThan(3 * HELD);
      client.close();
    },
  );

  it('with `buffered`, the limit: beyond it 413, before Sluice has the body', async () => {
    await start({ maxRequestBytes: HELD, profile: 'buffered' });
    world.processor.answer = passAll;
    for (const protocol of PROTOCOLS) {
      world.clear();
      world.processor.answer = passAll;
      const client = await send(protocol, world.port, { length: 4 * HELD });
      client.write(Buffer.alloc(4 * HELD));
      expect(await client.status).toBe(413);
      // Envoy's answer may overtake what it told the server.
      const { messages } = await world.processor.stream();
      await until(() => messages.length > 0);
      expect(messages.map(({ kind }) => kind)).toEqual(['requestHeaders']);
      expect(world.workload.connections).toBe(0);
      client.close();
    }
  });

  it('with `buffered`, one message with all of it', async () => {
    await start({ maxRequestBytes: HELD, profile: 'buffered' });
    world.processor.answer = passAll;
    const client = await send('HTTP/1.1', world.port, { length: HELD });
    client.write(Buffer.alloc(HELD, 'b'));
    client.end();
    expect(await client.status).toBe(200);
    const { messages } = await world.processor.stream();
    expect(messages.map(({ kind, body, endOfStream }) => [kind, body.length, endOfStream])).toEqual([
      ['requestHeaders', 0, false],
      ['requestBody', HELD, true],
    ]);
    expect(messages[0]?.protocolConfig).toMatchObject({ requestBodyMode: 'BUFFERED' });
    client.close();
  });
});

describe('a request with trailers', () => {
  beforeAll(() => start());
  afterAll(() => world.stop());

  it('does not show its end until its body is answered; nor does the workload see one before the trailers are', async () => {
    const client = await sendHttp2(world.port, {}, { 'x-trailer': 'value' });
    client.write('body');
    client.end();
    const stream = await world.processor.stream();
    await until(() => bytesIn(stream.messages).length === 4);
    expect(stream.messages.some(({ endOfStream }) => endOfStream)).toBe(false);
    for (const { kind } of [...stream.messages]) stream.pass(kind);
    await until(() => stream.messages.some(({ kind }) => kind === 'requestTrailers'));
    await until(() => world.workload.arrivals[0]?.body.length === 4);
    expect(world.workload.arrivals[0]?.isComplete).toBe(false);
    const trailers = stream.messages.find(({ kind }) => kind === 'requestTrailers');
    expect(trailers?.lines).toEqual([['x-trailer', 'value']]);
    stream.pass('requestTrailers');
    expect(await client.status).toBe(200);
    client.close();
  });
});
