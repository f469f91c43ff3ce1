/** `sluice hub`: the events of all nodes in one place. */
import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('hub')
    .description('keep the events of all nodes in one store, and answer queries')
    .requiredOption('-c, --config <file>', 'configuration (hub.yaml)')
    .option('--check', 'check the configuration, and stop')
    .action(async (flags: { readonly config: string; readonly check?: true }) => {
      const { runHub } = await import('../hub/run-hub.ts');
      await runHub(flags.config, { check: flags.check === true });
    });
}
