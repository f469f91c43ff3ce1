import type { Command } from 'commander';

interface TestOptions {
  readonly long?: boolean;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('test')
    .description(
      'check types and style, then run the tests; with patterns, only test files whose path has one',
    )
    .argument('[pattern...]', 'parts of paths of test files')
    .option('--long', 'include tests that take minutes (*.long.test.ts)')
    .option('--json', 'print one JSON object on standard output, everything else on standard error')
    .action(async (patterns: readonly string[], options: TestOptions) => {
      const { runTests } = await import('./test-runners.ts');
      process.exitCode = await runTests({
        patterns,
        long: options.long === true,
        json: options.json === true,
      });
    });
}
