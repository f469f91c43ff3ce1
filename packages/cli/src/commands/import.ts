/** `sluice import …`: what others have written, as objects of ours. */
import type { Command } from 'commander';
import type { ImportCalicoFlags } from '../import-calico/command.ts';

const HELP = `
Examples:
  sluice import calico application-layer.yaml policies.yaml > sluice.yaml
  kubectl get applicationlayers,globalalerts,wafpolicies.applicationlayer.projectcalico.org -A -o yaml | sluice import calico -
  sluice import calico policies.yaml --json | jq .reports

Prints objects that kubectl apply takes, with a comment for each field that is not honoured. Nothing is changed in a cluster.
Exit status: 0, 1 where nothing comes of an object or a file cannot be read, 2 a wrong call. docs/calico.md has every field.`;

export function register(program: Command): void {
  program
    .command('import')
    .description('translate what others have written')
    .command('calico <file...>')
    .description(
      "translate Calico's ApplicationLayer, GlobalAlert, WAF policies and plugins; - is standard input",
    )
    .option('--json', 'print objects and reports as JSON')
    .option(
      '--system-namespace <name>',
      'where RuleSets and alerts of the cluster will stand',
      'sluice-system',
    )
    .addHelpText('after', HELP)
    .action(async (files: readonly string[], flags: ImportCalicoFlags) => {
      const { runImportCalico } = await import('../import-calico/command.ts');
      process.exitCode = runImportCalico(files, flags, process.stdout);
    });
}
