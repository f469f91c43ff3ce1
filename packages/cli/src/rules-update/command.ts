/** `sluice rules update`, as the command line calls it. */
import { resolve } from 'node:path';
import { type Config, loadConfig, type RehearsalReport } from '@sluice/server';
import { baseFiles } from '../serve/base-files.ts';
import { EXIT } from '../setup/errors.ts';
import { compareRules } from './compare.ts';
import { editRules, replaceFile } from './edit.ts';
import { RulesUpdateError } from './errors.ts';
import { fetchCrs } from './fetch.ts';
import { renderUpdate, type UpdateResult } from './render.ts';
import { awaitReload, candidateReport, rehearse } from './watch.ts';

export interface RulesUpdateFlags {
  readonly config: string;
  readonly to?: string;
  readonly dir?: string;
  readonly rehearse?: true;
  readonly seconds: number;
  readonly promote?: true;
  readonly json?: true;
}

export interface RulesUpdateEnvironment {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

interface Candidate {
  readonly directory: string;
  readonly version: string | null;
  readonly sum: string | null;
}

/**
 * @returns the exit code: failed where the candidate is refused
 * @throws RulesUpdateError, and the coded errors of configuration, rules and set-up
 */
export async function runRulesUpdate(
  flags: RulesUpdateFlags,
  { stdout, stderr }: RulesUpdateEnvironment,
): Promise<number> {
  const config = loadConfig(flags.config);
  if (!config.rules.crs) throw wrong('this configuration runs without the CRS (rules.crs: false)');
  const candidate = await candidateOf(flags, config);
  const files = baseFiles({ crs: true, directory: candidate.directory });
  const rules = compareRules(baseFiles(config.rules), files);
  const rehearsal = await rehearsalOf(flags, config, candidate, (line) => stderr.write(`${line}\n`));
  const promoted = flags.promote === true;
  if (promoted) await promote(flags.config, config, { candidate, rehearsal });
  const result: UpdateResult = { ...candidate, rules, rehearsal, promoted };
  stdout.write(flags.json ? `${JSON.stringify(result, null, 2)}\n` : renderUpdate(result));
  return rehearsal?.state === 'refused' ? EXIT.failed : EXIT.ok;
}

const wrong = (reason: string): RulesUpdateError => new RulesUpdateError('RULES_UPDATE_CALL', { reason });

/** What is named, or what the configuration rehearses. */
async function candidateOf({ to, dir }: RulesUpdateFlags, { rules }: Config): Promise<Candidate> {
  if (to !== undefined && dir !== undefined) throw wrong('--to and --dir name two candidates');
  if (dir !== undefined) return { directory: resolve(dir), version: null, sum: null };
  if (to !== undefined) {
    const { directory, version, sum } = await fetchCrs(to);
    return { directory, version, sum };
  }
  if (rules.candidate === null) throw wrong('there is no candidate: give --to VERSION or --dir DIRECTORY');
  return { directory: rules.candidate, version: null, sum: null };
}

const commentOf = ({ version, sum }: Candidate): string =>
  version === null ? '' : `OWASP CRS ${version} ${sum}`;

async function rehearsalOf(
  flags: RulesUpdateFlags,
  config: Config,
  candidate: Candidate,
  tell: (line: string) => void,
): Promise<RehearsalReport | null> {
  const { directory } = candidate;
  if (flags.rehearse === true) {
    if (config.rules.candidate === directory) return candidateReport(config);
    const sinceMillis = Date.now();
    editRules(flags.config, { candidate: directory, comment: commentOf(candidate) });
    return rehearse(config, directory, { sinceMillis, seconds: flags.seconds }, tell);
  }
  if (config.rules.candidate !== directory) return null;
  try {
    const report = await candidateReport(config);
    return report?.directory === directory ? report : null;
  } catch (error) {
    // Promoting needs no running server.
    if (error instanceof RulesUpdateError && flags.promote === true) return null;
    throw error;
  }
}

/** A running server has the last word: where it refuses the rules, the file is as it was. */
async function promote(
  path: string,
  config: Config,
  { candidate, rehearsal }: { readonly candidate: Candidate; readonly rehearsal: RehearsalReport | null },
): Promise<void> {
  const { directory } = candidate;
  const refuse = (reason: string): never => {
    throw new RulesUpdateError('RULES_UPDATE_REFUSED', { directory, reason });
  };
  if (rehearsal?.state === 'refused') refuse(rehearsal.reason);
  const sinceMillis = Date.now();
  const former = editRules(path, { candidate: null, directory, comment: commentOf(candidate) });
  // Without a rehearsal there may be no server, and the file is for the next start.
  if (rehearsal === null) return;
  const { outcome, reason } = await awaitReload(config, sinceMillis);
  if (outcome !== 'refused' && outcome !== 'failed') return;
  replaceFile(path, former);
  refuse(reason);
}
