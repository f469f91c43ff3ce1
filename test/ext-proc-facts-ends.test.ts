/** Facts of a real Envoy about how a stream with an ext_proc server ends, and what becomes of the exchange then. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerHeaders, bytesIn, holdRequest, passAll } from './ext-proc-facts/answers.ts';
import { PROTOCOLS, send, sendHttp1 } from './ext-proc-facts/clients.ts';
import type { Answering } from './ext-proc-facts/processor.ts';
import { startWorld, until, type World } from './ext-proc-facts/world.ts';

let world: World;
const start = async (options: Parameters<typeof startWorld>[0] = {}): Promise<World> => {
  world = await startWorld(options);
  return world;
};

/** Sends a request with a body; resolves to the status. */
async function ask(body = 'body'): Promise<number | 'reset'> {
  const client = await send('HTTP/1.1', world.port, { length: body.length });
  client.write(body);
  const status = await client.status;
  client.close();
  return status;
}

const closeCleanly: Answering = holdRequest((stream) => stream.closeCleanly());
const closeWithError: Answering = holdRequest((stream) => stream.closeWithError());
const silence: Answering = () => undefined;

describe('Block, Closed', () => {
  beforeAll(() => start({ verdictMillis: 300 }));
  afterEach(() => world.clear());
  afterAll(() => world.stop());

  it('lets a request through whole where the server ends its stream with OK: that must be impossible to say', async () => {
    world.processor.answer = closeCleanly;
    expect(await ask()).toBe(200);
    expect(world.workload.arrivals[0]?.body.toString()).toBe('body');
  });

  it('answers an error with the status of its configuration, and leaves the workload alone', async () => {
    world.processor.answer = closeWithError;
    expect(await ask()).toBe(503);
    expect(world.workload.connections).toBe(0);
  });

  it('answers silence with 504 after the time for an answer', async () => {
    world.processor.answer = silence;
    expect(await ask()).toBe(504);
    expect(world.workload.connections).toBe(0);
  });

  it.each<[string, Answering]>([
    ['of the wrong kind', answerHeaders({ requestBody: {} })],
    ['for a response that nobody saw', answerHeaders({ responseHeaders: {} })],
    [
      'that comes twice',
      async (stream) => {
        for await (const { kind } of stream) for (const _ of [1, 2]) stream.pass(kind);
      },
    ],
    ['that says nothing', answerHeaders({ dynamicMetadata: { fields: {} } })],
    [
      'that would lead a request elsewhere',
      answerHeaders({
        requestHeaders: {
          response: {
            headerMutation: {
              setHeaders: [{ header: { key: ':path', rawValue: Buffer.from('/b') }, appendAction: 2 }],
            },
          },
        },
      }),
    ],
    [
      'that is a mode alone',
      answerHeaders({
        modeOverride: { requestBodyMode: 'FULL_DUPLEX_STREAMED', requestTrailerMode: 'SEND' },
      }),
    ],
  ])('answers 503 to an answer %s', async (_, answer) => {
    world.processor.answer = answer;
    const status = await ask();
    expect([status, world.workload.arrivals.some(({ isComplete }) => isComplete)]).toEqual([503, false]);
  });

  it('passes over a mode that comes with the answer to headers', async () => {
    world.processor.answer = answerHeaders({
      requestHeaders: {},
      modeOverride: { requestBodyMode: 'NONE', responseBodyMode: 'BUFFERED' },
    });
    expect(await ask()).toBe(200);
    const { messages } = await world.processor.stream();
    expect(bytesIn(messages).toString()).toBe('body');
    expect(messages.some(({ kind }) => kind.startsWith('response'))).toBe(false);
  });

  it('lets the time-out be put off while a client pauses, behind headers and behind each chunk', async () => {
    world.processor.answer = async (stream) => {
      const wait = { overrideMessageTimeout: { seconds: 20 } };
      const held = [];
      for await (const message of stream) {
        held.push(message);
        if (!message.endOfStream) stream.send(wait);
        else for (const { kind } of held) stream.pass(kind);
      }
    };
    const client = await send('HTTP/1.1', world.port, { length: 3 });
    const stream = await world.processor.stream();
    for (const [index, byte] of ['a', 'b', 'c'].entries()) {
      // Twice the time for an answer: only another clock than the test's can show that it was put off.
      await pause(600);
      client.write(byte);
      await until(() => bytesIn(stream.messages).length === index + 1);
    }
    expect(await client.status).toBe(200);
    expect(world.workload.arrivals[0]?.body.toString()).toBe('abc');
    client.close();
  });

  it('passes over a longer time than its configuration allows', async () => {
    world.processor.answer = (stream) => stream.send({ overrideMessageTimeout: { seconds: 301 } });
    const client = await send('HTTP/1.1', world.port, { length: 3 });
    expect(await client.status).toBe(504);
    client.close();
  });
});

/** Of a client. */
const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

