/** Files from Maven's repositories, by Maven itself: its settings say which these are and how they are reached. */
import { createHash } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fetchWith } from './command.ts';
import { findProgram, installPackages } from './debian.ts';
import { SetupError } from './errors.ts';
import { PINS } from './pins.ts';

/** A zip by its coordinates, and the SHA-256 of its only accepted content. */
export interface ArtifactPin {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/**
 * Fetches an artefact into a folder that goes with it, Maven's own cache included: a hundred megabytes are kept once.
 *
 * @returns the path of the archive
 * @throws SetupError SETUP_FETCH_FAILED, SETUP_COMMAND_FAILED, SETUP_ROOT_NEEDED, SETUP_PACKAGES_MISSING
 */
export async function fetchArtifact(pin: ArtifactPin, directory: string): Promise<string> {
  if (findProgram('mvn') === undefined) await installPackages(['maven']);
  const { group, name, version } = pin;
  const what = `fetching ${name} ${version} with Maven`;
  const repository = join(directory, 'repository');
  const goal = `org.apache.maven.plugins:maven-dependency-plugin:${PINS.mavenDependency.version}:copy`;
  const argv = [
    'mvn',
    // Not --strict-checksums: mirrors need not have any. The pin decides.
    ...['--batch-mode', '--quiet', '--no-transfer-progress'],
    goal,
    `-Dartifact=${group}:${name}:${version}:zip`,
    `-DoutputDirectory=${directory}`,
    `-Dmaven.repo.local=${repository}`,
  ];
  const clean = (): void => rmSync(repository, { recursive: true, force: true });
  // A folder of a project above the present one would change what Maven does.
  await fetchWith(name, argv, { what, tool: 'mvn', cwd: directory, clean });
  clean();
  const archive = join(directory, `${name}-${version}.zip`);
  await checkDigest(archive, pin.sha256, what);
  return archive;
}

async function checkDigest(path: string, expected: string, what: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const digest = hash.digest('hex');
  if (digest === expected) return;
  throw new SetupError('SETUP_COMMAND_FAILED', {
    what,
    reason: `its SHA-256 is ${digest}`,
    remedy: 'Check where Maven fetches from; pins.ts holds the checksum that the release had.',
  });
}
