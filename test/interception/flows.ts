/** What lasts: an answer that drips, a body that does, a tunnel. The workload's side, and the client's. */
import { type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FlowCommand, FlowEnd } from './protocol.ts';

const DRIP_MILLIS = 50;
const DRIP = '/?drip=';
const STOP = '/?stop=';

const dripping = new Map<string, ServerResponse>();

/** Whether it was one of these requests: an answer that drips until another request says that it ends. */
export function drips(url: string, response: ServerResponse): boolean {
  if (url.startsWith(DRIP)) {
    const timer = setInterval(() => response.write('drop'), DRIP_MILLIS);
    response.once('close', () => clearInterval(timer));
    dripping.set(url.slice(DRIP.length), response);
    return true;
  }
  if (!url.startsWith(STOP)) return false;
  dripping.get(url.slice(STOP.length))?.end('the end');
  response.end();
  return true;
}

/** Any upgrade becomes a tunnel that gives back what it gets. */
export function echoTunnels(server: Server): void {
  server.on('upgrade', (_, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
}

interface Flow {
  end(): Promise<FlowEnd>;
}

const flows = new Map<string, Flow>();

export async function startFlow(command: FlowCommand): Promise<unknown> {
  const starts = { download, upload, tunnel } as const;
  flows.set(command.name, await starts[command.kind](command));
  return {};
}

export const endFlow = (name: string): Promise<unknown> => flows.get(name)?.end() ?? Promise.resolve({});

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : error.message);

/** An answer's status, how it ended, and its last bytes. */
function ending(response: IncomingMessage): Promise<FlowEnd> {
  const status = response.statusCode ?? 0;
  let last = '';
  response.on('data', (chunk: Buffer) => {
    last = (last + chunk.toString('latin1')).slice(-64);
  });
  return new Promise((resolve) => {
    response.once('error', (error) => resolve({ status, error: codeOf(error), last }));
    response.once('end', () => resolve({ status, error: '', last }));
  });
}

const ask = ({ host, port, headers }: FlowCommand, path: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const sent = request({ host, port, path, headers, agent: false }, resolve);
    sent.once('error', reject).end();
  });

async function download(command: FlowCommand): Promise<Flow> {
  const end = ending(await ask(command, `${DRIP}${command.name}`));
  return {
    end: async () => {
      (await ask(command, `${STOP}${command.name}`)).resume();
      return end;
    },
  };
}

async function upload({ host, port, headers }: FlowCommand): Promise<Flow> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  const sent = request({ host, port, method: 'POST', headers: { ...headers, ...type }, agent: false });
  const end = new Promise<FlowEnd>((resolve) => {
    sent.once('error', (error) => resolve({ status: 0, error: codeOf(error), last: '' }));
    sent.once('response', (response: IncomingMessage) => resolve(ending(response)));
  });
  const timer = setInterval(() => sent.write('drop'), DRIP_MILLIS);
  await new Promise((resolve) => sent.write('first', resolve));
  return {
    end: () => {
      clearInterval(timer);
      sent.end();
      return end;
    },
  };
}

async function tunnel({ host, port, headers }: FlowCommand): Promise<Flow> {
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
  const sent = request({ host, port, headers: { ...headers, ...upgrade }, agent: false }).end();
  const socket = await new Promise<Socket>((resolve, reject) => {
    sent.once('upgrade', (_, open: Socket) => resolve(open));
    sent.once('error', reject);
    sent.once('response', ({ statusCode }) => reject(new RangeError(`no tunnel: ${statusCode}`)));
  });
  let error = '';
  socket.on('error', (cause) => {
    error = codeOf(cause);
  });
  return {
    end: () =>
      new Promise((resolve) => {
        const done = (last: string): void => resolve({ status: 101, error, last });
        if (socket.readableEnded || socket.destroyed) done('');
        socket.once('close', () => done(''));
        socket.once('data', (chunk) => {
          done(chunk.toString('latin1'));
          socket.destroy();
        });
        socket.write('the end');
      }),
  };
}
