/** `sluice rules check`, as the command line calls it. */
import { checkRuleFiles } from '@sluice/engine';
import { styleFor } from '../inspect/render-value.ts';
import { baseFiles } from '../serve/base-files.ts';
import { EXIT } from '../setup/errors.ts';
import { filesOf } from './files.ts';
import { renderReport, reportToJson } from './report.ts';
import { warningsOf } from './warnings.ts';

export interface RulesCheckFlags {
  /** True for the CRS that Sluice brings. */
  readonly crs?: string | true;
  readonly strict?: true;
  readonly json?: true;
}

export interface RulesCheckEnvironment {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly variables: NodeJS.ProcessEnv;
}

/**
 * Checks rule files and prints what is wrong and what is odd.
 *
 * @returns the exit code: 1 where there is an error, with --strict also where there is a warning
 * @throws RulesCheckError, and the coded errors of the CRS's own files and of set-up
 */
export function runRulesCheck(
  paths: readonly string[],
  flags: RulesCheckFlags,
  { stdout, variables }: RulesCheckEnvironment,
): number {
  const { rules, data } = filesOf(paths);
  const check = checkRuleFiles(rules, { base: baseOf(flags.crs) });
  const warnings = warningsOf(check, data);
  const report = { check, warnings };
  stdout.write(
    flags.json
      ? `${JSON.stringify(reportToJson(report), null, 2)}\n`
      : renderReport(report, styleFor(stdout, variables)),
  );
  const failed = check.errors.length > 0 || (flags.strict === true && warnings.length > 0);
  return failed ? EXIT.failed : EXIT.ok;
}

function baseOf(crs: string | true | undefined): readonly string[] {
  return crs === undefined ? [] : baseFiles({ crs: true, directory: crs === true ? null : crs });
}
