/** The Go programs of this benchmark, built when they are first needed, into the cache. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { logPath, reasonIn, runCommand } from '../../packages/cli/src/setup/command.ts';
import { cacheDirectory } from '../../packages/cli/src/setup/paths.ts';
import { digestOf } from '../../packages/cli/src/setup/stamp.ts';
import { PeerError } from '../peers/errors.ts';
import { findGo } from '../peers/go.ts';

/** `load`: clients and workload. `authz`: an ext_authz server. Each is a folder of bench/peers. */
export type GoProgram = 'load' | 'authz';

/** What the newer of their go.mod files asks for. */
const MINOR_MIN = 26;

const building = new Map<GoProgram, Promise<string>>();

/**
 * The path of a program, built if need be; says on standard error that it builds.
 *
 * @throws PeerError PEER_UNAVAILABLE where a compiler or the network is missing
 */
export function goProgram(name: GoProgram): Promise<string> {
  const known = building.get(name) ?? build(name);
  building.set(name, known);
  return known;
}

async function build(name: GoProgram): Promise<string> {
  const sources = join(import.meta.dirname, '../peers', name);
  const go = await findGo(name, MINOR_MIN);
  const directory = join(cacheDirectory(), 'peers', digestOf(sources, [go.version]).slice(0, 16));
  const program = join(directory, name);
  if (existsSync(program)) return program;
  process.stderr.write(`building bench/peers/${name} …\n`);
  mkdirSync(directory, { recursive: true });
  // Whoever builds at the same time writes another file; the last rename wins, and both are whole.
  const fresh = `${program}.${process.pid}`;
  const log = `peer-${name}`;
  const { status, output } = await runCommand(
    log,
    [go.path, 'build', '-C', sources, '-trimpath', '-o', fresh, '.'],
    // A user's flags and workspaces must not change which modules these are.
    {
      env: {
        GOFLAGS: '-mod=readonly -buildvcs=false',
        GOWORK: 'off',
        GOTOOLCHAIN: 'local',
        CGO_ENABLED: '0',
      },
    },
  );
  if (status !== 0)
    throw new PeerError('PEER_UNAVAILABLE', { peer: name, reason: reasonIn(output), log: logPath(log) });
  renameSync(fresh, program);
  return program;
}
