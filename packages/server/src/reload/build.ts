/**
 * Builds a generation of rule sets beside the requests that are answered meanwhile:
 *
 *   a process compiles into the cache ─▶ a thread loads it and tries it ─▶ this thread opens what is new of it
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Engine, RuleUnit } from '@sluice/engine';
import { reasonOf, ServerError } from '../errors.ts';
import type { RuleSetGeneration } from '../rule-sets.ts';
import { RELOAD_LIMITS } from './limits.ts';
import type { BuildRequest, CompileAnswer, LoadAnswer, LoadRequest, Refusal } from './messages.ts';

const PROCESS = fileURLToPath(new URL('./compile-process.ts', import.meta.url));
const WORKER = new URL('./load-worker.ts', import.meta.url);

/** Holds for the process whatever becomes of the server: memory in KiB, seconds of the processor, no core. */
const LIMITED = 'ulimit -c 0; ulimit -d "$1"; ulimit -t "$2"; shift 2; exec "$@"';

/** What Node takes of writable addresses before it runs a line. */
const NODE_BYTES = 629_145_600;

export interface Built {
  readonly generation: RuleSetGeneration;
  readonly warnings: readonly string[];
  readonly files: readonly string[];
  /** Of the generation's units, by their keys: for the next build. */
  readonly units: ReadonlyMap<string, RuleUnit>;
}

/**
 * @param known units that are open on this thread, by their keys
 * @param signal ends process and thread
 * @throws ServerError RELOAD_REFUSED with the place of the mistake, RELOAD_FAILED where compiling ended in another way
 */
export async function build(
  engine: Engine,
  request: BuildRequest,
  known: ReadonlyMap<string, RuleUnit>,
  signal: AbortSignal,
): Promise<Built> {
  await compile(request, signal);
  signal.throwIfAborted();
  return load(engine, { ...request, known: [...known.keys()] }, { known, signal });
}

/** Fills the cache. @throws ServerError RELOAD_REFUSED, RELOAD_FAILED */
export async function compile(request: BuildRequest, signal: AbortSignal): Promise<void> {
  const answer = await answerOfProcess(request, signal);
  if (answer.kind === 'refused') throw refused(answer);
}

const refused = ({ code, message }: Refusal): ServerError =>
  new ServerError('RELOAD_REFUSED', { reason: message, code });

const failed = (reason: string): ServerError => new ServerError('RELOAD_FAILED', { reason });

function answerOfProcess(request: BuildRequest, signal: AbortSignal): Promise<CompileAnswer> {
  const { compileBytesMax, compileMillisMax, answerBytesMax } = RELOAD_LIMITS;
  const kilobytes = Math.ceil((NODE_BYTES + compileBytesMax) / 1_024);
  const limits = [String(kilobytes), String(Math.ceil(compileMillisMax / 1_000))];
  const program = [process.execPath, '--disable-warning=ExperimentalWarning', PROCESS];
  const child = spawn('/bin/sh', ['-c', LIMITED, 'sh', ...limits, ...program], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {},
    cwd: '/',
    timeout: compileMillisMax,
    killSignal: 'SIGKILL',
    signal,
  });
  return new Promise((resolve, reject) => {
    const said: Buffer[] = [];
    let bytes = 0;
    child.stdout.on('data', (piece: Buffer) => {
      bytes += piece.byteLength;
      if (bytes <= answerBytesMax) said.push(piece);
    });
    child.once('error', (error) => reject(failed(`it could not be started: ${error.message}`)));
    child.once('close', (status, signal) => {
      const text = Buffer.concat(said).toString();
      if (status !== 0 || text === '') reject(failed(`compiling ended with ${signal ?? `status ${status}`}`));
      else {
        try {
          resolve(JSON.parse(text) as CompileAnswer);
        } catch (error) {
          reject(failed(`compiling said what is no answer: ${reasonOf(error)}`));
        }
      }
    });
    // A process that dies before it has read everything is seen by its end.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(request));
  });
}

async function load(
  engine: Engine,
  request: LoadRequest,
  { known, signal }: { readonly known: ReadonlyMap<string, RuleUnit>; readonly signal: AbortSignal },
): Promise<Built> {
  const worker = new Worker(WORKER, { workerData: request });
  const opened: { readonly key: string; readonly unit: RuleUnit }[] = [];
  const result = Promise.withResolvers<Built>();
  const take = (answer: LoadAnswer): void => {
    switch (answer.kind) {
      case 'refused':
        throw refused(answer);
      case 'unit': {
        const { index, key, shared } = answer;
        const unit = shared === null ? known.get(key) : engine.openShared(shared);
        if (unit === undefined) throw failed('a unit that was known is not');
        opened[index] = { key, unit };
        return;
      }
      case 'built': {
        const { version, policies, warnings, files } = answer;
        const generation = { id: request.id, version, policies, units: opened.map(({ unit }) => unit) };
        const units = new Map(opened.map(({ key, unit }) => [key, unit]));
        result.resolve({ generation, warnings, files, units });
      }
    }
  };
  worker.on('message', (answer: LoadAnswer) => {
    try {
      take(answer);
    } catch (error) {
      result.reject(error instanceof ServerError ? error : failed(reasonOf(error)));
    }
  });
  worker.once('error', (error) => result.reject(failed(reasonOf(error))));
  worker.once('exit', (status) => result.reject(failed(`the loading thread ended with status ${status}`)));
  const abort = (): void => result.reject(failed('the server stops'));
  signal.addEventListener('abort', abort);
  try {
    return await result.promise;
  } finally {
    signal.removeEventListener('abort', abort);
    // It held the databases until they were open here.
    await worker.terminate();
  }
}
