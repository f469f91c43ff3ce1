/** Clients that say what they are told, piece by piece, over HTTP/1.1 and HTTP/2. */
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';

/** What both can do, so that a test can be the same for both. */
export interface Sending {
  write(bytes: Buffer | string): void;
  end(): void;
  /** Status of the response, or `reset`. */
  readonly status: Promise<number | 'reset'>;
  /** All of the body that has come, once no more will. */
  readonly body: Promise<string>;
  close(): void;
}

export interface Http1Sending extends Sending {
  /** Status line and header lines that have come. */
  head(): string;
}

export type Headers = Readonly<Record<string, string>>;

export interface SendOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Headers;
  /** Bytes of body that are announced; without it chunks over HTTP/1.1. */
  readonly length?: number;
}

export type Protocol = 'HTTP/1.1' | 'HTTP/2';
export const PROTOCOLS: readonly Protocol[] = ['HTTP/1.1', 'HTTP/2'];

export async function send(protocol: Protocol, port: number, options: SendOptions = {}): Promise<Sending> {
  return protocol === 'HTTP/1.1' ? sendHttp1(port, options) : sendHttp2(port, options);
}

/** A connection of HTTP/1.1, byte by byte. */
export class RawClient {
  received = '';
  isClosed = false;
  readonly socket: Socket;
  #wakes: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (data) => {
      this.received += data.toString('latin1');
      this.#wake();
    });
    this.socket.on('error', () => this.socket.destroy());
    this.socket.once('close', () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake();
  }

  write(bytes: Buffer | string): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Until this has come, or nothing more will. */
  async until(wanted: RegExp | ((received: string) => boolean)): Promise<string> {
    const holds = wanted instanceof RegExp ? (text: string) => wanted.test(text) : wanted;
    while (!holds(this.received) && !this.isClosed) {
      await new Promise<void>((resolve) => this.#wakes.push(resolve));
    }
    return this.received;
  }

  /** Until the other side closes. */
  async untilClosed(): Promise<string> {
    return this.until(() => false);
  }

  close(): void {
    this.socket.destroy();
  }
}

const statusIn = (text: string): number | 'reset' =>
  Number(/^HTTP\/1\.1 (?!100)(\d{3}) /m.exec(text)?.[1] ?? 0) || 'reset';

/** The body of the final response, as it is on the wire. */
async function bodyOf(client: RawClient): Promise<string> {
  const final = /^HTTP\/1\.1 (?!100)\d{3} /m;
  const head = (text: string): number => text.indexOf('\r\n\r\n', text.search(final)) + 4;
  await client.until((text) => final.test(text) && head(text) > 4);
  const start = head(client.received);
  const size = /^content-length: (\d+)/im.exec(client.received.slice(0, start))?.[1];
  await client.until((text) =>
    size === undefined ? text.endsWith('0\r\n\r\n') : text.length >= start + Number(size),
  );
  return client.received.slice(start);
}

export function sendHttp1(
  port: number,
  { method = 'POST', path = '/', headers = {}, length }: SendOptions,
): Http1Sending {
  const client = new RawClient(port);
  const framing =
    length !== undefined
      ? [`content-length: ${length}`]
      : method === 'GET'
        ? []
        : ['transfer-encoding: chunked'];
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  client.write(
    `${[`${method} ${path} HTTP/1.1`, 'host: shop.example', ...framing, ...lines].join('\r\n')}\r\n\r\n`,
  );
  const isChunked = length === undefined;
  const whole = bodyOf(client);
  return {
    write(bytes) {
      const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
      if (!isChunked) return client.write(data);
      client.write(
        Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]),
      );
    },
    end() {
      if (isChunked && method !== 'GET') client.write('0\r\n\r\n');
    },
    status: client.until(/^HTTP\/1\.1 (?!100)\d{3} /m).then(statusIn),
    body: whole,
    head: () => client.received.split('\r\n\r\n')[0] ?? '',
    close: () => client.close(),
  };
}

export interface Http2Sending extends Sending {
  readonly session: ClientHttp2Session;
  readonly stream: ClientHttp2Stream;
}

export async function sendHttp2(
  port: number,
  options: SendOptions,
  trailers?: Headers,
): Promise<Http2Sending> {
  const { method = 'POST', path = '/', headers = {}, length } = options;
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on('error', () => session.destroy());
  await once(session, 'connect');
  const stream = session.request(
    {
      ':method': method,
      ':path': path,
      ':authority': 'shop.example',
      ...headers,
      ...(length === undefined ? {} : { 'content-length': String(length) }),
    },
    { endStream: method === 'GET', waitForTrailers: trailers !== undefined },
  );
  if (trailers !== undefined) stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('error', () => stream.destroy());
  let text = '';
  stream.on('data', (data: Buffer) => {
    text += data.toString('latin1');
  });
  const status = new Promise<number | 'reset'>((resolve) => {
    stream.once('response', (answer) => resolve(answer[':status'] ?? 0));
    stream.once('close', () => resolve('reset'));
  });
  const body = new Promise<string>((resolve) => stream.once('close', () => resolve(text)));
  return {
    session,
    stream,
    write: (bytes) => stream.write(bytes),
    end: () => stream.end(),
    status,
    body,
    close: () => session.destroy(),
  };
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const [DATA, HEADERS, SETTINGS] = [0, 1, 4];
const [END_STREAM, END_HEADERS] = [1, 4];

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A string of less than 127 bytes, as HPACK has it. */
const literal = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);

/** A request over HTTP/2 with header lines that no client library sends; the answer as its frames' bytes. */
export function sendFrames(
  port: number,
  lines: readonly (readonly [string, string])[],
  body: string,
): RawClient {
  const client = new RawClient(port);
  const block = Buffer.concat(
    lines.map(([name, value]) => Buffer.concat([Buffer.from([0]), literal(name), literal(value)])),
  );
  client.write(PREFACE);
  client.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
  client.write(frame(HEADERS, END_HEADERS, 1, block));
  client.write(frame(DATA, END_STREAM, 1, Buffer.from(body)));
  return client;
}

/** RST_STREAM or GOAWAY, whatever comes first; or the end of the connection. */
export const isRefused = (received: string): boolean => {
  const bytes = Buffer.from(received, 'latin1');
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if ([3, 7].includes(bytes.readUInt8(at + 3))) return true;
  }
  return false;
};