describe.each([
  ['Block, Open', { mode: 'Block', unavailable: 'Open' }],
  ['Detect', { mode: 'Detect', unavailable: 'Closed' }],
] as const)('%s', (_, policy) => {
  beforeAll(() => start({ ...policy, verdictMillis: 300 }));
  afterEach(() => world.clear());
  afterAll(() => world.stop());

  it.each<[string, Answering]>([
    ['an error', closeWithError],
    ['silence', silence],
    ['an answer of the wrong kind', answerHeaders({ responseBody: {} })],
  ])('lets a request through whole after %s', async (_name, answer) => {
    world.processor.answer = answer;
    expect(await ask()).toBe(200);
    const [arrival] = world.workload.arrivals;
    expect([arrival?.body.toString(), arrival?.header('content-length')]).toEqual(['body', '4']);
  });
});

describe('a denial', () => {
  beforeAll(() => start({ profile: 'window' }));
  afterEach(() => world.clear());
  afterAll(() => world.stop());

  it('may have header lines and a body of its own, and says what the access log tells', async () => {
    const text = (value: string) => ({ stringValue: value });
    world.processor.answer = (stream) =>
      stream.deny(429, {
        immediateResponse: {
          status: { code: 429 },
          headers: {
            setHeaders: [{ header: { key: 'x-page', rawValue: Buffer.from('own') }, appendAction: 2 }],
          },
          body: Buffer.from('page'),
          details: 'sluice denied',
        },
        dynamicMetadata: {
          fields: {
            'envoy.filters.http.ext_proc': {
              structValue: { fields: { verdict: text('deny'), request_id: text('id-1') } },
            },
          },
        },
      });
    const client = sendHttp1(world.port, { method: 'GET' });
    expect(await client.status).toBe(429);
    expect(await client.body).toBe('page');
    expect(client.head()).toMatch(/^x-page: own\r$/m);
    const [line] = await world.logged();
    expect(line).toMatchObject({
      status: 429,
      event_id: 'id-1',
      sluice: { verdict: 'deny' },
      details: expect.stringContaining('sluice_denied'),
    });
    client.close();
  });

  it.each(PROTOCOLS)(
    'that comes late over %s leaves the workload with an incomplete request',
    async (protocol) => {
      world.processor.answer = async (stream) => {
        let released = false;
        for await (const message of stream) {
          if (message.kind === 'requestHeaders') continue;
          if (released) stream.deny(403);
          else {
            released = true;
            stream.pass('requestHeaders');
            stream.pass('requestBody');
          }
        }
      };
      const client = await send(protocol, world.port, { length: 10 });
      client.write('first');
      await until(() => world.workload.arrivals[0]?.body.length === 5);
      client.write('later');
      expect(await client.status).toBe(403);
      await until(() => world.workload.arrivals[0]?.isBroken === true);
      const [arrival] = world.workload.arrivals;
      expect([arrival?.body.toString(), arrival?.isComplete]).toEqual(['first', false]);
      client.close();
    },
  );

  it('of a response that has begun breaks it off', async () => {
    world.workload.respond = (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('begun');
    };
    let isBegun = false;
    world.processor.answer = async (stream) => {
      for await (const message of stream) {
        if (!isBegun) stream.pass(message.kind);
        else stream.deny(403);
      }
    };
    const client = await send('HTTP/2', world.port, { length: 10 });
    client.write('first');
    expect(await client.status).toBe(200);
    isBegun = true;
    client.write('later');
    expect(await client.body).toBe('begun');
    await until(() => world.workload.arrivals[0]?.isBroken === true);
    client.close();
  });
});

describe('a stream whose client or workload ends first', () => {
  beforeAll(() => start({ profile: 'window' }));
  afterEach(() => world.clear());
  afterAll(() => world.stop());

  it('is over as soon as the client is gone', async () => {
    const client = await send('HTTP/1.1', world.port, { length: 10 });
    const stream = await world.processor.stream();
    client.close();
    await stream.closed;
    expect(world.workload.connections).toBe(0);
  });

  it('is over as soon as the workload has answered, be the request complete or not', async () => {
    world.workload.respond = (response) => {
      response.writeHead(413, { connection: 'close' });
      response.end();
    };
    world.processor.answer = passAll;
    const client = await send('HTTP/1.1', world.port, { length: 10 });
    client.write('first');
    expect(await client.status).toBe(413);
    await (await world.processor.stream()).closed;
    client.close();
  });
});

describe('a server that is not there', () => {
  afterEach(() => world.stop());

  it('is an error as any other', async () => {
    const absent = (bootstrap: ReturnType<typeof JSON.parse>): void => {
      const [sluice] = bootstrap.static_resources.clusters;
      for (const { endpoint } of sluice.load_assignment.endpoints[0].lb_endpoints)
        endpoint.address.pipe.path = '/nowhere/sluice.sock';
    };
    await start({ change: absent });
    expect(await ask()).toBe(503);
    expect(world.workload.connections).toBe(0);
  });
});
