/** Programs of the system, run to their end; a few at once, each for a bounded time. */
import { spawn } from 'node:child_process';
import { NodeAgentError } from '../errors.ts';
import { COMMAND_MILLIS_MAX, COMMAND_OUTPUT_BYTES_MAX, COMMANDS_MAX } from '../limits.ts';

export interface CommandResult {
  /** 0 is success; null where a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let running = 0;
const waiting: (() => void)[] = [];

async function enter(): Promise<void> {
  if (running >= COMMANDS_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
}

function leave(): void {
  running--;
  waiting.shift()?.();
}

/** @throws NodeAgentError NODE_AGENT_TOOL where it cannot be started */
export async function runCommand(argv: readonly string[], input = ''): Promise<CommandResult> {
  await enter();
  try {
    return await start(argv, input);
  } finally {
    leave();
  }
}

function start(argv: readonly string[], input: string): Promise<CommandResult> {
  const [tool = '', ...rest] = argv;
  const child = spawn(tool, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: COMMAND_MILLIS_MAX,
    killSignal: 'SIGKILL',
    // Messages are compared, so they must not be translated.
    env: { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  const [stdout, stderr] = [new Output(), new Output()];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that ends without reading what it was given says so by its status.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new NodeAgentError('NODE_AGENT_TOOL', { tool, reason: cause.message }, { cause })),
    );
    child.once('close', (status) => resolve({ status, stdout: stdout.text(), stderr: stderr.text() }));
  });
}

class Output {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): void {
    this.#bytes += chunk.byteLength;
    if (this.#bytes <= COMMAND_OUTPUT_BYTES_MAX) this.#chunks.push(chunk);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

/** What failed, with the first line of its complaint. @throws NodeAgentError NODE_AGENT_COMMAND unless its status is 0 */
export function demandSuccess(what: string, result: CommandResult): string {
  if (result.status === 0) return result.stdout;
  const reason = result.stderr.trim().split('\n')[0] || `status ${result.status ?? 'of a signal'}`;
  throw new NodeAgentError('NODE_AGENT_COMMAND', { what, reason });
}

/** A shell in a network namespace: it is entered with setns alone, which needs CAP_SYS_ADMIN and mounts nothing. */
export const inNamespace = (path: string, script: string, input = ''): Promise<CommandResult> =>
  runCommand(['nsenter', `--net=${path}`, '--', 'sh', '-c', script], input);
