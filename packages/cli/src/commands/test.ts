import { type Command, InvalidArgumentError } from 'commander';

interface TestOptions {
  readonly long?: boolean;
  readonly json?: boolean;
  readonly seconds?: number;
  readonly seed?: number;
}

/** A whole number of at least 1. */
function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('Give a whole number from 1 to 999999999.');
  return Number(text);
}

export function register(program: Command): void {
  program
    .command('test')
    .description(
      'check types and style, then run the tests; with patterns, only test files whose path has one',
    )
    .argument('[pattern...]', 'parts of paths of test files')
    .option('--long', 'include tests that take minutes (*.long.test.ts)')
    .option('--seconds <n>', 'with --long: how long its tests take in all, about (3600)', positive)
    .option('--seed <n>', 'with --long: repeat a run with the seed that it printed', positive)
    .option('--json', 'print one JSON object on standard output, everything else on standard error')
    .action(async (patterns: readonly string[], options: TestOptions, command: Command) => {
      if (options.long !== true && (options.seconds !== undefined || options.seed !== undefined))
        command.error('error: --seconds and --seed are for --long', { exitCode: 2 });
      const { runTests } = await import('./test-runners.ts');
      process.exitCode = await runTests({
        patterns,
        long: options.long === true,
        json: options.json === true,
        ...(options.seconds === undefined ? {} : { seconds: options.seconds }),
        ...(options.seed === undefined ? {} : { seed: options.seed }),
      });
    });
}
