import { existsSync, globSync, realpathSync } from 'node:fs';
import { runCommand } from '../setup/command.ts';
import { findProgram } from '../setup/debian.ts';
import { STEPS } from '../setup/needs.ts';
import { cacheDirectory, envoyPath } from '../setup/paths.ts';
import { PINS } from '../setup/pins.ts';

/** What a machine has. A version is null where the thing is missing or does not tell. */
export interface DoctorReport {
  readonly ready: boolean;
  readonly cache: string;
  readonly versions: Readonly<Record<string, string | null>>;
  /** Names of set-up steps that have still to run. */
  readonly missing: readonly string[];
}

/** The version in a shared library's real file name: libhs.so.5.4.0 is 5.4.0. */
function libraryVersion(name: string): string | null {
  const [link] = globSync(`/usr/{lib,lib/*,local/lib}/${name}.so`);
  if (link === undefined) return null;
  return /\.so\.([\d.]+)$/.exec(realpathSync(link))?.[1] ?? null;
}

/** The package's version where dpkg knows it: some libraries' file names carry an ABI number only. */
async function packageVersion(name: string): Promise<string | null> {
  if (findProgram('dpkg-query') === undefined) return null;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is dpkg's placeholder, not ours
  const answer = await runCommand('doctor', ['dpkg-query', '-W', '-f', '${Version}', name]);
  return answer.status === 0 && answer.stdout !== '' ? answer.stdout : null;
}

async function programVersion(argv: readonly string[], pattern: RegExp): Promise<string | null> {
  const answer = await runCommand('doctor', argv);
  return answer.status === 0 ? (pattern.exec(answer.output)?.[1] ?? null) : null;
}

export async function examine(): Promise<DoctorReport> {
  const missing = STEPS.filter((step) => !step.isDone()).map((step) => step.name);
  const hasCrs = !missing.some((name) => name.startsWith('OWASP'));
  const [re2, pcre2, modsecurity, envoy, compiler, go] = await Promise.all([
    packageVersion('libre2-dev'),
    packageVersion('libpcre2-dev'),
    packageVersion('libmodsecurity-dev'),
    existsSync(envoyPath()) ? programVersion([envoyPath(), '--version'], /\/(\d+\.\d+\.\d+)\//) : null,
    programVersion(['g++', '--version'], /(\d+\.\d+\.\d+)/),
    programVersion(['go', 'version'], /go(\d+\.\d+(?:\.\d+)?)/),
  ]);
  const versions = {
    node: process.versions.node,
    hyperscan: libraryVersion('libhs'),
    re2: re2 ?? libraryVersion('libre2'),
    pcre2: pcre2 ?? libraryVersion('libpcre2-8'),
    libmodsecurity: modsecurity ?? libraryVersion('libmodsecurity'),
    envoy,
    crs: hasCrs ? PINS.crs.version : null,
    'g++': compiler,
    go,
  };
  return { ready: missing.length === 0, cache: cacheDirectory(), versions, missing };
}

export function formatReport(report: DoctorReport): string {
  const lines = Object.entries(report.versions).map(
    ([name, version]) => `${name.padEnd(15)} ${version ?? '-'}`,
  );
  lines.push(`${'cache'.padEnd(15)} ${report.cache}`);
  const last = report.ready
    ? 'Everything is in place.'
    : `Missing: ${report.missing.join('; ')}. Remedy: ./sluice setup`;
  return `${[...lines, last].join('\n')}\n`;
}
