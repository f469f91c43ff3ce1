/** Builds the peers' programs when they are first needed, into the cache. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { logPath, reasonIn, runCommand } from '../../packages/cli/src/setup/command.ts';
import { cacheDirectory } from '../../packages/cli/src/setup/paths.ts';
import { digestOf } from '../../packages/cli/src/setup/stamp.ts';
import { PeerError } from './errors.ts';
import { findGo } from './go.ts';

export type PeerName = 'coraza' | 'modsecurity';

export const PEER_NAMES: readonly PeerName[] = ['coraza', 'modsecurity'];

/** How a program is made; `fact` is what else than its sources decides what comes out. */
interface Recipe {
  readonly fact: string;
  argv(output: string): readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const sources = (name: PeerName): string => join(import.meta.dirname, name);

async function corazaRecipe(): Promise<Recipe> {
  const go = await findGo();
  return {
    fact: go.version,
    argv: (output) => [go.path, 'build', '-C', sources('coraza'), '-trimpath', '-o', output, '.'],
    // A user's flags and workspaces must not change which modules these are.
    env: { GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
  };
}

async function modsecurityRecipe(): Promise<Recipe> {
  const query = ['dpkg-query', '-W', 'libmodsecurity-dev'];
  const { stdout } = await runCommand('peer-modsecurity', query);
  return {
    fact: stdout,
    argv: (output) => [join(sources('modsecurity'), 'build.sh'), output],
    env: {},
  };
}

const RECIPES: Readonly<Record<PeerName, () => Promise<Recipe>>> = {
  coraza: corazaRecipe,
  modsecurity: modsecurityRecipe,
};

/**
 * The path of a peer's program, built if need be; says on standard error that it builds.
 *
 * @throws PeerError PEER_UNAVAILABLE where a compiler, a library or the network is missing
 */
export async function buildPeer(name: PeerName): Promise<string> {
  const recipe = await RECIPES[name]();
  const digest = digestOf(sources(name), [recipe.fact]).slice(0, 16);
  const directory = join(cacheDirectory(), 'peers', digest);
  const program = join(directory, `${name}-peer`);
  if (existsSync(program)) return program;
  mkdirSync(directory, { recursive: true });
  process.stderr.write(`building the peer ${name} …`);
  const started = performance.now();
  // Whoever builds at the same time writes another file; the last rename wins, and both are whole.
  const fresh = `${program}.${process.pid}`;
  const log = `peer-${name}`;
  const { status, output } = await runCommand(log, recipe.argv(fresh), { env: recipe.env });
  process.stderr.write(` ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  if (status !== 0) {
    throw new PeerError('PEER_UNAVAILABLE', { peer: name, reason: reasonIn(output), log: logPath(log) });
  }
  renameSync(fresh, program);
  return program;
}
