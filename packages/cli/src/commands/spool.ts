/** `sluice spool …`: what waits on disk. */
import type { Command } from 'commander';

const HELP = `
Examples:
  sluice spool stat /var/lib/sluice/spool
  sluice spool verify /var/lib/sluice/spool --json
  sluice spool cat /var/lib/sluice/spool | jq .document.event.action

DIRECTORY is a spool, or the folder of several (sluice serve --processes). Nothing is changed, and the spool may be in use.
Exit status: 0, 1 damage (verify) or an error, 2 a wrong call. docs/spool.md tells what a spool is.`;

interface SpoolFlags {
  readonly json?: true;
}

export function register(program: Command): void {
  const spool = program.command('spool').description('look at events that wait on disk');
  spool
    .command('stat <directory>')
    .description('tell how much there is, and how far each reader is behind')
    .option('--json', 'print it as JSON')
    .addHelpText('after', HELP)
    .action(async (directory: string, flags: SpoolFlags) => {
      const { runSpoolStat } = await import('../spool/command.ts');
      process.exitCode = await runSpoolStat(directory, flags.json === true, process.stdout);
    });
  spool
    .command('verify <directory>')
    .description('read everything and tell what is damaged')
    .option('--json', 'print it as JSON')
    .addHelpText('after', HELP)
    .action(async (directory: string, flags: SpoolFlags) => {
      const { runSpoolVerify } = await import('../spool/command.ts');
      process.exitCode = await runSpoolVerify(directory, flags.json === true, process.stdout);
    });
  spool
    .command('cat <directory>')
    .description('print all records, the oldest first, a line of JSON each')
    .addHelpText('after', HELP)
    .action(async (directory: string) => {
      const { runSpoolCat } = await import('../spool/command.ts');
      await runSpoolCat(directory, process.stdout);
    });
}
