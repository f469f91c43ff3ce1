/** `sluice envoy doctor`, as the command line calls it. */
import { type Diagnosis, diagnose, type Finding } from '@sluice/envoy-config';
import { type Style, styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { adminAddress, readAdmin, readDocument } from './read.ts';

export interface EnvoyDoctorFlags {
  readonly envoyVersion?: string;
  readonly strict?: true;
  readonly json?: true;
}

export interface EnvoyDoctorEnvironment {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly variables: NodeJS.ProcessEnv;
}

/**
 * @returns the exit code: 1 where there is an error, with --strict also where there is a warning
 * @throws CallError ENVOY_UNREADABLE, EnvoyConfigError ENVOY_DOCUMENT
 */
export async function runEnvoyDoctor(
  target: string,
  flags: EnvoyDoctorFlags,
  { stdout, variables }: EnvoyDoctorEnvironment,
): Promise<number> {
  const diagnosis = await examine(target, flags.envoyVersion);
  const failed = diagnosis.findings.some(({ severity }) => severity === 'error' || flags.strict === true);
  if (flags.json) stdout.write(`${JSON.stringify({ target, failed, ...diagnosis }, null, 2)}\n`);
  else stdout.write(render(target, diagnosis, styleFor(stdout, variables)));
  return failed ? EXIT.failed : EXIT.ok;
}

async function examine(target: string, given: string | undefined): Promise<Diagnosis> {
  const address = adminAddress(target);
  if (address === null) {
    return diagnose(readDocument(target), given === undefined ? {} : { version: given });
  }
  const { document, version } = await readAdmin(address);
  return diagnose(document, { version: given ?? version });
}

function render(target: string, { findings, listeners, clusters, version }: Diagnosis, style: Style): string {
  const envoy = version === '' ? '' : `, Envoy ${version}`;
  const seen = `${target}: ${count(listeners, 'listener')}, ${count(clusters, 'cluster')}${envoy}`;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const summary =
    findings.length === 0
      ? style.green('Nothing found.')
      : `${count(errors, 'error')}, ${count(findings.length - errors, 'warning')}`;
  return `${[seen, ...findings.flatMap((finding) => ['', ...renderFinding(finding, style)]), '', summary].join('\n')}\n`;
}

function renderFinding({ code, severity, place, message, remedy }: Finding, style: Style): readonly string[] {
  const word = severity === 'error' ? style.red('error') : style.yellow('warning');
  return [`${word} ${style.bold(code)}: ${message}`, style.dim(`  at ${place}`), `  ${remedy}`];
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
