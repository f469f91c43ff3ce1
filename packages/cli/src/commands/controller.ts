/** `sluice controller`: what runs in the cluster and tells nodes what to do. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ControllerFlags } from '../controller/run.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

const HELP = `
Of several one writes, by a Lease; all answer the webhook. What the API server does not let it do is said with the right that is missing; the
rights that it needs are those of the chart (deploy/chart/sluice/templates/controller-rbac.yaml).

HTTP for operators, on --metrics-port: /metrics, /healthz (it runs), /readyz (it knows the cluster, and answers the webhook), with what is
missing. The log is JSON, a line each, on standard error. SIGTERM gives the Lease back, answers what the API server still asks, and ends.`;

export function register(program: Command): void {
  const controller = program
    .command('controller')
    .description('turn what a cluster says into tables and policies of nodes');
  controller
    .command('run')
    .description('watch a cluster, plan, and write what nodes do, until it is told to stop')
    .option('--namespace <name>', 'where Sluice runs: of the Lease and of policies', 'sluice-system')
    .option('--metrics-port <port>', 'HTTP for operators (0: any that is free)', port, 9193)
    .option('--webhook-port <port>', 'HTTPS for the API server (0: any that is free)', port, 9443)
    .option('--webhook-service <name>', 'Service by which the API server reaches the webhook')
    .option('--webhook-url <url>', 'address by which it does, outside of a cluster: https://HOST:PORT')
    .option('--no-webhook', 'let the API server take what is wrong; conditions say so afterwards')
    .option('--no-calico', "neither install nor read Calico's kinds")
    .option('--no-quarantine', 'do not end quarantines, nor restore their policies')
    .option('--rules <folder>', 'the CRS that RuleSets are judged on (the one that Sluice brings)')
    .option('--hub <url>', 'where nodes deliver, for what quarantine did: https://HOST:7443')
    .option('--hub-tls <folder>', 'ca.crt, tls.crt and tls.key: a certificate of a node, for --hub')
    .option('--hub-token <file>', 'a token of Kubernetes that is for the hub, where it asks for one')
    .option('--lease-name <name>', 'one for all controllers of an installation', 'sluice-controller')
    .option('--drain-seconds <n>', 'how long the webhook answers after a signal', seconds, 5)
    .option('--kubeconfig <file>', 'which cluster, as whom (KUBECONFIG, the service account, ~/.kube/config)')
    .option('--context <name>', 'of the kubeconfig, instead of the current one')
    .addOption(new Option('--log-level <level>', 'of the log').choices(LOG_LEVELS).default('info'))
    .addHelpText('after', HELP)
    .action(async (flags: ControllerFlags) => {
      const { runController } = await import('../controller/run.ts');
      await runController(flags);
    });
}

function wholeTo(text: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= most) return number;
  throw new InvalidArgumentError(`Give a whole number from 0 to ${most}.`);
}

const port = (text: string): number => wholeTo(text, 65_535);
const seconds = (text: string): number => wholeTo(text, 3_600);
