/** `sluice inspect`: what the rules make of a request, and why. */
import type { Command } from 'commander';
import type { InspectFlags } from '../inspect/command.ts';
import { addRequestOptions, addRuleOptions } from './request-options.ts';

const HELP = `
Examples:
  sluice inspect 'http://shop/?q=union select committee meeting'
  sluice inspect http://shop/login -d 'user=a&password=b' -H 'X-Trace: 1' -b 'sid=1'
  sluice inspect --raw request.txt --paranoia 2
  sluice inspect --har session.har -c sluice.yaml --policy shop

Exit status: 0 the request passes, 4 it is denied or would be, 1 an error.
docs/inspect.md has the whole story.`;

export function register(program: Command): void {
  const command = program
    .command('inspect [url]')
    .description('judge one request, and tell the whole story rule by rule');
  const data = addRequestOptions(command);
  command
    .option('--raw <file>', 'a request as it goes over the wire, instead of a URL (- is standard input)')
    .option('--har <file>', 'all requests of a HAR file, instead of a URL');
  addRuleOptions(command);
  command
    .option('-v, --verbose', 'show all rules that matched and all values')
    .option('--json', 'print the story as JSON; a list for --har')
    .addHelpText('after', HELP);
  command.action(async (url: string | undefined, flags: Omit<InspectFlags, 'data'>) => {
    const { runInspect } = await import('../inspect/command.ts');
    process.exitCode = runInspect(
      url,
      { ...flags, data },
      { stdout: process.stdout, variables: process.env },
    );
  });
}
