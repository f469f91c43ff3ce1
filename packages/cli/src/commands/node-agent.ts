/** `sluice node-agent`: brings what selected pods receive to the node's Envoy. */
import { type Command, InvalidArgumentError } from 'commander';

const STATE_DIRECTORY = '/run/sluice/node-agent';

/** A whole number of at least 1. */
function positive(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 to 999999.');
  return Number(text);
}

interface StateFlags {
  readonly state: string;
}

interface RunFlags extends StateFlags {
  readonly table: string;
  readonly node?: string;
  readonly envoy?: string;
  readonly concurrency?: number;
  readonly drainSeconds?: number;
  readonly takeOver?: true;
  readonly leaveOnExit?: true;
  readonly readyFile?: string;
}

export function register(program: Command): void {
  const agent = program
    .command('node-agent')
    .description(
      "bring what selected pods receive to the node's Envoy, from inside their network namespaces",
    );
  const state = [
    '--state <directory>',
    'where the agent keeps what the next one has to know',
    STATE_DIRECTORY,
  ] as const;
  agent
    .command('run')
    .description('follow a table of pods until it is told to stop; Envoy and the pods go on without it')
    .requiredOption('--table <file>', 'pods, ports and policies (YAML or JSON), replaced by rename')
    .option(...state)
    .option('--node <name>', "name of the node, in Envoy's log (the host's name)")
    .option('--envoy <binary>', 'Envoy to run; another one than before is handed over to')
    .option('--concurrency <n>', "Envoy's worker threads", positive)
    .option('--drain-seconds <n>', 'time for connections to end by themselves', positive)
    .option('--take-over', 'have an agent that runs on the same folder yield, also one of another container')
    .option('--leave-on-exit', 'end Envoy with the agent: what fails open goes to the workloads before')
    .option('--ready-file <file>', "there while all that is selected is led to this container's own Envoy")
    .action(async (flags: RunFlags) => {
      const { runNodeAgent } = await import('../node-agent/run.ts');
      await runNodeAgent(flags);
    });
  agent
    .command('status')
    .description('show what is intercepted, and what cannot be')
    .option(...state)
    .option('--json', 'print one JSON object')
    .action(async (flags: StateFlags & { readonly json?: true }) => {
      const { showStatus } = await import('../node-agent/status.ts');
      process.exitCode = showStatus(flags.state, flags.json === true);
    });
  agent
    .command('hand-over')
    .description('replace the running Envoy by a new one without failing a request')
    .option(...state)
    .action(async (flags: StateFlags) => {
      const { handOver } = await import('../node-agent/run.ts');
      await handOver(flags.state);
    });
  agent
    .command('uninstall')
    .description('stop agent and Envoy, and leave no trace in any pod')
    .option(...state)
    .option('--drain-seconds <n>', 'time for connections to end by themselves', positive)
    .action(async (flags: StateFlags & { readonly drainSeconds?: number }) => {
      const { runUninstall } = await import('../node-agent/run.ts');
      await runUninstall(flags.state, flags.drainSeconds);
    });
}
