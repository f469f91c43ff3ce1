import { mkdtempSync, rmSync } from 'node:fs';
import type { ClientHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BoundAddress } from '../src/address.ts';
import { ServerError } from '../src/errors.ts';
import { DEFAULT_LIMITS, type ServerLimits } from '../src/limits.ts';
import { PAUSED_BYTES_MAX } from '../src/transport/call-host.ts';
import { createGrpcJsTransport } from '../src/transport/grpc-js.ts';
import { createHttp2Transport } from '../src/transport/http2.ts';
import { GrpcStatus, type Refusal } from '../src/transport/status.ts';
import type { Transport, TransportFactory } from '../src/transport/transport.ts';
import { Recorder } from './support/duplex-receiver.ts';
import { answerOf, callRaw, frameOf, grpcHeaders, openSession } from './support/raw-client.ts';

const PATH = '/test.Duplex/Echo';
const ECHO = '/test.Unary/Echo';
const MESSAGE_BYTES_MAX = 100_000;
const UNSENT_BYTES_MAX = 200_000;
const LIMITS: ServerLimits = {
  ...DEFAULT_LIMITS,
  messageBytesMax: MESSAGE_BYTES_MAX,
  unsentBytesMax: UNSENT_BYTES_MAX,
};

interface Subject {
  readonly name: string;
  readonly create: TransportFactory;
  /** Bytes that a caller can send to a call that is not read: the window, and what lies in between. */
  readonly windowBytesMax: number;
  /** False for @grpc/grpc-js, where the library decides otherwise: the header of grpc-js.ts says what. */
  readonly strict: boolean;
}

const SUBJECTS: readonly Subject[] = [
  { name: 'http2', create: createHttp2Transport, windowBytesMax: PAUSED_BYTES_MAX, strict: true },
  { name: 'grpc-js', create: createGrpcJsTransport, windowBytesMax: 2 * 65_536 + 16 * 16_389, strict: false },
];

