/** `sluice inspect`: what the rules make of a request, and why. */
import { type Command, Option } from 'commander';
import type { InspectFlags } from '../inspect/command.ts';
import type { DataPart } from '../inspect/curl.ts';

const HELP = `
Examples:
  sluice inspect 'http://shop/?q=union select committee meeting'
  sluice inspect http://shop/login -d 'user=a&password=b' -H 'X-Trace: 1' -b 'sid=1'
  sluice inspect --raw request.txt --paranoia 2
  sluice inspect --har session.har -c sluice.yaml --policy shop

Exit status: 0 the request passes, 4 it is denied or would be, 1 an error.
docs/inspect.md has the whole story.`;

/** Flags that curl has and that change nothing of the request: a command copied from a browser works as it is. */
const IGNORED = [
  '--compressed',
  '-k, --insecure',
  '-s, --silent',
  '-S, --show-error',
  '-i, --include',
  '-L, --location',
];

export function register(program: Command): void {
  const data: DataPart[] = [];
  const piece = (kind: DataPart['kind']) => (text: string) => {
    data.push({ kind, text });
    return data;
  };
  const collect = (text: string, before: readonly string[] = []) => [...before, text];
  const command = program
    .command('inspect [url]')
    .description('judge one request, and tell the whole story rule by rule')
    .option('-X, --request <method>', 'request method')
    .option('-H, --header <line>', 'header field, "Name: value"; once for each', collect)
    .option('-d, --data <data>', 'body as a form, @FILE reads one (- is standard input)', piece('data'))
    .option('--data-raw <data>', 'the same without @', piece('raw'))
    .option('--data-binary <data>', 'the same with @FILE as it is', piece('binary'))
    .option(
      '--data-urlencode <data>',
      'encoded: content, name=content, @FILE or name@FILE',
      piece('urlencode'),
    )
    .option('-F, --form <field>', 'multipart field: name=value, name=@FILE;type=T;filename=N', collect)
    .option('-G, --get', 'put the data into the query')
    .option('-I, --head', 'method HEAD')
    .option('-b, --cookie <cookies>', 'Cookie header, "a=1; b=2"')
    .option('-A, --user-agent <text>', 'User-Agent header')
    .option('-e, --referer <url>', 'Referer header')
    .option('-u, --user <name:password>', 'Authorization header, Basic')
    .option('--raw <file>', 'a request as it goes over the wire, instead of a URL (- is standard input)')
    .option('--har <file>', 'all requests of a HAR file, instead of a URL')
    .option('--client <address>', 'address of the client', '127.0.0.1')
    .option('--rules <file>', 'a rule file on top of the others; once for each', collect)
    .option('--rules-before <file>', 'a rule file before the others; once for each', collect)
    .option('--no-crs', 'without the OWASP CRS')
    .option('-c, --config <file>', 'take a policy of this sluice.yaml')
    .option('--policy <name>', 'which policy of it (default: "default")')
    .addOption(
      new Option('--paranoia <level>', "paranoia level (default: 1, or the policy's)").choices([
        '1',
        '2',
        '3',
        '4',
      ]),
    )
    .option('--threshold <score>', "anomaly score that is denied (default: 5, or the policy's)")
    .addOption(
      new Option('--mode <mode>', "what a denied request meets (default: block, or the policy's)").choices([
        'block',
        'detect',
      ]),
    )
    .option('-v, --verbose', 'show all rules that matched and all values')
    .option('--json', 'print the story as JSON; a list for --har')
    .addHelpText('after', HELP);
  for (const flags of IGNORED) command.addOption(new Option(flags).hideHelp());
  command.action(async (url: string | undefined, flags: Omit<InspectFlags, 'data'>) => {
    const { runInspect } = await import('../inspect/command.ts');
    process.exitCode = runInspect(
      url,
      { ...flags, data },
      { stdout: process.stdout, variables: process.env },
    );
  });
}
