/** Syslog, against receivers that read it as the RFCs have it. */
import { createSocket } from 'node:dgram';
import { readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Sink } from '@sluice/shipper';
import { openSink, sinkSchema } from '@sluice/shipper/sinks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from '../hub/certificates.ts';
import { recordOf, recordsOf } from '../hub/documents.ts';
import { soon } from '../hub/soon.ts';

const never = new AbortController().signal;
let certificates: Certificates;
const closing: (() => unknown)[] = [];

beforeAll(() => {
  certificates = makeCertificates();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(() => rmSync(certificates.directory, { recursive: true }));

interface Message {
  readonly priority: number;
  readonly time: string;
  readonly host: string;
  readonly app: string;
  readonly process: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: number;
}

/** The grammar of RFC 5424 §6, strict. */
function readMessage(bytes: Buffer): Message {
  const text = bytes.toString('utf8');
  const head =
    /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) /.exec(
      text,
    );
  const data = /^\[sluice@(\d+)((?: [\x21-\x7e]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*)\](?: |$)/.exec(
    text.slice(head?.[0].length),
  );
  if (head === null || data === null) throw new Error(`no message: ${text}`);
  const parameters = [...(data[2] ?? '').matchAll(/ ([^=]+)="((?:[^"\\\]]|\\.)*)"/g)].map(
    ([, name = '', value = '']) => [name, value.replace(/\\(.)/g, '$1')] as const,
  );
  const [, priority, time = '', host = '', app = '', process = '', kind = ''] = head;
  const rest = text.slice(head[0].length + data[0].length);
  return {
    priority: Number(priority),
    time,
    host,
    app,
    process,
    kind,
    data: Object.fromEntries(parameters),
    text: rest,
    bytes: bytes.length,
  };
}

/** Octet counting: `LENGTH SP MESSAGE`. */
class Frames {
  readonly messages: Message[] = [];
  #rest = Buffer.alloc(0);

  push(part: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, part]);
    for (;;) {
      const space = this.#rest.indexOf(0x20);
      if (space === -1) return;
      const head = this.#rest.subarray(0, space).toString('latin1');
      if (!/^[1-9]\d*$/.test(head)) throw new Error(`no length: ${head}`);
      const end = space + 1 + Number(head);
      if (this.#rest.length < end) return;
      this.messages.push(readMessage(this.#rest.subarray(space + 1, end)));
      this.#rest = this.#rest.subarray(end);
    }
  }
}

interface Listening {
  readonly port: number;
  readonly frames: Frames;
  readonly sockets: Socket[];
  readonly server: Server;
}

async function listen(tls = false, port = 0): Promise<Listening> {
  const frames = new Frames();
  const sockets: Socket[] = [];
  const take = (socket: Socket): void => {
    sockets.push(socket);
    socket.on('data', (part: Buffer) => frames.push(part)).on('error', () => undefined);
  };
  const { hub } = certificates;
  const options = {
    cert: readFileSync(hub.cert),
    key: readFileSync(hub.key),
    ca: readFileSync(hub.clientCa),
    requestCert: true,
    rejectUnauthorized: true,
  };
  const server = tls ? createTlsServer(options, take) : createServer(take);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, frames, sockets, server };
}

const open = (port: number, more: object = {}): Sink => {
  const sink = openSink(
    sinkSchema.parse({ type: 'syslog', host: '127.0.0.1', port, protocol: 'tcp', ...more }),
  );
  closing.unshift(() => sink.close());
  return sink;
};

describe('a message', () => {
  const one = async (document: object, more: object = {}): Promise<Message> => {
    const { port, frames } = await listen();
    await open(port, more).deliver([recordOf('node-a', 7, document as Record<string, unknown>)], never);
    await soon(() => frames.messages.length).toBe(1);
    return frames.messages[0]!;
  };

  it('says in structured data what was found, and the rest as JSON', async () => {
    const message = await one({
      event: { id: 'x', action: 'deny', severity: 2 },
      waf: {
        policy: 'shop',
        mode: 'Block',
        would_block: true,
        rules: [{ id: '942100' }, { id: '949110' }],
        process: 'p 1',
      },
      url: { path: '/a"b\\c]d', domain: 'shop.example' },
    });
    expect(message).toMatchObject({
      priority: 13 * 8 + 2,
      time: '2026-11-23T00:00:00.007Z',
      host: 'node-a',
      app: 'sluice',
      process: 'p?1',
      kind: 'waf',
    });
    expect(message.data).toEqual({
      id: 'node-a-00000007',
      action: 'deny',
      would_block: 'true',
      policy: 'shop',
      mode: 'Block',
      rules: '942100,949110',
      source: '192.0.2.7',
      request_id: 'request-node-a-00000007',
      method: 'GET',
      path: '/a"b\\c]d',
      domain: 'shop.example',
    });
    expect(JSON.parse(message.text)).toMatchObject({ url: { path: '/a"b\\c]d' } });
  });

  it('never has a control character, whatever a client sends', async () => {
    const message = await one({
      url: { path: '/\n<13>1 - - - - - - forged\u2028\u0085\ud800' },
      observer: { hostname: 'a b\nc' },
      note: 'ä\u0000\u007f\u009f',
    });
    expect(message.data.path).toBe('/?<13>1 - - - - - - forged???'.replace('???', '??\ufffd'));
    expect(message.host).toBe('a?b?c');
    expect(message.text).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(message.text)).toMatchObject({ note: 'ä\u0000\u007f\u009f' });
  });

  it('that is too long goes without the document, and says so', async () => {
    const message = await one({ note: 'x'.repeat(10_000), msg: 'WAF check FAILED!' });
    expect(message.bytes).toBeLessThan(8_192);
    expect(message.data).toMatchObject({ id: 'node-a-00000007', left_out: 'document' });
    expect(message.text).toBe('WAF check FAILED!');
    const least = await one({ url: { path: `/${'ü'.repeat(1_000)}` } }, { messageBytesMax: 480 });
    expect(least.bytes).toBeLessThanOrEqual(480);
    expect(least.data).toEqual({ id: 'node-a-00000007', left_out: 'document parameters' });
  });

  it('is a line where that is wanted', async () => {
    const message = await one(
      { event: { reason: 'score 15 of 5' } },
      { content: 'text', facility: 16, appName: 'waf' },
    );
    expect([message.text, message.app, message.priority]).toEqual([
      'score 15 of 5',
      'waf',
      16 * 8 + 6 - 6 * 0 - 2,
    ]);
  });
});

