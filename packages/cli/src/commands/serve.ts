/** `sluice serve`: answers Envoy until it is told to stop. */
import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('serve')
    .description("answer Envoy's external authorization with the rules of sluice.yaml")
    .requiredOption('-c, --config <file>', 'configuration (sluice.yaml)')
    .option('--check', 'check the configuration and the rules, and stop')
    .action(async (flags: { readonly config: string; readonly check?: true }) => {
      const { runServe } = await import('../serve/run-serve.ts');
      await runServe(flags.config, flags.check === true);
    });
}
