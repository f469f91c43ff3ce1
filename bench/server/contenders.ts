/** What stands beside each other behind Envoy, and how each is started. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { nodeEnvironment } from '../../packages/cli/src/setup/node-environment.ts';
import type { DataPath } from '../../packages/envoy-config/src/index.ts';
import { type RuleChoice, ruleSources } from '../engine/rules.ts';
import { PeerError } from '../peers/errors.ts';
import { peerRules } from '../peers/rules.ts';
import { goProgram } from './go-program.ts';
import { serveCommand } from './serve-command.ts';
import { ServerProcess } from './server-process.ts';

export type ServerContenderName =
  | 'none'
  | 'allow-grpc-js'
  | 'allow-http2'
  | 'allow-go'
  | 'coraza'
  | 'sluice'
  | 'sluice-ext-proc';

/** What Envoy's filter is; null for none. */
export type Filter = DataPath | null;

interface Definition {
  readonly about: string;
  readonly filter: Filter;
  /** It looks at requests, and denies what the CRS denies. */
  readonly inspects: boolean;
  /** Null where Envoy asks nobody. */
  argv(where: Place): Promise<readonly string[] | null>;
}

interface Place {
  readonly socket: string;
  readonly directory: TemporaryDirectory;
}

const ALLOW_SERVER = join(import.meta.dirname, 'allow-server.ts');
const RULES: RuleChoice = { crs: true, paranoia: 1, files: [] };
/** Coraza keeps bodies of more than 128 KiB on disk unless told otherwise. */
const IN_MEMORY = 'SecRequestBodyInMemoryLimit 13107200\n';

export const CONTENDERS: Readonly<Record<ServerContenderName, Definition>> = {
  none: {
    about: 'Envoy without a filter',
    filter: null,
    inspects: false,
    argv: async () => null,
  },
  'allow-grpc-js': {
    about: 'always allows, on @grpc/grpc-js',
    filter: 'ext_authz',
    inspects: false,
    argv: async ({ socket }) => [process.execPath, ALLOW_SERVER, 'grpc-js', socket],
  },
  'allow-http2': {
    about: "always allows, on Sluice's own transport",
    filter: 'ext_authz',
    inspects: false,
    argv: async ({ socket }) => [process.execPath, ALLOW_SERVER, 'http2', socket],
  },
  'allow-go': {
    about: 'always allows, on grpc-go',
    filter: 'ext_authz',
    inspects: false,
    argv: async ({ socket }) => [await goProgram('authz'), socket],
  },
  coraza: {
    about: 'Coraza with its prefilter, on grpc-go',
    filter: 'ext_authz',
    inspects: true,
    argv: async ({ socket, directory }) => {
      const file = directory.join('coraza.conf');
      writeFileSync(file, IN_MEMORY + peerRules('coraza', ruleSources(RULES)), 'latin1');
      return [await goProgram('authz'), socket, file];
    },
  },
  sluice: {
    about: 'Sluice, asked by ext_authz',
    filter: 'ext_authz',
    inspects: true,
    argv: async (where) => serveCommand({ name: 'sluice', ...where }),
  },
  'sluice-ext-proc': {
    about: 'Sluice, asked by ext_proc',
    filter: 'ext_proc',
    inspects: true,
    argv: async (where) => serveCommand({ name: 'sluice-ext-proc', ...where }),
  },
};

export const CONTENDER_NAMES = Object.keys(CONTENDERS) as readonly ServerContenderName[];

/** A contender that runs. */
export interface Running {
  readonly name: ServerContenderName;
  readonly filter: Filter;
  /** Empty for `none`. */
  readonly sockets: readonly string[];
  readonly process: ServerProcess | null;
  /** What it says of itself; empty where it says nothing. */
  readonly version: string;
}

/**
 * @param core the server's
 * @returns the contender, or in a word why it is left out
 * @throws BenchError BENCH_CONTENDER where it does not start
 */
export async function startContender(
  name: ServerContenderName,
  core: number,
  directory: TemporaryDirectory,
): Promise<Running | string> {
  const socket = directory.join(`${name}.sock`);
  const { filter } = CONTENDERS[name];
  const argv = await commandOf(name, { socket, directory });
  if (typeof argv === 'string') return argv;
  if (argv === null) return { name, filter, sockets: [], process: null, version: '' };
  // As the launcher starts Node; other programs do not look at it.
  const server = new ServerProcess({ name, argv, cores: [core], env: nodeEnvironment() });
  try {
    const { version = '' } = await server.ready();
    return { name, filter, sockets: [socket], process: server, version: String(version) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function commandOf(
  name: ServerContenderName,
  place: Place,
): Promise<readonly string[] | string | null> {
  try {
    return await CONTENDERS[name].argv(place);
  } catch (error) {
    if (error instanceof PeerError && error.code === 'PEER_UNAVAILABLE') return error.message;
    throw error;
  }
}