describe('a connection', () => {
  it('is kept, and made again where the receiver ends it', async () => {
    const { port, frames, sockets } = await listen();
    const sink = open(port);
    await sink.deliver(recordsOf('a', 0, 100), never);
    await sink.deliver(recordsOf('a', 100, 100), never);
    await soon(() => frames.messages.length).toBe(200);
    expect(sockets).toHaveLength(1);
    const ended = new Promise((resolve) => sockets[0]?.once('close', resolve));
    sockets[0]?.end();
    await ended;
    expect(await sink.deliver(recordsOf('a', 200, 1), never)).toEqual([{ kind: 'stored' }]);
    await soon(() => frames.messages.length).toBe(201);
    expect(frames.messages.map(({ data }) => data.id)).toEqual(recordsOf('a', 0, 201).map(({ id }) => id));
  });

  it('that cannot be made, or whose receiver takes nothing, is an error', async () => {
    const { port, server, sockets } = await listen();
    const sink = open(port);
    await sink.deliver(recordsOf('a', 0, 1), never);
    await soon(() => sockets.length).toBe(1);
    sockets[0]?.pause();
    const stop = new AbortController();
    const large = recordsOf('a', 0, 5_000).map((record) => ({
      ...record,
      document: { ...record.document, note: 'x'.repeat(5_000) },
    }));
    const stuck = sink.deliver(large, stop.signal);
    stop.abort();
    await expect(stuck).rejects.toMatchObject({ code: 'SINK_AWAY' });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await expect(sink.deliver(recordsOf('a', 0, 1), never)).rejects.toMatchObject({ code: 'SINK_AWAY' });
  });

  it('by TLS shows this side’s certificate, and demands that of the receiver', async () => {
    const { port, frames } = await listen(true);
    const { ca, cert, key } = certificates.of('node-a');
    await open(port, { protocol: 'tls', tls: { ca, cert, key } }).deliver(recordsOf('a', 0, 2), never);
    await soon(() => frames.messages.length).toBe(2);
    const stranger = open(port, { protocol: 'tls', tls: { cert, key } });
    await expect(stranger.deliver(recordsOf('a', 0, 1), never)).rejects.toMatchObject({ code: 'SINK_AWAY' });
    const misnamed = open(port, { protocol: 'tls', tls: { ca, cert, key, serverName: 'other.example' } });
    await expect(misnamed.deliver(recordsOf('a', 0, 1), never)).rejects.toMatchObject({ code: 'SINK_AWAY' });
    expect(frames.messages).toHaveLength(2);
  });
});

describe('datagrams', () => {
  it('are a message each, of a size that needs no fragments', async () => {
    const receiver = createSocket('udp4');
    const messages: Message[] = [];
    receiver.on('message', (bytes) => messages.push(readMessage(bytes)));
    await new Promise<void>((resolve) => receiver.bind(0, '127.0.0.1', resolve));
    const sink = open(receiver.address().port, { protocol: 'udp' });
    await sink.deliver([recordOf('a', 1), recordOf('a', 2, { note: 'x'.repeat(3_000) })], never);
    await soon(() => messages.map(({ data }) => data.id)).toEqual(['a-00000001', 'a-00000002']);
    expect(messages.every(({ bytes }) => bytes <= 1_180)).toBe(true);
    expect(messages[1]?.data.left_out).toBe('document');
    receiver.close();
    // The machine answers that nobody listens: one of the next tells it.
    await soon(() =>
      sink.deliver(recordsOf('a', 3, 3), never).then(
        () => '',
        (error) => error.code,
      ),
    ).toBe('SINK_AWAY');
  });
});
