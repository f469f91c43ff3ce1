/** `sluice bench`: how fast the engine and the server are, beside others and beside what they were. */
import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('bench')
    .description(
      "time the engine beside others, on sample requests or one's own; server through Envoy; gate compares with the baseline",
    )
    .usage('[suite] [options]')
    .argument('[arguments...]', 'suite and options; sluice bench --help tells them')
    // The suites lie outside of this package and read their options themselves.
    .helpOption(false)
    .allowUnknownOption()
    .action(async (_: readonly string[], __: unknown, command: Command) => {
      const { runBench } = await import('../bench/run-bench.ts');
      process.exitCode = await runBench(command.args);
    });
}
