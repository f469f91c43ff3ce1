/** `sluice promote`: the way of a workload from Detect to Block. */
import type { Command } from 'commander';
import type { EventsEnvironment } from '../events/session.ts';
import type { ExcludeFlags } from '../promote/exclude.ts';
import type { ExclusionsFlags } from '../promote/exclusions.ts';
import type { MoveFlags, StatusFlags, StopFlags } from '../promote/move/command.ts';
import type { ShowFlags } from '../promote/show.ts';

const HELP = `
Examples:
  sluice promote shop                                        # what Block would have stopped in seven days, and what of it looks wrong
  sluice promote prod/Deployment/shop --since 2d --hub https://hub.example:9443
  sluice promote shop --json | jq '.exclusions.proposed'
  sluice promote exclude shop -c sluice.yaml --owner team-shop --expires 90d --yes
  sluice promote exclusions shop -c sluice.yaml
  sluice promote move shop -c sluice.yaml --route /checkout/* --percent 10,50 --hold 1d
  sluice promote move prod/Deployment/shop --cluster --percent 10,50 --hold 1d --hub https://hub.example:9443
  sluice promote status shop -c sluice.yaml
  sluice promote stop shop -c sluice.yaml --back --confirm shop

A workload is a policy's name, the owner of pods or a Service, with its namespace in front where names are not unique.
Which store: --store or --hub, else SLUICE_STORE, else where ./sluice demo keeps its events. docs/promote.md has all of it.
Exit status: 0 done, 4 nothing was found, 1 an error, 2 a wrong call.`;

export function register(program: Command): void {
  const promote = program
    .command('promote')
    .description('from Detect to Block: what would be stopped, what should not be, and the move in steps')
    .addHelpText('after', HELP);
  registerShow(promote);
  registerExclude(promote);
  registerExclusions(promote);
  registerMove(promote);
  registerStatus(promote);
  registerStop(promote);
}

const storeOptions = (command: Command): Command =>
  command
    .option('--store <address>', 'sqlite:PATH, http(s)://HUB or elasticsearch:URL')
    .option('--hub <url>', 'the hub that is asked; the same as --store with its address')
    .option('-v, --verbose', 'say which store is asked');

const configOptions = (command: Command): Command =>
  storeOptions(command)
    .requiredOption('-c, --config <file>', 'sluice.yaml, whose policy is changed')
    .option('--policy <name>', 'where events of the workload have several')
    .option('--since <time>', 'how far back events are looked at', '7d')
    .option('--no-wait', 'ask no server whether it has taken the file over');

/** @param writes what became of a move is told to the store, which commands that only ask do not need */
async function environment(writes = false): Promise<EventsEnvironment> {
  const { openStore, openStoreToWrite } = await import('../events/open-store.ts');
  const { stdout, stderr, env } = process;
  const open = writes ? openStoreToWrite : openStore;
  return { stdout, stderr, variables: env, now: Date.now, open: (address) => open(address, env) };
}

function registerShow(promote: Command): void {
  storeOptions(promote.command('show <workload>', { isDefault: true }))
    .description(
      'what Block would have stopped, judged, and the exclusions that would clear what looks wrong',
    )
    .option('--since <time>', 'from then on: 7d, 12h, 2026-11-23', '7d')
    .option('--all', 'all groups')
    .option('--json', 'print one JSON object')
    .action(async (workload: string, flags: ShowFlags) => {
      const { runShow } = await import('../promote/show.ts');
      process.exitCode = await runShow(workload, flags, await environment());
    });
}

function registerExclude(promote: Command): void {
  configOptions(promote.command('exclude <workload>'))
    .description('write the exclusions that are proposed into the policy')
    .option('--owner <who>', 'who answers for them')
    .option('--expires <time>', 'from then on they no longer hold: 90d, 2026-12-31')
    .option('--yes', 'write; without it they are shown')
    .option('--json', 'print one JSON object')
    .action(async (workload: string, flags: ExcludeFlags) => {
      const { runExclude } = await import('../promote/exclude.ts');
      process.exitCode = await runExclude(workload, flags, await environment());
    });
}

function registerExclusions(promote: Command): void {
  configOptions(promote.command('exclusions <workload>'))
    .description(
      'the exclusions of the policy: owner, end, SecLang, and requests that they took something from',
    )
    .option('--json', 'print one JSON object')
    .action(async (workload: string, flags: ExclusionsFlags) => {
      const { runExclusions } = await import('../promote/exclusions.ts');
      process.exitCode = await runExclusions(workload, flags, await environment());
    });
}

/** sluice.yaml, or a WAFPolicy of a cluster. */
const groundOptions = (command: Command): Command =>
  command
    .option('-c, --config <file>', 'sluice.yaml, whose policy is changed; the plan is beside it')
    .option('--cluster', 'the policy is a WAFPolicy, NAMESPACE/NAME; the plan is in this folder')
    .option('--kubeconfig <file>', 'which cluster, as whom (KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'of the kubeconfig, instead of the current one')
    .option('--no-wait', 'ask nobody whether the change was taken over');

function registerMove(promote: Command): void {
  groundOptions(storeOptions(promote.command('move <workload>')))
    .option('--policy <name>', 'where events of the workload have several')
    .option('--since <time>', 'how far back events are looked at', '7d')
    .description('move the policy to Block in stages; falls back to Detect where false positives are seen')
    .option('--route <paths...>', 'first at these paths: /checkout, /api/*')
    .option(
      '--percent <numbers>',
      'then for so many of a hundred clients, one stage after the other',
      '10,50',
    )
    .option('--hold <time>', 'how long each stage is looked at', '1h')
    .option('--lag <time>', 'how late events may be', '1m')
    .option('--every <time>', 'time between two looks', '30s')
    .option('--tolerate <number>', 'requests that look like false positives, and are put up with', '0')
    .option('--once', 'look once and end: for whoever calls again')
    .action(async (workload: string, flags: MoveFlags) => {
      const { runMove } = await import('../promote/move/command.ts');
      const over = new AbortController();
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => over.abort());
      process.exitCode = await runMove(workload, flags, {
        ...(await environment(true)),
        signal: over.signal,
      });
    });
}

function registerStatus(promote: Command): void {
  groundOptions(promote.command('status <policy>'))
    .description('where the move of a policy is')
    .option('--json', 'print the plan')
    .action(async (policy: string, flags: StatusFlags) => {
      const { runStatus } = await import('../promote/move/command.ts');
      process.exitCode = runStatus(policy, flags, process);
    });
}

function registerStop(promote: Command): void {
  groundOptions(promote.command('stop <policy>'))
    .description('end the move; the policy stays as it is, or goes back to Detect')
    .option('--back', 'to Detect: nothing is blocked any more')
    .option('--confirm <policy>', 'its name once more, for --back')
    .action(async (policy: string, flags: StopFlags) => {
      const { runStop } = await import('../promote/move/command.ts');
      process.exitCode = await runStop(policy, flags, { stdout: process.stdout, now: Date.now });
    });
}
