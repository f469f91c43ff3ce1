import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BoundAddress, ListenAddress } from '../src/address.ts';
import { ServerError } from '../src/errors.ts';
import { DEFAULT_LIMITS } from '../src/limits.ts';
import { createGrpcJsTransport } from '../src/transport/grpc-js.ts';
import { createHttp2Transport } from '../src/transport/http2.ts';
import { GrpcStatus, type Refusal } from '../src/transport/status.ts';
import type { ReplyStream, Transport, TransportFactory, UnaryHandler } from '../src/transport/transport.ts';
import { answerOf, callRaw, frameOf, GrpcClient, grpcHeaders, openSession } from './support/raw-client.ts';

const ECHO = '/test.Echo/Echo';
const STREAM = '/test.Echo/Stream';
const MESSAGE_BYTES_MAX = 100_000;
const CALL_MILLIS_MAX = 60_000;

interface Subject {
  readonly name: string;
  readonly create: TransportFactory;
  readonly kind: ListenAddress['kind'];
  /** False for @grpc/grpc-js, where the library decides otherwise: the header of grpc-js.ts says what. */
  readonly strict: boolean;
}

const SUBJECTS: readonly Subject[] = [
  { name: 'http2 over a Unix socket', create: createHttp2Transport, kind: 'unix', strict: true },
  { name: 'http2 over TCP', create: createHttp2Transport, kind: 'tcp', strict: true },
  { name: 'grpc-js over a Unix socket', create: createGrpcJsTransport, kind: 'unix', strict: false },
  { name: 'grpc-js over TCP', create: createGrpcJsTransport, kind: 'tcp', strict: false },
];

