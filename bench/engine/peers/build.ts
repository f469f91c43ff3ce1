/** Builds the programs that time other engines when they are first needed, into the cache. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logPath, reasonIn, runCommand } from '../../../packages/cli/src/setup/command.ts';
import { cacheDirectory } from '../../../packages/cli/src/setup/paths.ts';
import { digestOf } from '../../../packages/cli/src/setup/stamp.ts';
import { PeerError } from '../../peers/errors.ts';
import { findGo } from '../../peers/go.ts';

export type TimedPeer = 'coraza' | 'libmodsecurity';

/** How a program is made; `facts` are what else than its sources decides what comes out. */
interface Recipe {
  readonly facts: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  argv(output: string, scratch: string): readonly string[];
}

const own = (name: TimedPeer): string => join(import.meta.dirname, name);
const CORAZA_MODULE = join(import.meta.dirname, '../../peers/coraza');
const MODSECURITY_HEADERS = join(import.meta.dirname, '../../peers/modsecurity');
const MODULE_FILES = ['go.mod', 'go.sum'];

/** With the module files of the program that compares verdicts: one place says which Coraza. */
async function corazaRecipe(): Promise<Recipe> {
  const go = await findGo();
  return {
    facts: [go.version, digestOf(CORAZA_MODULE, [])],
    // A user's flags and workspaces must not change which modules these are.
    env: { GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
    argv: (output, scratch) => {
      for (const file of MODULE_FILES) copyFileSync(join(CORAZA_MODULE, file), join(scratch, file));
      copyFileSync(join(own('coraza'), 'main.go'), join(scratch, 'main.go'));
      return [go.path, 'build', '-C', scratch, '-trimpath', '-o', output, '.'];
    },
  };
}

async function libmodsecurityRecipe(): Promise<Recipe> {
  const query = ['dpkg-query', '-W', 'libmodsecurity-dev'];
  const { stdout } = await runCommand('bench-libmodsecurity', query);
  const source = join(own('libmodsecurity'), 'main.cc');
  const flags = ['-std=c++17', '-O2', '-Wall', '-Wextra', '-Werror', '-I', MODSECURITY_HEADERS];
  return {
    facts: [stdout, digestOf(MODSECURITY_HEADERS, [])],
    argv: (output) => [process.env.CXX ?? 'g++', ...flags, '-o', output, source, '-lmodsecurity'],
  };
}

const RECIPES: Readonly<Record<TimedPeer, () => Promise<Recipe>>> = {
  coraza: corazaRecipe,
  libmodsecurity: libmodsecurityRecipe,
};

const building = new Map<TimedPeer, Promise<string>>();

/**
 * The path of a program, built if need be; says on standard error that it builds.
 *
 * @throws PeerError PEER_UNAVAILABLE where a compiler, a library or the network is missing
 */
export function buildTimedPeer(name: TimedPeer): Promise<string> {
  const known = building.get(name) ?? build(name);
  building.set(name, known);
  return known;
}

async function build(name: TimedPeer): Promise<string> {
  const recipe = await RECIPES[name]();
  const digest = digestOf(own(name), recipe.facts).slice(0, 16);
  const directory = join(cacheDirectory(), 'peers', digest);
  const program = join(directory, `${name}-timed`);
  if (existsSync(program)) return program;
  process.stderr.write(`building ${name} for timing …\n`);
  mkdirSync(directory, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    // Whoever builds at the same time writes another file; the last rename wins, and both are whole.
    const fresh = `${program}.${process.pid}`;
    const log = `bench-${name}`;
    const { status, output } = await runCommand(log, recipe.argv(fresh, scratch), { env: recipe.env ?? {} });
    if (status !== 0) {
      throw new PeerError('PEER_UNAVAILABLE', { peer: name, reason: reasonIn(output), log: logPath(log) });
    }
    renameSync(fresh, program);
    return program;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
