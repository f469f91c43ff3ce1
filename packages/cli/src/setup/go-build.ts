/** Builds a program from Go modules, for tests and comparisons, as the step's own files pin them. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fetchWith } from './command.ts';
import { findCompiler } from './go-compiler.ts';

/** Compilers at once; one of Kubernetes' larger packages alone takes 2 GB. */
const COMPILERS_MAX = 4;

export interface GoBuild {
  /** For people: `building Helm 4 with Go`. */
  readonly what: string;
  /** Name of the log. */
  readonly log: string;
  /** What the go.mod asks for, 26 for Go 1.26. */
  readonly minorMin: number;
  /** The folder with go.mod and go.sum. */
  readonly sources: string;
  /** Of the build, which its caches go with: they are gigabytes. */
  readonly directory: string;
  readonly flags: readonly string[];
  /** A file, or a folder where it ends with a slash. */
  readonly output: string;
  readonly packages: readonly string[];
}

/** @throws SetupError SETUP_FETCH_FAILED, SETUP_COMMAND_FAILED */
export async function buildWithGo(build: GoBuild): Promise<void> {
  const { what, log, sources, directory, flags, output, packages } = build;
  const go = await findCompiler(build.minorMin, log);
  const parallel = String(Math.min(COMPILERS_MAX, availableParallelism()));
  await fetchWith(log, [go.path, 'build', '-p', parallel, ...flags, '-o', output, ...packages], {
    what,
    tool: 'go',
    cwd: sources,
    env: {
      GOCACHE: join(directory, 'build'),
      GOMODCACHE: join(directory, 'modules'),
      // A user's flags and workspaces must not change what this is; modules are unpacked so that they can be removed.
      ...{ GOFLAGS: '-mod=readonly -buildvcs=false -modcacherw', GOWORK: 'off', GOTOOLCHAIN: 'local' },
      CGO_ENABLED: '0',
    },
  });
}
