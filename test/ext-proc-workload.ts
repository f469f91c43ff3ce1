/**
 * The workload behind Envoy's stream: keeps what reaches it while it comes, says whether a request came whole, and answers
 * in all the ways that must not be held. HTTP/1.1 and HTTP/2 in the clear, on one port.
 */
import { once } from 'node:events';
import { createServer as createHttp1Server, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer, type Socket } from 'node:net';

/** Of longer bodies the end is kept. */
const KEPT_BYTES_MAX = 262_144;

export class StreamArrival {
  readonly method: string;
  readonly url: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  bytes = 0;
  /** The end of the body. */
  tail: Buffer = Buffer.alloc(0);
  /** It came to its end. */
  complete = false;
  /** It is over, whole or not. */
  readonly over: Promise<void>;
  readonly #over = Promise.withResolvers<void>();

  constructor(method: string, url: string, headers: NodeJS.Dict<string | string[]>) {
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.over = this.#over.promise;
  }

  take(chunk: Buffer): void {
    this.bytes += chunk.byteLength;
    this.tail = Buffer.concat([this.tail, chunk]).subarray(-KEPT_BYTES_MAX);
  }

  end(complete: boolean): void {
    this.complete ||= complete;
    this.#over.resolve();
  }
}

export interface StreamWorkload {
  readonly host: string;
  readonly port: number;
  readonly arrivals: StreamArrival[];
  close(): Promise<void>;
}

/** What `/leak` answers: CRS 951230 and its like look for it. */
const LEAK =
  '<html><body>You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version</body></html>';

const TICK_MILLIS = 20;

function answer(url: string, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://workload');
  if (pathname === '/sse') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let tick = 0;
    const timer = setInterval(() => response.write(`data: ${tick++}\n\n`), TICK_MILLIS);
    response.once('close', () => clearInterval(timer));
    return;
  }
  if (pathname === '/leak') {
    response.writeHead(200, { 'content-type': 'text/html', 'x-from': 'workload' });
    response.end(LEAK);
    return;
  }
  if (pathname === '/bytes') {
    // Without a length where it says so: chunks, and no end in sight.
    const size = Number(searchParams.get('size') ?? 0);
    const type = searchParams.get('type') ?? 'text/html';
    const length = searchParams.has('chunked') ? {} : { 'content-length': String(size) };
    response.writeHead(200, { 'content-type': type, ...length });
    response.end(Buffer.alloc(size, 'b'));
    return;
  }
  if (pathname === '/gone') {
    response.destroy();
    return;
  }
  if (pathname === '/drip') {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.write('first');
    // The rest never comes.
    return;
  }
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.end('workload');
}

export async function startStreamWorkload(): Promise<StreamWorkload> {
  const arrivals: StreamArrival[] = [];
  const sockets = new Set<Socket>();
  const http1 = createHttp1Server({ maxHeaderSize: 1_048_576 }, (request, response) => {
    const arrival = arrive(arrivals, request.method ?? '', request.url ?? '', request.headers);
    collect(arrival, request);
    const early = request.url?.startsWith('/early') === true;
    if (early) answer('/', response);
    else request.once('end', () => answer(arrival.url, response));
  });
  http1.keepAliveTimeout = 0;
  http1.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const arrival = arrive(arrivals, request.method ?? '', request.url ?? '', request.headers);
    if (request.url?.startsWith('/plain') === true) {
      // It upgrades nothing: what follows would be a body to it.
      if (head.byteLength > 0) arrival.take(head);
      socket.on('data', (chunk: Buffer) => arrival.take(chunk));
      socket.on('error', () => socket.destroy());
      socket.once('close', () => arrival.end(false));
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nplain');
      return;
    }
    arrival.end(true);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.on('error', () => socket.destroy());
    if (head.byteLength > 0) socket.write(head);
    socket.pipe(socket);
  });
  const http2 = createHttp2Server();
  http2.on('stream', (stream, headers) => echoGrpc(arrivals, stream, headers));
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const first: Buffer | null = socket.read();
      if (first === null) return;
      socket.unshift(first);
      const target = first.subarray(0, 4).toString('latin1') === 'PRI ' ? http2 : http1;
      target.emit('connection', socket);
    });
  });
  const host = '127.0.0.1';
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    host,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    arrivals,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function arrive(
  arrivals: StreamArrival[],
  method: string,
  url: string,
  headers: NodeJS.Dict<string | string[]>,
): StreamArrival {
  const arrival = new StreamArrival(method, url, headers);
  arrivals.push(arrival);
  return arrival;
}

function collect(arrival: StreamArrival, request: IncomingMessage): void {
  request.on('data', (chunk: Buffer) => arrival.take(chunk));
  request.once('end', () => arrival.end(request.complete));
  request.once('close', () => arrival.end(false));
  request.once('error', () => arrival.end(false));
}

/** Each piece comes back as it came; a gRPC bidi echo is no more than that. */
function echoGrpc(arrivals: StreamArrival[], stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const arrival = arrive(arrivals, headers[':method'] ?? '', headers[':path'] ?? '', headers);
  stream.on('error', () => arrival.end(false));
  stream.once('close', () => arrival.end(false));
  stream.respond(
    { ':status': 200, 'content-type': headers['content-type'] ?? 'text/plain' },
    { waitForTrailers: true },
  );
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.on('data', (chunk: Buffer) => {
    arrival.take(chunk);
    stream.write(chunk);
  });
  stream.once('end', () => {
    arrival.end(true);
    stream.end();
  });
}
