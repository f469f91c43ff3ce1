/** `sluice promote`: the way of a workload from Detect to Block. */
import type { Command } from 'commander';
import type { EventsEnvironment } from '../events/session.ts';
import type { ShowFlags } from '../promote/show.ts';

const HELP = `
Examples:
  sluice promote shop                                        # what Block would have stopped in seven days, and what of it looks wrong
  sluice promote prod/Deployment/shop --since 2d --hub https://hub.example:9443
  sluice promote shop --json | jq '.exclusions.proposed'

A workload is a policy's name, the owner of pods or a Service, with its namespace in front where names are not unique.
Which store: --store or --hub, else SLUICE_STORE, else where ./sluice demo keeps its events. docs/promote.md has all of it.
Exit status: 0 done, 4 nothing was found, 1 an error, 2 a wrong call.`;

export function register(program: Command): void {
  const promote = program
    .command('promote')
    .description('from Detect to Block: what would be stopped, what should not be, and the move in steps')
    .addHelpText('after', HELP);
  registerShow(promote);
}

const storeOptions = (command: Command): Command =>
  command
    .option('--store <address>', 'sqlite:PATH, http(s)://HUB or elasticsearch:URL')
    .option('--hub <url>', 'the hub that is asked; the same as --store with its address')
    .option('-v, --verbose', 'say which store is asked');

async function environment(): Promise<EventsEnvironment> {
  const { openStore } = await import('../events/open-store.ts');
  const { stdout, stderr, env } = process;
  return { stdout, stderr, variables: env, now: Date.now, open: (address) => openStore(address, env) };
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
