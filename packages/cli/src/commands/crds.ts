/** `sluice crds …`: definitions of kinds. */
import type { Command } from 'commander';
import type { CrdsApplyFlags, CrdsPrintFlags } from '../crds/command.ts';

const HELP = `
Examples:
  sluice crds print | kubectl apply --server-side -f -
  sluice crds apply --calico

Calico's definitions are applied only where no API server and no definition of somebody else's serves their group. The controller does
the same when it starts.`;

export function register(program: Command): void {
  const crds = program
    .command('crds')
    .description("definitions of Sluice's kinds, and of those of Calico that it reads");
  crds
    .command('print')
    .description('print them as YAML')
    .option('--calico', "Calico's, too")
    .addHelpText('after', HELP)
    .action(async (flags: CrdsPrintFlags) => {
      const { runCrdsPrint } = await import('../crds/command.ts');
      runCrdsPrint(flags, process.stdout);
    });
  crds
    .command('apply')
    .description('apply them, and wait until they are served')
    .option('--calico', "Calico's, too, where nobody else has them")
    .option('--kubeconfig <file>', 'which cluster; $KUBECONFIG or ~/.kube/config without')
    .option('--context <name>', 'of the kubeconfig')
    .addHelpText('after', HELP)
    .action(async (flags: CrdsApplyFlags) => {
      const { runCrdsApply } = await import('../crds/command.ts');
      await runCrdsApply(flags, process.stdout);
    });
}
