/** `sluice rules profile`, as the command line calls it. */
import { styleFor } from '../inspect/render-value.ts';
import { loadInspectRules, type RuleFlags } from '../inspect/rules.ts';
import { EXIT } from '../setup/errors.ts';
import { measure } from './measure.ts';
import { profileOf } from './profile.ts';
import { renderProfile } from './render.ts';
import { type RequestFlags, readRequests } from './requests.ts';

export interface RulesProfileFlags extends RequestFlags, RuleFlags {
  /** Rules in the table; absent for the usual number there, and all in JSON. */
  readonly top?: number;
  readonly seconds: number;
  readonly json?: true;
}

export interface RulesProfileEnvironment {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown };
  readonly variables: NodeJS.ProcessEnv;
}

const TOP = 20;

/**
 * Prints what each rule costs these requests.
 *
 * @returns the exit code
 * @throws RulesProfileError, InspectError, and the coded errors of rules, policies and set-up
 */
export function runRulesProfile(
  url: string | undefined,
  flags: RulesProfileFlags,
  { stdout, stderr, variables }: RulesProfileEnvironment,
): number {
  const requests = readRequests(url, flags);
  const rules = loadInspectRules(flags, { ownLevel: true });
  const onProgress = (line: string): void => {
    stderr.write(`${line}\n`);
  };
  const measured = measure(rules, requests, { seconds: flags.seconds, onProgress });
  const profile = profileOf(rules.policy, measured);
  const text = flags.json
    ? JSON.stringify({ ...profile, rules: profile.rules.slice(0, flags.top) }, null, 2)
    : renderProfile(profile, flags.top ?? TOP, styleFor(stdout, variables)).trimEnd();
  stdout.write(`${text}\n`);
  return EXIT.ok;
}
