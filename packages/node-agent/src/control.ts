/** The agent's Unix socket: proof that one runs, and the way to tell it something. One line each way. */
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { NodeAgentError, reasonOf } from './errors.ts';

export const CONTROL_SOCKET = 'control.sock';

/** `yield`: leave Envoy and pods to another agent, which asks for it. */
export type ControlCommand = 'stop' | 'hand-over' | 'yield';

const COMMANDS: readonly ControlCommand[] = ['stop', 'hand-over', 'yield'];
export type ControlHandler = (command: ControlCommand) => Promise<void>;

const isCommand = (text: string): text is ControlCommand => COMMANDS.some((command) => command === text);

/** @throws NodeAgentError NODE_AGENT_RUNNING where another agent answers there */
export async function openControl(path: string, directory: string, handle: ControlHandler): Promise<Server> {
  if (await isAnswered(path)) throw new NodeAgentError('NODE_AGENT_RUNNING', { directory });
  rmSync(path, { force: true });
  // Who asks says at once that nothing more follows, and waits for the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // Who asks may go before the answer.
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).once('line', (line) => void reply(socket, line, handle));
  });
  server.listen(path);
  await once(server, 'listening');
  chmodSync(path, 0o600);
  return server;
}

async function reply(socket: Socket, line: string, handle: ControlHandler): Promise<void> {
  try {
    if (isCommand(line)) await handle(line);
    socket.end(isCommand(line) ? 'ok\n' : 'unknown command\n');
  } catch (error) {
    socket.end(`${reasonOf(error).replaceAll('\n', ' ')}\n`);
  }
}

/** Whether an agent answers there. */
export function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // No such file, or one that a dead agent left.
    socket.once('error', () => resolve(false));
  });
}

/**
 * Resolves once the agent has done it.
 * @throws NodeAgentError NODE_AGENT_NOT_RUNNING, NODE_AGENT_COMMAND with what the agent answered
 */
export async function tellAgent(path: string, directory: string, command: ControlCommand): Promise<void> {
  if (!(await isAnswered(path))) throw new NodeAgentError('NODE_AGENT_NOT_RUNNING', { directory });
  const socket = connect(path);
  socket.end(`${command}\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(Buffer.from(chunk));
  const reason = Buffer.concat(chunks).toString('utf8').trim();
  if (reason !== 'ok') throw new NodeAgentError('NODE_AGENT_COMMAND', { what: command, reason });
}
