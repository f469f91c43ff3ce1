/** `sluice rules update`: a newer CRS, tried on live traffic before it decides anything. */
import { type Command, InvalidArgumentError } from 'commander';
import type { RulesUpdateFlags } from '../rules-update/command.ts';

const HELP = `
Examples:
  sluice rules update --to 4.26.0                 what rules are new, gone and changed
  sluice rules update --to 4.26.0 --rehearse      and what it would do to the traffic of the next minute
  sluice rules update                             what the candidate has found so far
  sluice rules update --promote                   the candidate comes into force`;

/** Adds to `sluice rules`, which rules.ts makes. */
export function register(program: Command): void {
  program.commands
    .find((command) => command.name() === 'rules')
    ?.command('update')
    .description('try a newer CRS beside the one in force, see the difference, and promote it')
    .option('-c, --config <file>', 'configuration of the server', 'sluice.yaml')
    .option(
      '--to <version>',
      'a version of the CRS, fetched as a Go module and checked by its sum',
      readVersion,
    )
    .option('--dir <directory>', 'a CRS in a folder')
    .option('--rehearse', 'make it the candidate: the running server judges copies of requests by it')
    .option('--seconds <count>', 'how long to watch a rehearsal before it is shown', readSeconds, 60)
    .option('--promote', 'put it in force')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action(async (flags: RulesUpdateFlags) => {
      const { runRulesUpdate } = await import('../rules-update/command.ts');
      process.exitCode = await runRulesUpdate(flags, { stdout: process.stdout, stderr: process.stderr });
    });
}

function readVersion(text: string): string {
  const [, version] = /^v?(\d{1,4}\.\d{1,4}\.\d{1,4}(?:-[a-z0-9.]{1,32})?)$/.exec(text) ?? [];
  if (version === undefined) throw new InvalidArgumentError('a version such as 4.26.0');
  return version;
}

const SECONDS_MAX = 86_400;

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(`a number from 0 to ${SECONDS_MAX}`);
}
