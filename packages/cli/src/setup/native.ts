import { existsSync, globSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { logPath, reasonIn, runCommand } from './command.ts';
import { SetupError } from './errors.ts';
import { nativePackages, repositoryRoot } from './paths.ts';
import { digestOf, stampIs, writeStamp } from './stamp.ts';
import type { SetupStep } from './step.ts';

/** The real file names of the libraries linked, which carry their versions, and the headers' version. */
function buildFacts(): readonly string[] {
  const names = 'lib{hs,re2,pcre2-8}.so';
  const libraries = globSync(`/usr/{lib,lib/*,local/lib}/${names}`).map((path) =>
    basename(realpathSync(path)),
  );
  const headers = join(repositoryRoot(), 'node_modules/node-api-headers/package.json');
  return [...libraries.sort(), existsSync(headers) ? readFileSync(headers, 'utf8') : ''];
}

interface NativePart {
  readonly directory: string;
  readonly script: string;
  readonly stamp: string;
}

function parts(): readonly NativePart[] {
  return nativePackages().map((directory) => ({
    directory,
    script: join(directory, 'native/build.sh'),
    stamp: join(directory, 'build/.stamp'),
  }));
}

const digest = (part: NativePart, facts: readonly string[]): string =>
  digestOf(join(part.directory, 'native'), facts);

function isBuilt(part: NativePart, facts: readonly string[]): boolean {
  const binaries = globSync('*.node', { cwd: join(part.directory, 'build') });
  return binaries.length > 0 && stampIs(part.stamp, digest(part, facts));
}

/** Throws SETUP_COMMAND_FAILED with the compiler's last line. */
async function build(part: NativePart, facts: readonly string[]): Promise<void> {
  const name = `native-${basename(part.directory)}`;
  rmSync(part.stamp, { force: true });
  const result = await runCommand(name, ['bash', part.script], { cwd: part.directory });
  if (result.status !== 0) {
    throw new SetupError('SETUP_COMMAND_FAILED', {
      what: `building ${part.script}`,
      reason: reasonIn(result.output),
      remedy: `Read ${logPath(name)}; after a change of system libraries, ./sluice doctor shows what is there.`,
    });
  }
  writeStamp(part.stamp, digest(part, facts));
}

export const nativeStep: SetupStep = {
  number: 4,
  name: 'native parts',
  isDone() {
    const facts = buildFacts();
    return parts().every((part) => isBuilt(part, facts));
  },
  async run() {
    const facts = buildFacts();
    const stale = parts().filter((part) => !isBuilt(part, facts));
    await Promise.all(stale.map((part) => build(part, facts)));
  },
};
