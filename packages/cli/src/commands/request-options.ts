/** Options of commands that take a request in curl's style, and rules to judge it by. */
import { type Command, Option } from 'commander';
import type { DataPart } from '../inspect/curl.ts';

/** Flags that curl has and that change nothing of the request: a command copied from a browser works as it is. */
const IGNORED = [
  '--compressed',
  '-k, --insecure',
  '-s, --silent',
  '-S, --show-error',
  '-i, --include',
  '-L, --location',
];

export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** Adds them. The list that comes back fills with the pieces of a body, in the order of the command line. */
export function addRequestOptions(command: Command): readonly DataPart[] {
  const data: DataPart[] = [];
  const piece = (kind: DataPart['kind']) => (text: string) => {
    data.push({ kind, text });
    return data;
  };
  command
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
    .option('-u, --user <name:password>', 'Authorization header, Basic');
  for (const flags of IGNORED) command.addOption(new Option(flags).hideHelp());
  return data;
}

/** @param paranoia the flags of the paranoia level */
export function addRuleOptions(command: Command, paranoia = '--paranoia <level>'): void {
  command
    .option('--client <address>', 'address of the client', '127.0.0.1')
    .option('--rules <file>', 'a rule file on top of the others; once for each', collect)
    .option('--rules-before <file>', 'a rule file before the others; once for each', collect)
    .option('--no-crs', 'without the OWASP CRS')
    .option('-c, --config <file>', 'take a policy of this sluice.yaml')
    .option('--policy <name>', 'which policy of it (default: "default")')
    .addOption(
      new Option(paranoia, "paranoia level (default: 1, or the policy's)").choices(['1', '2', '3', '4']),
    )
    .option('--threshold <score>', "anomaly score that is denied (default: 5, or the policy's)")
    .addOption(
      new Option('--mode <mode>', "what a denied request meets (default: block, or the policy's)").choices([
        'block',
        'detect',
      ]),
    );
}
