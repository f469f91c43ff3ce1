/** `sluice serve`: answers Envoy until it is told to stop. */
import { type Command, InvalidArgumentError } from 'commander';

export function register(program: Command): void {
  program
    .command('serve')
    .description("answer Envoy's external authorization with the rules of sluice.yaml")
    .requiredOption('-c, --config <file>', 'configuration (sluice.yaml)')
    .option('--check', 'check the configuration and the rules, and stop')
    .option(
      '--processes <count>',
      'run so many processes, each on sockets with its number: sluice-0.sock, sluice-1.sock, …',
      countOf,
      1,
    )
    .action(async (flags: { readonly config: string; readonly check?: true; readonly processes: number }) => {
      const { runServe } = await import('../serve/run-serve.ts');
      await runServe(flags.config, { check: flags.check === true, processes: flags.processes });
    });
}

const PROCESSES_MAX = 64;

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= PROCESSES_MAX) return count;
  throw new InvalidArgumentError(`a number from 1 to ${PROCESSES_MAX}`);
}
