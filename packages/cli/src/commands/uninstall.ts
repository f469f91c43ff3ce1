/** `sluice uninstall`: undoes in a cluster what Sluice has changed there, before its own objects go. */
import { type Command, InvalidArgumentError } from 'commander';
import type { UninstallFlags } from '../uninstall/command.ts';

const HELP = `
Examples:
  sluice uninstall -n sluice-system

The chart's hook runs it when the release is deleted (\`uninstall.cleanUp\`). In this order: the controller ends, the webhook is
removed, nodes release what they intercept and say so, connections through Envoy have time to end, and what the controller has written is
removed. Policies, definitions of kinds, events and pods in quarantine stay; docs/kubernetes.md says how to remove them.
Exit status: 0 done, 1 a node has not released in time or an error, 2 a wrong call.`;

/** A whole number of seconds, up to an hour. */
function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d{1,4}$/.test(text) || value > 3_600)
    throw new InvalidArgumentError('Give seconds from 0 to 3600.');
  return value;
}

export function register(program: Command): void {
  program
    .command('uninstall')
    .description('have all nodes release what they intercept, and remove what the controller wrote')
    .option('-n, --namespace <name>', "Sluice's own", 'sluice-system')
    .option('--deployment <name>', "the controller's Deployment", 'sluice-controller')
    .option('--lease-name <name>', 'as of `sluice controller run`', 'sluice-controller')
    .option('--drain-seconds <n>', 'time for connections to end by themselves', seconds, 30)
    .option('--timeout-seconds <n>', 'for the controller to end, and for nodes to release', seconds, 180)
    .option('--kubeconfig <file>', 'which cluster, as whom (KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'of the kubeconfig, instead of the current one')
    .addHelpText('after', HELP)
    .action(async (flags: UninstallFlags) => {
      const { runUninstall } = await import('../uninstall/command.ts');
      await runUninstall(flags, process.stdout, process.stderr);
    });
}