describe.each(SUBJECTS)('$name', ({ create, kind, strict }) => {
  let folder: string;
  let transport: Transport;
  let address: BoundAddress;
  let client: GrpcClient;
  let handler: UnaryHandler;
  let seen: Buffer[];
  let streams: ReplyStream[];
  let refusals: Refusal[];
  let failures: unknown[];
  const cleanups: (() => void)[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    seen = [];
    streams = [];
    refusals = [];
    failures = [];
    handler = (message) => message;
    transport = create({
      services: {
        unary: new Map([
          [
            ECHO,
            (message, call) => {
              seen.push(Buffer.from(message));
              return handler(message, call);
            },
          ],
        ]),
        streams: new Map([[STREAM, (_, stream) => void streams.push(stream)]]),
        duplex: new Map(),
      },
      limits: { ...DEFAULT_LIMITS, messageBytesMax: MESSAGE_BYTES_MAX, callMillisMax: CALL_MILLIS_MAX },
      observer: {
        handlerFailed: (_, error) => failures.push(error),
        refused: (refusal) => refusals.push(refusal),
        connectionFailed: () => {},
      },
    });
    address = await transport.listen(
      kind === 'unix' ? { kind, path: join(folder, 's') } : { kind, host: '127.0.0.1', port: 0 },
    );
    client = new GrpcClient(address);
  });

  afterEach(async () => {
    client.close();
    for (const cleanup of cleanups.splice(0)) cleanup();
    await transport.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const session = () => {
    const opened = openSession(address);
    cleanups.push(() => opened.destroy());
    return opened;
  };

  it('says where it listens', () => {
    if (address.kind === 'tcp') expect(address.port).toBeGreaterThan(0);
    else expect(statSync(address.path).mode & 0o777).toBe(0o660);
  });

  it.each([0, 1, 127, 5_000, MESSAGE_BYTES_MAX])('carries a message of %i bytes both ways', async (size) => {
    const message = Buffer.alloc(size, 0xa5);
    expect(await client.unary(ECHO, message)).toEqual(message);
  });

  it('carries many calls at once', async () => {
    const messages = Array.from({ length: 200 }, (_, index) => Buffer.from(`message ${index}`));
    expect(await Promise.all(messages.map((message) => client.unary(ECHO, message)))).toEqual(messages);
  });

  it('puts a message together from single bytes', async () => {
    const stream = session().request(grpcHeaders(ECHO));
    const answer = answerOf(stream);
    for (const byte of frameOf(Buffer.from('slowly'))) {
      stream.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    stream.end();
    expect(await answer).toMatchObject({ grpcStatus: 0, body: frameOf(Buffer.from('slowly')) });
  });

  it('answers what a handler answers later', async () => {
    handler = async (message) => {
      await new Promise((resolve) => setImmediate(resolve));
      return message;
    };
    expect(await client.unary(ECHO, Buffer.from('later'))).toEqual(Buffer.from('later'));
  });

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('secret');
      },
      GrpcStatus.INTERNAL,
    ],
    ['rejects', () => Promise.reject(new TypeError('secret')), GrpcStatus.INTERNAL],
    [
      'throws what is no error',
      () => {
        throw 'secret';
      },
      GrpcStatus.INTERNAL,
    ],
    [
      'throws on bad input',
      () => {
        throw new ServerError('CHECK_INCOMPLETE', { part: 'x' });
      },
      GrpcStatus.INVALID_ARGUMENT,
    ],
    [
      'throws on bad settings',
      () => {
        throw new ServerError('POLICY_UNKNOWN', { name: 'x' });
      },
      GrpcStatus.FAILED_PRECONDITION,
    ],
  ] satisfies readonly (readonly [string, UnaryHandler, number])[])(
    'ends in an error where the handler %s, without telling strangers why',
    async (_, failing, status) => {
      handler = failing;
      const answer = await callRaw(session(), grpcHeaders(ECHO), frameOf(Buffer.from('x')));
      expect(answer).toMatchObject({ httpStatus: 200, grpcStatus: status });
      expect(answer.body).toHaveLength(0);
      expect(answer.grpcMessage).not.toContain('secret');
      expect(failures).toHaveLength(1);
    },
  );

  it('refuses an unknown method', async () => {
    await expect(client.unary('/test.Echo/Nothing', Buffer.alloc(1))).rejects.toMatchObject({
      code: GrpcStatus.UNIMPLEMENTED,
    });
    await expect(client.unary('/constructor', Buffer.alloc(1))).rejects.toMatchObject({
      code: GrpcStatus.UNIMPLEMENTED,
    });
  });

  it('refuses a message over the limit', async () => {
    await expect(client.unary(ECHO, Buffer.alloc(MESSAGE_BYTES_MAX + 1))).rejects.toMatchObject({
      code: GrpcStatus.RESOURCE_EXHAUSTED,
    });
    expect(seen).toHaveLength(0);
  });

  it('refuses an announced length over the limit before its bytes come', async () => {
    const stream = session().request(grpcHeaders(ECHO));
    const answer = answerOf(stream);
    stream.write(frameOf(Buffer.alloc(10), 0, 0xffff_ffff));
    expect((await answer).grpcStatus).toBe(GrpcStatus.RESOURCE_EXHAUSTED);
  });

  it.each([
    ['no message', Buffer.alloc(0)],
    ['half a prefix', Buffer.from([0, 0, 0])],
    ['half a message', frameOf(Buffer.alloc(10), 0, 20)],
    ['two messages', Buffer.concat([frameOf(Buffer.from('a')), frameOf(Buffer.from('b'))])],
  ])('refuses %s', async (_, body) => {
    const { grpcStatus } = await callRaw(session(), grpcHeaders(ECHO), body);
    expect(grpcStatus).toBeGreaterThan(0);
    expect(seen).toHaveLength(0);
  });

  // grpc-js decides this by itself, and otherwise: see the head of transport/grpc-js.ts.
  it.runIf(strict).each([
    ['a compressed message', frameOf(Buffer.from('a'), 1), GrpcStatus.UNIMPLEMENTED],
    ['a bad flag', frameOf(Buffer.from('a'), 2), GrpcStatus.INTERNAL],
    [
      'a byte after the message',
      Buffer.concat([frameOf(Buffer.from('a')), Buffer.from([0])]),
      GrpcStatus.UNIMPLEMENTED,
    ],
  ])('refuses %s', async (_, body, status) => {
    expect((await callRaw(session(), grpcHeaders(ECHO), body)).grpcStatus).toBe(status);
    expect(seen).toHaveLength(0);
    expect(refusals).toHaveLength(1);
  });

  it.each(['text/plain', 'application/grpc-web', 'application/grpc+json', ''])(
    'answers content type %j with 415',
    async (contentType) => {
      // grpc-js takes every type that begins with application/grpc.
      if (!strict && contentType.startsWith('application/grpc')) return;
      const headers = grpcHeaders(ECHO, { 'content-type': contentType });
      expect((await callRaw(session(), headers, frameOf(Buffer.from('a')))).httpStatus).toBe(415);
      expect(seen).toHaveLength(0);
    },
  );

  it.each(['application/grpc', 'application/grpc+proto'])('takes content type %s', async (contentType) => {
    const headers = grpcHeaders(ECHO, { 'content-type': contentType });
    expect((await callRaw(session(), headers, frameOf(Buffer.from('a')))).grpcStatus).toBe(0);
  });

  // grpc-js decides this by itself, and otherwise: see the head of transport/grpc-js.ts.
  it.runIf(strict)('tells a caller to stop sending what was refused', async () => {
    const stream = session().request(grpcHeaders('/test.Echo/Nothing'));
    stream.on('error', () => {}).resume();
    stream.write(Buffer.alloc(10));
    await new Promise((resolve) => stream.once('close', resolve));
    expect(stream.rstCode).toBe(0);
    expect(transport.callsInFlight).toBe(0);
  });

  // grpc-js decides this by itself, and otherwise: see the head of transport/grpc-js.ts.
  it.runIf(strict)('answers GET with 405', async () => {
    const stream = session().request({ ':method': 'GET', ':path': ECHO });
    expect((await answerOf(stream)).httpStatus).toBe(405);
  });

  it('ends a call at its grpc-timeout, though its message never ends', async () => {
    const stream = session().request(grpcHeaders(ECHO, { 'grpc-timeout': '20m' }));
    const answer = answerOf(stream);
    stream.write(Buffer.from([0, 0]));
    expect((await answer).grpcStatus).toBe(GrpcStatus.DEADLINE_EXCEEDED);
  });

  it('ends a call at its grpc-timeout, though its handler never ends', async () => {
    handler = () => new Promise(() => {});
    const headers = grpcHeaders(ECHO, { 'grpc-timeout': '20000u' });
    const { grpcStatus, body } = await callRaw(session(), headers, frameOf(Buffer.from('a')));
    expect(grpcStatus).toBe(GrpcStatus.DEADLINE_EXCEEDED);
    expect(body).toHaveLength(0);
  });

  it('tells a handler its deadline', async () => {
    const deadlines: (number | null)[] = [];
    handler = (message, call) => {
      deadlines.push(call.deadline);
      return message;
    };
    await callRaw(session(), grpcHeaders(ECHO), frameOf(Buffer.from('a')));
    await callRaw(session(), grpcHeaders(ECHO, { 'grpc-timeout': '1H' }), frameOf(Buffer.from('a')));
    expect(deadlines[0]).toBeNull();
    expect(deadlines[1]).toBeGreaterThan(Date.now() + 3_000_000);
  });

  it.each(['', 'soon', '1', '123456789S', '-1S', '1s'])('refuses the grpc-timeout %j', async (timeout) => {
    // grpc-js takes an empty one as none, and reads a good end of a bad one.
    if (!strict && ['', '123456789S', '-1S'].includes(timeout)) return;
    const headers = grpcHeaders(ECHO, { 'grpc-timeout': timeout });
    expect((await callRaw(session(), headers, frameOf(Buffer.from('a')))).grpcStatus).toBe(
      GrpcStatus.INTERNAL,
    );
  });

  it('survives a reset in the middle of a message, and one while a handler works', async () => {
    const { promise: working, resolve: arrived } = Promise.withResolvers<void>();
    handler = (message) => {
      arrived();
      return new Promise((resolve) => setTimeout(() => resolve(message), 5));
    };
    const opened = session();
    const half = opened.request(grpcHeaders(ECHO));
    half.on('error', () => {});
    half.write(Buffer.from([0, 0, 0, 0, 9, 1]));
    const whole = opened.request(grpcHeaders(ECHO));
    whole.on('error', () => {});
    whole.end(frameOf(Buffer.from('a')));
    await working;
    half.close(8);
    whole.close(8);
    handler = (message) => message;
    expect(await client.unary(ECHO, Buffer.from('after'))).toEqual(Buffer.from('after'));
    await vi.waitFor(() => expect(transport.callsInFlight).toBe(0));
  });

  it('survives a connection that breaks, and one that does not speak HTTP/2', async () => {
    handler = () => new Promise(() => {});
    const broken = openSession(address);
    broken
      .request(grpcHeaders(ECHO))
      .on('error', () => {})
      .end(frameOf(Buffer.from('a')));
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    broken.destroy();
    const stranger = address.kind === 'unix' ? connect(address.path) : connect(address.port, address.host);
    stranger.on('error', () => {}).resume();
    stranger.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => stranger.once('close', resolve));
    handler = (message) => message;
    expect(await client.unary(ECHO, Buffer.from('after'))).toEqual(Buffer.from('after'));
  });

  it('streams replies until the caller goes', async () => {
    const received: string[] = [];
    const call = client.stream(STREAM, Buffer.from('x'), (bytes) => received.push(bytes.toString()));
    await vi.waitFor(() => expect(streams).toHaveLength(1));
    let closed = 0;
    streams[0]?.onClose(() => closed++);
    streams[0]?.send(Buffer.from('one'));
    streams[0]?.send(Buffer.from('two'));
    await vi.waitFor(() => expect(received).toEqual(['one', 'two']));
    call.cancel();
    await vi.waitFor(() => expect(closed).toBe(1));
    streams[0]?.send(Buffer.from('late'));
  });

  it('ends a stream with the status it is told', async () => {
    const call = client.stream(STREAM, Buffer.from('x'), () => {});
    await vi.waitFor(() => expect(streams).toHaveLength(1));
    let closed = 0;
    streams[0]?.onClose(() => closed++);
    streams[0]?.refuse({ status: GrpcStatus.UNAVAILABLE, message: 'over' });
    expect(await call.ended).toBe(GrpcStatus.UNAVAILABLE);
    await vi.waitFor(() => expect(closed).toBe(1));
  });

  it('drains: lets calls end, tells callers, accepts nobody new', async () => {
    const { promise: answerLater, resolve: answer } = Promise.withResolvers<Uint8Array>();
    handler = () => answerLater;
    const pending = client.unary(ECHO, Buffer.from('a'));
    const idle = session();
    const goaway = new Promise((resolve) => idle.once('goaway', resolve));
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(transport.callsInFlight).toBe(1);
    const drained = transport.drain(5_000);
    await goaway;
    // Well after the first notice: the call is waited for, not only its notice.
    await new Promise((resolve) => setTimeout(resolve, 150));
    answer(Buffer.from('done'));
    expect(await pending).toEqual(Buffer.from('done'));
    expect(await drained).toBe(0);
    const late = address.kind === 'unix' ? connect(address.path) : connect(address.port, address.host);
    await expect(
      new Promise((resolve, reject) => late.once('error', reject).once('connect', resolve)),
    ).rejects.toThrow();
  });

  it('drains: cuts off what does not end', async () => {
    handler = () => new Promise(() => {});
    const pending = client.unary(ECHO, Buffer.from('a'));
    const failed = expect(pending).rejects.toMatchObject({ code: expect.any(Number) });
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(await transport.drain(20)).toBe(1);
    await failed;
  });

  it('can be closed twice, and drained when closed', async () => {
    await transport.close();
    await transport.close();
    expect(await transport.drain(10)).toBe(0);
  });
});

