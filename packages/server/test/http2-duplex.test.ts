import { mkdtempSync, rmSync } from 'node:fs';
import { constants } from 'node:http2';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_LIMITS, type ServerLimits } from '../src/limits.ts';
import { PAUSED_BYTES_MAX } from '../src/transport/call-host.ts';
import { createHttp2Transport } from '../src/transport/http2.ts';
import { GrpcStatus, type Refusal } from '../src/transport/status.ts';
import { Recorder } from './support/duplex-receiver.ts';
import { answerOf, frameOf, grpcHeaders, openSession } from './support/raw-client.ts';

const PATH = '/test.Duplex/Echo';
const { NGHTTP2_CANCEL } = constants;

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('duplex calls on the http2 transport alone', () => {
  const cleanups: (() => Promise<void> | void)[] = [];

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function start(limits: Partial<ServerLimits>) {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    const recorder = new Recorder();
    const refusals: Refusal[] = [];
    const transport = createHttp2Transport({
      services: { unary: new Map(), streams: new Map(), duplex: new Map([[PATH, recorder.handle]]) },
      limits: { ...DEFAULT_LIMITS, messageBytesMax: 100_000, ...limits },
      observer: {
        handlerFailed: () => {},
        refused: (refusal) => refusals.push(refusal),
        connectionFailed: () => {},
      },
    });
    const path = join(folder, 's');
    const session = openSession(await transport.listen({ kind: 'unix', path }));
    cleanups.push(
      () => rmSync(folder, { recursive: true, force: true }),
      () => transport.close(),
      () => session.destroy(),
    );
    return { recorder, transport, session, path, refusals };
  }

  it('live longer than the bound on other calls, whose time they have to take their end', async () => {
    const { recorder, transport, session } = await start({ callMillisMax: 20 });
    const stream = session.request(grpcHeaders(PATH));
    stream.on('error', () => {});
    stream.write(frameOf(Buffer.from('a')));
    await vi.waitFor(() => expect(recorder.only.messages).toHaveLength(1));
    const begun = performance.now();
    while (performance.now() - begun < 100) await turn();
    expect(recorder.only.told).toEqual(['message']);
    // The caller keeps its own side open, and does not read.
    recorder.only.call.refuse({ status: GrpcStatus.UNAVAILABLE, message: 'no' });
    await vi.waitFor(() => expect(transport.callsInFlight).toBe(0));
    await vi.waitFor(() => expect(stream.rstCode).toBe(NGHTTP2_CANCEL));
  });

  it('count with their window while they are paused, and give the room back', async () => {
    const { recorder, session, refusals } = await start({ bufferedBytesMax: 2 * PAUSED_BYTES_MAX });
    recorder.onMessage = (_, call) => call.pause();
    const streams = Array.from({ length: 3 }, () => session.request(grpcHeaders(PATH)));
    const answers = streams.map((stream) => answerOf(stream));
    for (const stream of streams) stream.write(frameOf(Buffer.from('a')));
    expect((await Promise.race(answers)).grpcStatus).toBe(GrpcStatus.RESOURCE_EXHAUSTED);
    expect(refusals).toHaveLength(1);
    for (const { call } of recorder.calls) call.resume();
    for (const stream of streams) if (!stream.destroyed) stream.end();
    const statuses = (await Promise.all(answers)).map(({ grpcStatus }) => grpcStatus);
    expect(statuses.sort()).toEqual([0, 0, GrpcStatus.RESOURCE_EXHAUSTED]);
    recorder.calls.length = 0;
    const again = [session.request(grpcHeaders(PATH)), session.request(grpcHeaders(PATH))];
    for (const stream of again) stream.write(frameOf(Buffer.from('a')));
    await vi.waitFor(() => expect(recorder.calls.flatMap((call) => call.messages)).toHaveLength(2));
    await turn();
    expect(refusals).toHaveLength(1);
  });

  it('have room for two thousand that are paused, by default', () => {
    expect(DEFAULT_LIMITS.bufferedBytesMax / PAUSED_BYTES_MAX).toBeGreaterThanOrEqual(2_000);
  });

  it('may be reset by the thousand, as Envoy ends each exchange', async () => {
    const { recorder, session } = await start({});
    const closed = vi.fn();
    session.on('goaway', closed);
    session.on('close', closed);
    const exchange = (): Promise<void> =>
      new Promise((resolve) => {
        const stream = session.request(grpcHeaders(PATH));
        stream.on('error', () => {});
        stream.once('data', () => stream.close(NGHTTP2_CANCEL));
        stream.once('close', resolve);
        stream.write(frameOf(Buffer.from('a')));
      });
    const caller = async (): Promise<void> => {
      for (let exchanges = 0; exchanges < 200; exchanges++) await exchange();
    };
    await Promise.all(Array.from({ length: 10 }, caller));
    expect(closed).not.toHaveBeenCalled();
    expect(recorder.calls.filter(({ messages }) => messages.length === 1)).toHaveLength(2_000);
  });

  it('hold no more than they received of a message that is not whole', async () => {
    const { recorder, session, refusals } = await start({ bufferedBytesMax: 200_000 });
    const streams = Array.from({ length: 50 }, () => session.request(grpcHeaders(PATH)));
    for (const stream of streams) {
      stream.on('error', () => {});
      stream.write(Buffer.concat([frameOf(Buffer.from('a')), frameOf(Buffer.alloc(1_000), 0, 90_000)]));
    }
    await vi.waitFor(() => expect(recorder.calls.flatMap((call) => call.messages)).toHaveLength(50));
    expect(refusals).toEqual([]);
    // Three of them whole, each but its last byte, are more than is kept.
    for (const stream of streams.slice(0, 3)) stream.write(Buffer.alloc(88_999));
    await vi.waitFor(() => expect(refusals[0]?.status).toBe(GrpcStatus.RESOURCE_EXHAUSTED));
  });

  it('end where their caller is dead and its connection stands', async () => {
    const { recorder, transport, path } = await start({ keepaliveMillis: 30, keepaliveAnswerMillisMax: 30 });
    const socket = connect(path);
    cleanups.push(() => void socket.destroy());
    socket.write(await recordedOpening());
    await vi.waitFor(() => expect(recorder.only.messages).toHaveLength(1));
    await vi.waitFor(() => expect(recorder.only.told).toEqual(['message', 'closed']));
    expect(transport.callsInFlight).toBe(0);
  });

  it('live on where their caller answers PINGs', async () => {
    const { recorder, session } = await start({ keepaliveMillis: 5, keepaliveAnswerMillisMax: 2_000 });
    const stream = session.request(grpcHeaders(PATH));
    const answer = answerOf(stream);
    stream.write(frameOf(Buffer.from('a')));
    let pings = 0;
    session.on('ping', () => pings++);
    await vi.waitFor(() => expect(pings).toBeGreaterThan(5));
    expect(recorder.only.told).toEqual(['message']);
    stream.end();
    expect((await answer).grpcStatus).toBe(0);
  });
});

/** What a client sends to open a call with a message of one byte: said by a peer that never says anything more. */
async function recordedOpening(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
  const path = join(folder, 's');
  const chunks: Buffer[] = [];
  const server = createServer((socket) => socket.on('data', (chunk: Buffer) => chunks.push(chunk)));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const session = openSession({ kind: 'unix', path });
  const stream = session.request(grpcHeaders(PATH));
  stream.on('error', () => {});
  stream.write(frameOf(Buffer.from('a')));
  const end = frameOf(Buffer.from('a'));
  await vi.waitFor(() => expect(Buffer.concat(chunks).subarray(-end.length)).toEqual(end));
  session.destroy();
  server.close();
  rmSync(folder, { recursive: true, force: true });
  return Buffer.concat(chunks);
}
