/** Asks a process of its own: a stored request may be what kills an engine, and rules that were never compiled take minutes. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ReplayAsked, Replayed, RuleText } from '@sluice/console';
import { ConsoleDeskError } from './errors.ts';

const PROCESS = fileURLToPath(new URL('./judge-process.ts', import.meta.url));

/** What of this process's environment tells where rules and their cache are. */
const VARIABLES = ['PATH', 'HOME', 'XDG_CACHE_HOME', 'SLUICE_CACHE', 'LD_LIBRARY_PATH'];

/** Milliseconds: rules that were never compiled take a minute or two. */
const JUDGE_MILLIS_MAX = 300_000;
/** Names of a thousand arguments in each of a hundred rules. */
const ANSWER_BYTES_MAX = 16_777_216;

export type Question =
  | { readonly kind: 'replay'; readonly config: string; readonly asked: ReplayAsked }
  /** Without a configuration: of the CRS that Sluice brings. */
  | { readonly kind: 'rule'; readonly config: string | null; readonly id: number };

export type Judged =
  | { readonly kind: 'replayed'; readonly replayed: Replayed }
  | { readonly kind: 'rule'; readonly rule: RuleText }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string; readonly remedy: string };

/** @throws ConsoleDeskError DESK_REFUSED with what the process refuses, DESK_JUDGE where it does not answer */
export async function askJudge(question: Question): Promise<Judged> {
  const env = Object.fromEntries(
    VARIABLES.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROCESS], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env,
    timeout: JUDGE_MILLIS_MAX,
    killSignal: 'SIGKILL',
  });
  const said: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (piece: Buffer) => {
    bytes += piece.byteLength;
    if (bytes <= ANSWER_BYTES_MAX) said.push(piece);
    else child.kill('SIGKILL');
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once('error', (cause) =>
    reject(new ConsoleDeskError('DESK_JUDGE', { reason: cause.message }, cause)),
  );
  child.once('close', (status, signal) => resolve(status === 0 ? '' : `it ended with ${signal ?? status}`));
  // One that has died already takes nothing; how it ended says more.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(question));
  const reason = await promise;
  if (reason !== '') throw new ConsoleDeskError('DESK_JUDGE', { reason });
  const judged = JSON.parse(Buffer.concat(said).toString('utf8')) as Judged;
  if (judged.kind !== 'refused') return judged;
  const { code, message, remedy } = judged;
  throw new ConsoleDeskError('DESK_REFUSED', { code, reason: message, remedy });
}
