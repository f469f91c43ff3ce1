/**
 * Rule texts of tenants are compiled in a process of their own: a pattern can take any time and memory to compile, and
 * what it can do to a library written in C++ nobody knows. What is left is a file in the cache.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { assert } from '../assert.ts';
import { EngineError, type EngineErrorCode } from '../errors.ts';
import type { CompileProgress } from '../prefilter/compile.ts';
import type { CompileLimits } from './limits.ts';
import { type CompileMessage, type CompileRequest, MESSAGES } from './messages.ts';

const PROGRAM = fileURLToPath(new URL('./child.ts', import.meta.url));

/** Node 24 takes 575 MiB of writable addresses before it runs a line, of which it uses 40. */
const NODE_BYTES = 600 * 1024 * 1024;

/** Sets limits that hold for the child whatever becomes of its parent: memory in KiB, processor seconds, no core. */
const LIMITED = 'ulimit -c 0; ulimit -d "$1"; ulimit -t "$2"; shift 2; exec "$@"';

export interface ChildOptions {
  readonly limits: CompileLimits;
  readonly onProgress: (progress: CompileProgress) => void;
}

/** How a child ended. */
interface Ending {
  readonly answer: CompileMessage | null;
  /** The last rule that it spoke of. */
  readonly ruleId: number | null;
  readonly reason: string;
}

/**
 * Compiles into `request.cacheDirectory`.
 *
 * @throws EngineError what compiling here would throw; COMPILE_LIMIT with the rule that was being compiled where the
 *   child ran out of time or memory, or died
 */
export async function compileInChild(request: CompileRequest, options: ChildOptions): Promise<void> {
  const { answer, ruleId, reason } = await runChild(request, options);
  if (answer?.kind === 'done') return;
  if (answer?.kind === 'refused' && !STARVED.has(answer.code)) {
    const { code, details, position } = answer;
    throw new EngineError(code, details, position === null ? {} : { position });
  }
  const rule = ruleId === null ? 'these rules' : `rule ${ruleId}`;
  throw new EngineError('COMPILE_LIMIT', { rule, reason: answer === null ? reason : reasonIn(answer) });
}

/** What native code says when it gets no memory. */
const STARVED: ReadonlySet<EngineErrorCode> = new Set(['NATIVE_FAILED', 'NATIVE_MISSING']);

function reasonIn(answer: CompileMessage): string {
  if (answer.kind === 'refused') return new EngineError(answer.code, answer.details).rawMessage;
  return answer.kind === 'failed' ? answer.reason : answer.kind;
}

async function runChild(request: CompileRequest, { limits, onProgress }: ChildOptions): Promise<Ending> {
  const { memoryBytesMax, wallMillisMax } = limits;
  const child = spawn(
    '/bin/sh',
    [
      ...[
        '-c',
        LIMITED,
        'sh',
        String(Math.ceil((NODE_BYTES + memoryBytesMax) / 1024)),
        String(Math.ceil(wallMillisMax / 1000) + 1),
      ],
      ...[process.execPath, '--disable-warning=ExperimentalWarning', PROGRAM],
    ],
    { stdio: ['pipe', 'ignore', 'ignore', 'pipe'], env: {}, cwd: '/' },
  );
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    child.kill('SIGKILL');
  }, wallMillisMax);
  try {
    const exit = exitOf(child);
    const { stdin } = child;
    assert(stdin !== null, 'its standard input is a pipe');
    // A child that dies before it has read everything is seen by its exit.
    stdin.on('error', () => undefined);
    stdin.end(JSON.stringify(request));
    let ending = { answer: null as CompileMessage | null, ruleId: null as number | null };
    for await (const message of messagesOf(child)) {
      if (message.kind !== 'progress') ending = { ...ending, answer: message };
      else {
        ending = { ...ending, ruleId: message.progress.ruleId ?? ending.ruleId };
        onProgress(message.progress);
      }
    }
    const how = await exit;
    return { ...ending, reason: expired ? `over ${wallMillisMax} ms` : reasonOf(how, memoryBytesMax) };
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}

const reasonOf = (how: string, memoryBytesMax: number): string =>
  `${how}, most likely for more than ${Math.round(memoryBytesMax / 1024 / 1024)} MiB of memory`;

const exitOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(`it could not be started: ${message}`));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `status ${code}`}`));
  });

async function* messagesOf(child: ChildProcess): AsyncGenerator<CompileMessage> {
  const pipe = child.stdio[MESSAGES] as Readable | null | undefined;
  assert(pipe !== null && pipe !== undefined, 'its messages come through a pipe');
  for await (const line of createInterface({ input: pipe })) yield JSON.parse(line) as CompileMessage;
}
