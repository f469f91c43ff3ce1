/** `sluice probe`: is enforcement on? */
import type { Command } from 'commander';
import type { ProbeFlags } from '../probe/command.ts';

const HELP = `
Two requests go to the URL: a clean one, and one with an SQL injection in the query that no database would run. Both
carry the header x-sluice-probe, which labels what Sluice tells of them and changes no verdict.

Exit status: 0 enforced, 4 not enforced, 1 it cannot be told (nobody answers, or errors only).
docs/envoy.md has the answers in full.`;

export function register(program: Command): void {
  program
    .command('probe <url>')
    .description('send a clean request and an attack, and say whether enforcement is really on')
    .option('-H, --header <line>', 'header field for both, "Name: value"; once for each', collect)
    .option('-k, --insecure', 'take any certificate')
    .option('--timeout <milliseconds>', 'for each request', '10000')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async (url: string, flags: ProbeFlags) => {
      const { runProbe } = await import('../probe/command.ts');
      process.exitCode = await runProbe(url, flags, { stdout: process.stdout, variables: process.env });
    });
}

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
