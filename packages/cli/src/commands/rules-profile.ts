/** `sluice rules profile`: what each rule costs, on one's own requests. */
import { type Command, InvalidArgumentError } from 'commander';
import type { RulesProfileFlags } from '../rules-profile/command.ts';
import { addRequestOptions, addRuleOptions, collect } from './request-options.ts';

const HELP = `
Examples:
  sluice rules profile --har session.har
  sluice rules profile --har session.har --rules mine.conf --level 2 --top 50
  sluice rules profile --raw requests/ -c sluice.yaml --policy shop --json
  sluice rules profile http://shop/login -d 'user=a&password=b'

Progress goes to standard error. Exit status: 0, 1 an error, 2 a wrong call.
docs/rules-profile.md tells what the figures mean.`;

/** Adds to `sluice rules`, which rules.ts makes. */
export function register(program: Command): void {
  const rules = program.commands.find((command) => command.name() === 'rules');
  if (rules === undefined) return;
  const command = rules
    .command('profile [url]')
    .description('tell what each rule costs these requests: time, how often it is asked, what it confirms')
    .option('--har <file>', 'all requests of a HAR file; once for each', collect)
    .option(
      '--raw <path>',
      'a request as it goes over the wire (- is standard input), or a folder of them; once for each',
      collect,
    );
  const data = addRequestOptions(command);
  addRuleOptions(command, '--level, --paranoia <level>');
  command
    .option('--top <count>', 'so many rules, the dearest (default: 20; all with --json)', wholeNumber)
    .option('--seconds <seconds>', 'measure so long, whole passes over all requests', positive, 2)
    .option('--json', 'print the profile as JSON')
    .addHelpText('after', HELP)
    .action(async (url: string | undefined, flags: Omit<RulesProfileFlags, 'data'>) => {
      const { runRulesProfile } = await import('../rules-profile/command.ts');
      const { stdout, stderr } = process;
      process.exitCode = runRulesProfile(url, { ...flags, data }, { stdout, stderr, variables: process.env });
    });
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number of at least 1');
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 3_600) return value;
  throw new InvalidArgumentError('expected a number above 0, of 3600 at most');
}
