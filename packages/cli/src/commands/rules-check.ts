/** `sluice rules check`: all that is wrong in rule files, and what is odd. */
import type { Command } from 'commander';
import type { RulesCheckFlags } from '../rules-check/command.ts';

const HELP = `
Examples:
  sluice rules check rules/                  files that end in .conf, to the depth
  sluice rules check exclusions.conf --crs   on top of the OWASP CRS
  sluice rules check rules/ --strict --json  for a pipeline

Exit status: 0 without errors, 1 with errors (--strict: or warnings), 2 a wrong call.
docs/rules-check.md lists the warnings.`;

/** Adds to `sluice rules`, which rules.ts makes. */
export function register(program: Command): void {
  program.commands
    .find((command) => command.name() === 'rules')
    ?.command('check <path...>')
    .description('report all errors of rule files, and warn of what is slow, dead or dangerous')
    .option(
      '--crs [directory]',
      'check them on top of the OWASP CRS: the pinned one, or the one in the directory',
    )
    .option('--strict', 'let warnings fail the command')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action(async (paths: readonly string[], flags: RulesCheckFlags) => {
      const { runRulesCheck } = await import('../rules-check/command.ts');
      process.exitCode = runRulesCheck(paths, flags, { stdout: process.stdout, variables: process.env });
    });
}
