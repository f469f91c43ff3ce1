/** `sluice policy …`: what the policies of a sluice.yaml say. */
import type { Command } from 'commander';
import type { PolicyExplainFlags } from '../policy-explain/command.ts';

const HELP = `
Examples:
  sluice policy explain -c sluice.yaml --to 10.1.2.3:8080
  sluice policy explain --policy shop --host admin.example.com --header 'X-Team: red'
  sluice policy explain --route cart --json`;

export function register(program: Command): void {
  program
    .command('policy')
    .description('look at policies')
    .command('explain')
    .description('say which policy a request has, why, what each setting is and where it is written')
    .option('-c, --config <file>', 'configuration', 'sluice.yaml')
    .option('--to <address:port>', 'where the request goes, as Envoy sees it')
    .option('--route <name>', "name of Envoy's route")
    .option('--virtual-host <name>', "name of Envoy's virtual host")
    .option('--policy <name>', "the policy that Envoy's configuration of the route names")
    .option('--client <address>', 'address of the client')
    .option('--host <name>', 'the Host that the client sends')
    .option('--header <line>', 'a header that the client sends, "Name: value"; once for each', collect)
    .option('--path <path>', 'the path that the client asks for, for policies that block in stages')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', HELP)
    .action(async (flags: PolicyExplainFlags) => {
      const { runPolicyExplain } = await import('../policy-explain/command.ts');
      process.exitCode = runPolicyExplain(flags, { stdout: process.stdout, variables: process.env });
    });
}

const collect = (line: string, before: readonly string[] = []): readonly string[] => [...before, line];
