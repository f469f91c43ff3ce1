/** `sluice node`: what runs on each node of a cluster beside the node agent and the server. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { NodeFlags } from '../node/run-node.ts';

const CRI_SOCKET = '/run/containerd/containerd.sock';
const AGENT_STATE = '/run/sluice/node-agent';

const HELP = `
It writes sluice.yaml with its rule files, then table.json, then who is behind which address (workloads.ndjson) into the folder, from which
\`sluice serve -c FOLDER/sluice.yaml\` and \`sluice node-agent run --table FOLDER/table.json\` take them over while they run; it probes what
is intercepted, and tells all of it in the status of the node's SluiceNode. What is in the folder stays in force without the API
server, and when this ends. docs/node.md has all of it.
Exit status: 0 told to end, 1 an error, 2 a wrong call.`;

const numberFrom =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : -1;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };

export function register(program: Command): void {
  const node = program
    .command('node')
    .description('bring what the controller has planned for a node to its agent and server');
  node
    .command('run')
    .description(
      'follow the SluiceNode of this node until it is told to stop; agent and server go on without it',
    )
    .requiredOption('--node <name>', 'name of the node, as Kubernetes has it')
    .requiredOption('--folder <directory>', 'folder that agent and server read from, kept over restarts')
    .requiredOption('--base <file>', 'sluice.yaml without the policies of the cluster')
    .option('-n, --namespace <name>', 'where Sluice itself runs, with the policies', 'sluice-system')
    .option('--kubeconfig <file>', "which cluster, as whom (KUBECONFIG, the pod's service account)")
    .option('--context <name>', 'of the kubeconfig, instead of the current one')
    .option(
      '--cri-socket <path>',
      "the container runtime's, which knows pods' network namespaces",
      CRI_SOCKET,
    )
    .option('--proc <directory>', "the node's /proc, for a runtime that names processes and no paths")
    .addOption(
      new Option(
        '--namespaces <directory>',
        'folder of network namespaces by UID of their pods, in place of a runtime',
      ).conflicts(['criSocket', 'proc']),
    )
    .option('--agent-state <directory>', "the node agent's folder, with its status", AGENT_STATE)
    .option('--processes <n>', 'processes of the server, as `sluice serve` has it', numberFrom(1, 64), 1)
    .option('--no-probe', 'do not probe what is intercepted')
    .option('--metrics-host <address>', 'of /metrics, /healthz and /readyz', '0.0.0.0')
    .option('--metrics-port <n>', 'their port; without it they are nowhere', numberFrom(0, 65_535))
    .addHelpText('after', HELP)
    .action(async (flags: NodeFlags) => {
      const { runNode } = await import('../node/run-node.ts');
      await runNode(flags);
    });
}