const framesOf = (messages: readonly Uint8Array[]): Buffer =>
  Buffer.concat(messages.map((message) => frameOf(message)));

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe.each(SUBJECTS)('a duplex call on $name', ({ create, windowBytesMax, strict }) => {
  let folder: string;
  let transport: Transport;
  let address: BoundAddress;
  let recorder: Recorder;
  let refusals: Refusal[];
  let failures: unknown[];
  const cleanups: (() => void)[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    refusals = [];
    failures = [];
    recorder = new Recorder();
    transport = create({
      services: {
        unary: new Map([[ECHO, (message) => message]]),
        streams: new Map(),
        duplex: new Map([[PATH, (call) => recorder.handle(call)]]),
      },
      limits: LIMITS,
      observer: {
        handlerFailed: (_, error) => failures.push(error),
        refused: (refusal) => refusals.push(refusal),
        connectionFailed: () => {},
      },
    });
    address = await transport.listen({ kind: 'unix', path: join(folder, 's') });
  });

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) cleanup();
    await transport.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const session = () => {
    const opened = openSession(address);
    cleanups.push(() => opened.destroy());
    return opened;
  };

  const open = (headers: Record<string, string> = {}): ClientHttp2Stream =>
    session().request(grpcHeaders(PATH, headers));

  /** A call that the server has seen, with a message of one byte told. */
  const opened = async (): Promise<ClientHttp2Stream> => {
    const stream = open();
    stream.on('error', () => {});
    stream.write(frameOf(Buffer.from('a')));
    await vi.waitFor(() => expect(recorder.only.messages).toHaveLength(1));
    return stream;
  };

  const closedOnce = async (): Promise<void> => {
    await vi.waitFor(() => expect(recorder.only.told.at(-1)).toBe('closed'));
    await turn();
    expect(recorder.only.told.filter((what) => what === 'closed')).toHaveLength(1);
    expect(recorder.only.told.at(-1)).toBe('closed');
  };

  it('carries messages of every size both ways, in order, and ends with OK where its receiver says so', async () => {
    const messages = [0, 1, 127, 5_000, MESSAGE_BYTES_MAX, 3].map((size, index) => Buffer.alloc(size, index));
    const answer = await callRaw(session(), grpcHeaders(PATH), framesOf(messages));
    expect(answer).toMatchObject({ httpStatus: 200, grpcStatus: 0 });
    expect(answer.body).toEqual(framesOf(messages));
    expect(recorder.only.told).toEqual([...messages.map(() => 'message'), 'ended', 'closed']);
  });

  it('puts messages together wherever they are cut', async () => {
    const messages = [Buffer.from('first'), Buffer.alloc(0), Buffer.from('third')];
    const bytes = framesOf(messages);
    const shared = session();
    const answers: Promise<unknown>[] = [];
    for (let offset = 0; offset <= bytes.length; offset++) {
      const stream = shared.request(grpcHeaders(PATH));
      answers.push(
        answerOf(stream).then(({ body, grpcStatus }) => expect([grpcStatus, body]).toEqual([0, bytes])),
      );
      stream.write(bytes.subarray(0, offset));
      await turn();
      stream.end(bytes.subarray(offset));
    }
    await Promise.all(answers);
    for (const call of recorder.calls) expect(call.messages).toEqual(messages);
  });

  it('carries any messages in any chunks', async () => {
    const shared = session();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 12 }),
        fc.array(fc.nat(3_000), { maxLength: 12 }),
        async (messages, cuts) => {
          const bytes = framesOf(messages);
          const stream = shared.request(grpcHeaders(PATH));
          const answer = answerOf(stream);
          const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
          let from = 0;
          for (const to of places) {
            stream.write(bytes.subarray(from, to));
            await turn();
            from = to;
          }
          stream.end(bytes.subarray(from));
          const { body, grpcStatus } = await answer;
          expect(grpcStatus).toBe(0);
          expect(body).toEqual(bytes);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('answers while the caller still sends', async () => {
    const stream = open();
    const received: string[] = [];
    stream.on('data', (chunk: Buffer) => received.push(chunk.toString('latin1')));
    for (const text of ['one', 'two', 'three']) {
      stream.write(frameOf(Buffer.from(text)));
      await vi.waitFor(() => expect(received.join('')).toContain(text));
    }
    expect(transport.callsInFlight).toBe(1);
    expect(recorder.only.told).toEqual(['message', 'message', 'message']);
  });

  it('sends what it is told to outside of the calls of its receiver', async () => {
    recorder.onMessage = () => {};
    const stream = await opened();
    const answer = answerOf(stream);
    recorder.only.call.send(Buffer.from('late'));
    await turn();
    recorder.only.call.send(Buffer.from('later'));
    await turn();
    stream.end();
    expect((await answer).body).toEqual(framesOf([Buffer.from('late'), Buffer.from('later')]));
  });

  it.each([
    ['with answers out', 1],
    ['without any answer', 0],
  ])('never ends with OK in front of its receiver, %s', async (_, answers) => {
    if (answers === 0) recorder.onMessage = () => {};
    recorder.onEnded = () => false;
    const answer = await callRaw(session(), grpcHeaders(PATH), frameOf(Buffer.from('a')));
    expect(answer.grpcStatus).toBe(GrpcStatus.CANCELLED);
    expect(answer.body).toHaveLength(answers * 6);
    expect(recorder.only.told).toEqual(['message', 'ended', 'closed']);
  });

  it('ends with OK and no message where the caller sent none and its receiver is content', async () => {
    const answer = await callRaw(session(), grpcHeaders(PATH), Buffer.alloc(0));
    expect(answer).toMatchObject({ httpStatus: 200, grpcStatus: 0 });
    expect(answer.body).toHaveLength(0);
  });

  it.each([
    ['before any answer', () => {}, 0],
    ['behind answers', (recorded: Recorder) => recorded.only.call.send(Buffer.from('x')), 1],
  ])('is refused in the middle, %s, and told nothing more', async (_, before, answers) => {
    recorder.onMessage = () => {};
    const stream = await opened();
    const answer = answerOf(stream);
    before(recorder);
    recorder.only.call.refuse({ status: GrpcStatus.UNAVAILABLE, message: 'no room é' });
    recorder.only.call.send(Buffer.from('not this'));
    recorder.only.call.refuse({ status: GrpcStatus.INTERNAL, message: 'nor this' });
    if (!stream.destroyed) stream.write(frameOf(Buffer.from('b')));
    const { grpcStatus, body } = await answer;
    expect(grpcStatus).toBe(GrpcStatus.UNAVAILABLE);
    expect(body).toHaveLength(answers * 6);
    await closedOnce();
    expect(recorder.only.told).toEqual(['message', 'closed']);
    await vi.waitFor(() => expect(transport.callsInFlight).toBe(0));
  });

  it('is refused by its handler, or while its receiver is told something', async () => {
    const refusal: Refusal = { status: GrpcStatus.UNAVAILABLE, message: 'no' };
    recorder.onMessage = (_, call) => call.refuse(refusal);
    const two = framesOf([Buffer.from('a'), Buffer.from('b')]);
    expect((await callRaw(session(), grpcHeaders(PATH), two)).grpcStatus).toBe(refusal.status);
    await closedOnce();
    expect(recorder.only.told).toEqual(['message', 'closed']);
    recorder.onOpen = (call) => call.refuse(refusal);
    expect((await callRaw(session(), grpcHeaders(PATH), two)).grpcStatus).toBe(refusal.status);
    await vi.waitFor(() => expect(recorder.calls[1]?.told).toEqual(['closed']));
  });

  it('ends in an error where its handler throws', async () => {
    recorder.onOpen = () => {
      throw new ServerError('POLICY_UNKNOWN', { name: 'x' });
    };
    const answer = await callRaw(session(), grpcHeaders(PATH), frameOf(Buffer.from('a')));
    expect(answer.grpcStatus).toBe(GrpcStatus.FAILED_PRECONDITION);
    expect(recorder.calls).toHaveLength(0);
    expect(failures).toHaveLength(1);
  });

  const fault = (): never => {
    throw new TypeError('secret');
  };

  it.each([
    ['onMessage', ['message', 'closed']],
    ['onEnded', ['message', 'ended', 'closed']],
  ] as const)('ends in an error where %s throws, without telling strangers why', async (method, told) => {
    recorder[method] = fault;
    const answer = await callRaw(session(), grpcHeaders(PATH), frameOf(Buffer.from('a')));
    expect(answer.grpcStatus).toBe(GrpcStatus.INTERNAL);
    expect(answer.grpcMessage).not.toContain('secret');
    await closedOnce();
    expect(recorder.only.told).toEqual(told);
    expect(failures).toHaveLength(1);
  });

  it('survives a receiver that throws when it is told of the end', async () => {
    const answer = answerOf(await opened());
    recorder.only.onClosed = fault;
    recorder.only.call.refuse({ status: GrpcStatus.UNAVAILABLE, message: 'no' });
    expect((await answer).grpcStatus).toBe(GrpcStatus.UNAVAILABLE);
    await closedOnce();
    expect(failures).toHaveLength(1);
    await vi.waitFor(() => expect(transport.callsInFlight).toBe(0));
  });

  it('really stops a caller while it is paused, and no other call of its connection', async () => {
    recorder.onMessage = (_, call) => call.pause();
    const shared = session();
    const stream = shared.request(grpcHeaders(PATH));
    stream.resume();
    const message = Buffer.alloc(16_384, 7);
    let takenBytes = 0;
    const sent = 200;
    const pump = (left: number): void => {
      if (left === 0) {
        stream.end();
        return;
      }
      stream.write(frameOf(message), () => {
        takenBytes += message.length;
        pump(left - 1);
      });
    };
    pump(sent);
    await vi.waitFor(() => expect(recorder.only.messages).toHaveLength(1));
    // Each of them goes over the same connection, behind all that the paused call may still send.
    for (let count = 0; count < 20; count++) {
      expect((await callRaw(shared, grpcHeaders(ECHO), frameOf(message))).grpcStatus).toBe(0);
    }
    expect(takenBytes).toBeGreaterThan(0);
    // The first message was read, and its bytes given back to the window.
    expect(takenBytes).toBeLessThanOrEqual(windowBytesMax + message.length);
    expect(recorder.only.messages.length).toBeLessThanOrEqual(2);
    recorder.onMessage = () => {};
    recorder.only.call.resume();
    await closedOnce();
    expect(recorder.only.messages).toHaveLength(sent);
    expect(recorder.only.messages.every((received) => received.equals(message))).toBe(true);
  });

  it('tells nothing from inside pause and resume, and loses nothing between them', async () => {
    let inside = false;
    recorder.onMessage = (_, call) => {
      expect(inside).toBe(false);
      inside = true;
      call.pause();
      call.resume();
      inside = false;
    };
    const messages = Array.from({ length: 50 }, (_, index) => Buffer.from([index]));
    const answer = await callRaw(session(), grpcHeaders(PATH), framesOf(messages));
    expect(answer.grpcStatus).toBe(0);
    expect(recorder.only.messages).toEqual(messages);
    expect(failures).toEqual([]);
    recorder.onMessage = (_, call) => call.pause();
    const stream = session().request(grpcHeaders(PATH));
    stream.write(framesOf(messages));
    await vi.waitFor(() => expect(recorder.calls[1]?.messages).toHaveLength(1));
    recorder.calls[1]?.call.resume();
    expect(recorder.calls[1]?.messages).toHaveLength(1);
    await vi.waitFor(() => expect(recorder.calls[1]?.messages).toHaveLength(2));
  });

  it('tells of the end only behind the messages that a pause held back', async () => {
    recorder.onMessage = (_, call) => {
      call.pause();
      setImmediate(() => call.resume());
    };
    const messages = Array.from({ length: 20 }, (_, index) => Buffer.alloc(100, index));
    expect((await callRaw(session(), grpcHeaders(PATH), framesOf(messages))).grpcStatus).toBe(0);
    expect(recorder.only.messages).toEqual(messages);
    expect(recorder.only.told.slice(-2)).toEqual(['ended', 'closed']);
  });

  it.each([
    ['CANCEL', 8],
    ['NO_ERROR', 0],
  ])('is closed once where the caller resets it with %s, paused or not', async (_, code) => {
    await (await opened()).close(code);
    await closedOnce();
    recorder.calls.length = 0;
    recorder.onMessage = (_message, call) => call.pause();
    const paused = await opened();
    paused.write(framesOf([Buffer.alloc(5_000), Buffer.alloc(5_000)]));
    paused.close(code);
    await closedOnce();
    await vi.waitFor(() => expect(transport.callsInFlight).toBe(0));
    recorder.only.call.send(Buffer.from('late'));
    recorder.only.call.resume();
    recorder.only.call.pause();
  });

  it('is closed once where its connection breaks', async () => {
    const stream = await opened();
    stream.session?.socket.destroy();
    await closedOnce();
    await vi.waitFor(() => expect(transport.callsInFlight).toBe(0));
  });

  it('is waited for when the transport drains', async () => {
    const stream = await opened();
    const answer = answerOf(stream);
    const goaway = new Promise((resolve) => stream.session?.once('goaway', resolve));
    const drained = transport.drain(5_000);
    await goaway;
    stream.end(frameOf(Buffer.from('b')));
    expect((await answer).grpcStatus).toBe(0);
    expect(await drained).toBe(0);
    expect(recorder.only.told).toEqual(['message', 'message', 'ended', 'closed']);
  });

  it('is cut, and closed once, where it outlives a drain', async () => {
    const answer = answerOf(await opened());
    expect(await transport.drain(20)).toBe(1);
    expect((await answer).grpcStatus).not.toBe(0);
    await closedOnce();
  });

  it('is cut, and closed once, where the transport closes', async () => {
    const answer = answerOf(await opened());
    await transport.close();
    expect((await answer).grpcStatus).not.toBe(0);
    await closedOnce();
  });

  it('refuses a message over the limit in the middle, before its bytes come', async () => {
    const stream = await opened();
    const answer = answerOf(stream);
    stream.write(frameOf(Buffer.alloc(10), 0, MESSAGE_BYTES_MAX + 1));
    expect((await answer).grpcStatus).toBe(GrpcStatus.RESOURCE_EXHAUSTED);
    await closedOnce();
    expect(recorder.only.told).toEqual(['message', 'closed']);
  });

  // grpc-js decides this by itself, and otherwise: see the head of transport/grpc-js.ts.
  it.runIf(strict).each([
    ['a compressed message', frameOf(Buffer.from('b'), 1), GrpcStatus.UNIMPLEMENTED],
    ['a bad flag', frameOf(Buffer.from('b'), 2), GrpcStatus.INTERNAL],
    ['half a prefix', Buffer.from([0, 0, 0]), GrpcStatus.INTERNAL],
    ['half a message', frameOf(Buffer.alloc(10), 0, 20), GrpcStatus.INTERNAL],
  ])('refuses %s behind good messages', async (_, bytes, status) => {
    const body = Buffer.concat([frameOf(Buffer.from('a')), bytes]);
    expect((await callRaw(session(), grpcHeaders(PATH), body)).grpcStatus).toBe(status);
    await closedOnce();
    expect(recorder.only.told).toEqual(['message', 'closed']);
    expect(refusals).toHaveLength(1);
  });

  it('tells of its metadata and its deadline', async () => {
    await callRaw(
      session(),
      grpcHeaders(PATH, { 'sluice-policy': 'shop', 'grpc-timeout': '1H' }),
      Buffer.alloc(0),
    );
    const { call } = recorder.only;
    expect(call.metadata('sluice-policy')).toBe('shop');
    for (const name of ['sluice-profile', ':path', 'constructor', '__proto__']) {
      expect(call.metadata(name)).toBeUndefined();
    }
    expect(call.context.path).toBe(PATH);
    expect(call.context.deadline).toBeGreaterThan(Date.now() + 3_000_000);
  });

  it('ends at its grpc-timeout', async () => {
    const stream = open({ 'grpc-timeout': '100m' });
    const answer = answerOf(stream);
    stream.write(frameOf(Buffer.from('a')));
    expect((await answer).grpcStatus).toBe(GrpcStatus.DEADLINE_EXCEEDED);
    await closedOnce();
  });

  it('ends where the caller does not read, with a bound on what is kept for it', async () => {
    let sentBytes = 0;
    const answer = Buffer.alloc(1_000);
    const stream = await opened();
    while (!recorder.only.told.includes('closed')) {
      recorder.only.call.send(answer);
      sentBytes += answer.length;
      expect(sentBytes).toBeLessThan(10_000_000);
      await turn();
    }
    // The client's window of 65,535 bytes, what its stream has read ahead, and what may wait.
    expect(sentBytes).toBeLessThan(65_535 * 3 + UNSENT_BYTES_MAX);
    expect(refusals).toEqual([{ status: GrpcStatus.RESOURCE_EXHAUSTED, message: expect.any(String) }]);
    await closedOnce();
    stream.destroy();
    await vi.waitFor(() => expect(transport.callsInFlight).toBe(0));
  });

  it('is one of a thousand at once', async () => {
    const shared = session();
    const texts = Array.from({ length: 1_000 }, (_, index) => Buffer.from(`call ${index}`));
    const streams = texts.map((text) => {
      const stream = shared.request(grpcHeaders(PATH));
      stream.write(frameOf(text));
      return { stream, answer: answerOf(stream) };
    });
    await vi.waitFor(() => expect(recorder.calls.flatMap((call) => call.messages)).toHaveLength(1_000));
    expect(transport.callsInFlight).toBe(1_000);
    for (const { stream } of streams) stream.end(frameOf(Buffer.from('end')));
    const answers = await Promise.all(streams.map(({ answer }) => answer));
    expect(answers.map(({ body }) => body)).toEqual(
      texts.map((text) => framesOf([text, Buffer.from('end')])),
    );
    expect(answers.every(({ grpcStatus }) => grpcStatus === 0)).toBe(true);
    expect(transport.callsInFlight).toBe(0);
  });
});
