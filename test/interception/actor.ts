/**
 * Somebody in a network namespace: client, workload or both. Commands come as lines of JSON on standard input; answers and
 * arrivals go as such on standard output. It ends with its standard input, so that nothing outlives a test.
 */
import { Agent, createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { drips, echoTunnels, endFlow, startFlow } from './flows.ts';
import type {
  Arrival,
  CallCommand,
  CallReply,
  Command,
  LoadCommand,
  MeasureCommand,
  Measured,
  RawCommand,
  ServeCommand,
} from './protocol.ts';

const HANG_MILLIS = 20_000;
const HEADER_BYTES_MAX = 2_097_152;

const say = (message: unknown): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

const arrived = (arrival: Arrival): void => say({ arrival });

const addressOf = ({ remoteAddress = '' }: Socket): string => remoteAddress.replace(/^::ffff:/, '');

/** Keeps workload connections for good: one that is closed under a request on its way is a failure of nobody here. */
function serveHttp(port: number, ready: () => void): void {
  const server = createHttpServer({ maxHeaderSize: HEADER_BYTES_MAX }, (incoming, response) => {
    const { method = '', url = '', rawHeaders, socket } = incoming;
    const client = addressOf(socket);
    if (drips(url, response)) return;
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      arrived({
        port,
        client,
        method,
        url,
        headers: rawHeaders,
        body: Buffer.concat(chunks).toString('latin1'),
      });
      const millis = Number(/[?&]wait=(\d+)/.exec(url)?.[1] ?? 0);
      setTimeout(() => response.end(`seen from ${client}`), millis);
    });
  });
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  echoTunnels(server);
  server.listen(port, '::', ready);
}

function serveH2c(port: number, ready: () => void): void {
  const server = createHttp2Server((incoming, response) => {
    const { method, url } = incoming;
    const client = addressOf(incoming.socket as Socket);
    arrived({ port, client, method, url, headers: incoming.rawHeaders, body: '' });
    response.end(`seen from ${client}`);
  });
  server.listen(port, '::', ready);
}

/** Tells every byte that comes, and answers as a server that takes anything for a request. */
function serveRaw(port: number, ready: () => void): void {
  const server = createServer((socket) => {
    const client = addressOf(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      arrived({ port, client, method: '', url: '', headers: [], body: chunk.toString('latin1') });
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nraw');
    });
  });
  server.listen(port, '::', ready);
}

const SERVERS = { http: serveHttp, h2c: serveH2c, raw: serveRaw } as const;

const serve = ({ port, kind }: ServeCommand): Promise<unknown> =>
  new Promise((resolve) => SERVERS[kind](port, () => resolve({})));

const kept = new Map<string, Agent>();

/** Connections of one name are one connection, kept between calls. */
function agentOf(name: string | undefined): Agent | false {
  if (name === undefined) return false;
  const known = kept.get(name) ?? new Agent({ keepAlive: true, maxSockets: 1 });
  kept.set(name, known);
  return known;
}

function call(command: Omit<CallCommand, 'do'>): Promise<CallReply> {
  const { host, port, method = 'GET', path = '/', headers = {}, body, connection, localPort } = command;
  return new Promise((resolve) => {
    let from = 0;
    const fail = (error: Error): void => resolve({ status: 0, error: codeOf(error), body: '', from });
    const options = {
      host,
      port,
      method,
      path,
      headers,
      agent: agentOf(connection),
      timeout: HANG_MILLIS,
      localPort,
    };
    const sent = request(options, (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', fail);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          error: '',
          body: Buffer.concat(chunks).toString('latin1'),
          from,
        }),
      );
    });
    sent.once('socket', (socket) => {
      const told = (): void => {
        from = socket.localPort ?? 0;
      };
      if (socket.connecting) socket.once('connect', told);
      else told();
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', fail);
    sent.end(body);
  });
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : error.message);

/** Sends the pieces as they are; resolves to all that comes back until the other side closes or falls silent. */
async function raw({ host, port, pieces, pauseMillis = 20, silenceMillis }: RawCommand): Promise<unknown> {
  const socket = connect({ host, port, noDelay: true });
  const chunks: Buffer[] = [];
  let end = 'silence';
  const closed = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('error', (error) => {
      end = codeOf(error);
    });
    socket.once('close', () => {
      if (end === 'silence') end = 'closed';
      resolve();
    });
  });
  for (const piece of pieces) {
    socket.write(Buffer.from(piece, 'latin1'));
    await sleep(pauseMillis);
  }
  await Promise.race([closed, sleep(silenceMillis)]);
  socket.destroy();
  return { received: Buffer.concat(chunks).toString('latin1'), end };
}

const loads = new Map<string, { stop: boolean; readonly done: Promise<unknown> }>();

/** Asks on some connections, half of them kept, until it is told to stop. */
function startLoad({ name, connections, pauseMillis = 0, ...command }: LoadCommand): unknown {
  const counts: Record<string, number> = {};
  const load = { stop: false, done: Promise.resolve() as Promise<unknown> };
  const run = async (index: number): Promise<void> => {
    const connection = index % 2 === 0 ? { connection: `${name}/${index}` } : {};
    while (!load.stop) {
      const reply = await call({ ...command, ...connection });
      // What a proxy says is kept: a test that fails shows it.
      const key = reply.status === 200 ? '200' : `${reply.status} ${reply.error}${reply.body}`;
      counts[key] = (counts[key] ?? 0) + 1;
      if (pauseMillis > 0) await sleep(pauseMillis);
    }
  };
  load.done = Promise.all(Array.from({ length: connections }, (_, index) => run(index))).then(() => counts);
  loads.set(name, load);
  return {};
}

function stopLoad(name: string): Promise<unknown> {
  const load = loads.get(name);
  if (load === undefined) return Promise.resolve({});
  load.stop = true;
  return load.done;
}

async function measure({ count, kept: isKept, ...command }: MeasureCommand): Promise<Measured> {
  const micros: number[] = [];
  let failures = 0;
  const connection = isKept ? { connection: `measure ${command.host}` } : {};
  for (let index = 0; index < count; index++) {
    const started = performance.now();
    const { status } = await call({ ...command, ...connection });
    micros.push(Math.round(1_000 * (performance.now() - started)));
    if (status !== 200) failures++;
  }
  return { micros, failures };
}

function obey(command: Command): unknown {
  switch (command.do) {
    case 'serve':
      return serve(command);
    case 'call':
      return call(command);
    case 'raw':
      return raw(command);
    case 'measure':
      return measure(command);
    case 'load':
      return startLoad(command);
    case 'flow':
      return startFlow(command);
    case 'end-flow':
      return endFlow(command.name);
    case 'stop-load':
      return stopLoad(command.name);
  }
}

const input = createInterface({ input: process.stdin });
input.on('line', async (line) => {
  const { id, command }: { id: number; command: Command } = JSON.parse(line);
  say({ id, result: await obey(command) });
});
input.once('close', () => process.exit());