describe('the http2 transport alone', () => {
  it('bounds what it buffers over all calls, and gives room back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    const transport = createHttp2Transport({
      services: { unary: new Map([[ECHO, (message) => message]]), streams: new Map(), duplex: new Map() },
      limits: { ...DEFAULT_LIMITS, messageBytesMax: 300_000, bufferedBytesMax: 500_000 },
      observer: { handlerFailed: () => {}, refused: () => {}, connectionFailed: () => {} },
    });
    const address = await transport.listen({ kind: 'unix', path: join(folder, 's') });
    const session = openSession(address);
    const half = () => {
      const stream = session.request(grpcHeaders(ECHO));
      stream.write(frameOf(Buffer.alloc(200_000), 0, 300_000));
      return { stream, answer: answerOf(stream) };
    };
    const calls = [half(), half(), half(), half()];
    const refused = await Promise.race(calls.map(({ answer }) => answer));
    expect(refused.grpcStatus).toBe(GrpcStatus.RESOURCE_EXHAUSTED);
    for (const { stream } of calls) stream.close(8);
    await Promise.all(calls.map(({ answer }) => answer));
    await vi.waitFor(() => expect(transport.callsInFlight).toBe(0));
    const after = await callRaw(session, grpcHeaders(ECHO), frameOf(Buffer.alloc(290_000)));
    expect(after.grpcStatus).toBe(0);
    session.destroy();
    await transport.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('ends a call without grpc-timeout at its own bound', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    const transport = createHttp2Transport({
      services: { unary: new Map([[ECHO, (message) => message]]), streams: new Map(), duplex: new Map() },
      limits: { ...DEFAULT_LIMITS, callMillisMax: 20 },
      observer: { handlerFailed: () => {}, refused: () => {}, connectionFailed: () => {} },
    });
    const address = await transport.listen({ kind: 'unix', path: join(folder, 's') });
    const session = openSession(address);
    const stream = session.request(grpcHeaders(ECHO));
    stream.write(Buffer.from([0]));
    expect((await answerOf(stream)).grpcStatus).toBe(GrpcStatus.DEADLINE_EXCEEDED);
    session.destroy();
    await transport.close();
    rmSync(folder, { recursive: true, force: true });
  });
});
