/** `sluice quarantine`: cuts pods off, and lets them go. */
import { hostname } from 'node:os';
import type { Command } from 'commander';
import type { QuarantineFlags } from '../quarantine/command.ts';

const HELP = `
Examples:
  sluice quarantine web-7d9f-x2x -n shop --reason 'it scans its neighbours' --for 2h
  sluice quarantine shop/web-7d9f-x2x --dry-run
  sluice quarantine --event 01JD3Z7Q9C0000000000000000 --store https://hub.example:9443
  sluice quarantine shop/web-7d9f-x2x --undo
  sluice quarantine --list

A label on the pod and a NetworkPolicy deny all that comes and goes, until the time is over. Gateways, proxies, nodes and system
namespaces are never taken. You act with the rights of your kubeconfig. docs/quarantine.md has all of it.
Exit status: 0 done, 1 a pod was refused or an error, 2 a wrong call.`;

export function register(program: Command): void {
  program
    .command('quarantine [pods...]')
    .description('cut pods off from the network, for a time, and let them go')
    .option('-n, --namespace <name>', "namespace (of the kubeconfig's context; --list: all)")
    .option('--event <id>', 'the pod that sent the request of this event')
    .option('--store <address>', 'where the event is: sqlite:PATH, http(s)://HUB or elasticsearch:URL')
    .option('--reason <text>', 'why, for whoever looks later')
    .option('--for <time>', 'how long: 90s, 15m, 1h, 2d (the installation says, 1h unless it does)')
    .option('--force', 'take the last ready pod of a workload, too')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--undo', 'let them go')
    .option('--list', 'show who is in quarantine, and who is proposed')
    .option('--system-namespace <name>', "Sluice's own, where proposals are", 'sluice-system')
    .option('--kubeconfig <file>', 'which cluster, as whom (KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'of the kubeconfig, instead of the current one')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async (pods: readonly string[], flags: QuarantineFlags) => {
      const { runQuarantine } = await import('../quarantine/command.ts');
      const { openCluster } = await import('../cluster/session.ts');
      const { openStore } = await import('../events/open-store.ts');
      const { stdout, stderr, env } = process;
      process.exitCode = await runQuarantine(pods, flags, {
        ...{ stdout, stderr, variables: env, now: Date.now, host: hostname(), cluster: openCluster },
        open: (address) => openStore(address, env),
      });
    });
}
