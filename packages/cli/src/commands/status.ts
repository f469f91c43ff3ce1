/** `sluice status` and `sluice explain`: a cluster, seen from a terminal. */
import type { Command } from 'commander';
import type { ExplainServiceFlags } from '../explain/command.ts';
import type { StatusFlags } from '../status/command.ts';

const STATUS_HELP = `
Examples:
  sluice status
  sluice status -n shop --watch
  sluice status --json | jq '.services[] | select(.verdict != "Enforced")'

Of each Service that is selected, or that an annotation or a policy speaks of: by which policy, in which mode, on which pods and nodes a
probe has shown it enforced, and why not on others. All of it is read from the API server, with your rights; what you may not see is named.
docs/status.md has all of it. Exit status: 0 it was read, 1 an error, 2 a wrong call.`;

const EXPLAIN_HELP = `
Examples:
  sluice explain web -n shop
  sluice explain shop/web --hub https://hub.example:7480
  sluice explain shop/web --json

From the annotation to enforcement, step by step, with the reason and what to do. --hub shows what was and would have been blocked of late
(SLUICE_HUB_TOKEN is its token). docs/status.md has all of it. Exit status: 0 it was read, 1 an error, 2 a wrong call.`;

export function register(program: Command): void {
  const cluster = (name: string): Command =>
    program
      .command(name)
      .option('--system-namespace <name>', "Sluice's own", 'sluice-system')
      .option('--kubeconfig <file>', 'which cluster, as whom (KUBECONFIG, ~/.kube/config)')
      .option('--context <name>', 'of the kubeconfig, instead of the current one')
      .option('--json', 'print one JSON object');
  cluster('status')
    .description('what is selected in a cluster, by which policy, on which nodes it is enforced, and why not')
    .option('-n, --namespace <name>', 'only this one (all of them)')
    .option('--watch', 'go on, and show each change; with --json a line for each')
    .addHelpText('after', STATUS_HELP)
    .action(async (flags: StatusFlags) => {
      const { runStatus } = await import('../status/command.ts');
      const { openCluster } = await import('../cluster/session.ts');
      const { stdout, stderr, env } = process;
      const ending = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
      process.exitCode = await runStatus(flags, {
        ...{ stdout, stderr, variables: env, now: Date.now, cluster: openCluster, signal: ending.signal },
      });
    });
  cluster('explain')
    .argument('<service>', 'NAME, or NAMESPACE/NAME')
    .description('why a Service is, or is not, inspected: from the annotation to enforcement')
    .option('-n, --namespace <name>', "namespace (of the kubeconfig's context)")
    .option('--hub <address>', 'where events are: http(s)://HUB, sqlite:PATH or elasticsearch:URL')
    .option('--from <time>', 'how far back events are looked for', 'now-1d')
    .addHelpText('after', EXPLAIN_HELP)
    .action(async (service: string, flags: ExplainServiceFlags) => {
      const { runExplainService } = await import('../explain/command.ts');
      const { openCluster } = await import('../cluster/session.ts');
      const { openStore } = await import('../events/open-store.ts');
      const { stdout, stderr, env } = process;
      process.exitCode = await runExplainService(service, flags, {
        ...{ stdout, stderr, variables: env, now: Date.now, cluster: openCluster },
        open: (address) => openStore(address, env),
      });
    });
}
