/** `sluice rules …`: what is done with rules before they run. */
import { type Command, Option } from 'commander';
import type { RulesTestFlags } from '../rules-test/command.ts';

/** Adds `rules test` to the program. Errors are thrown to the program's own handler. */
export function register(program: Command): void {
  program
    .command('rules')
    .description('work with rules')
    .command('test')
    .description("run rule test files (the Core Rule Set's format) in-process")
    .option('--crs [directory]', 'test the Core Rule Set: the pinned one, or the one in the directory')
    .option('--rules <file...>', 'rule files, in their order; after the CRS where both are given')
    .option('--rules-before <file...>', 'rule files before the CRS, as ruleFiles.before of a policy')
    .option('--tests <path...>', "test files or directories (default with --crs: the CRS's own)")
    .option('--filter <regex>', 'run only stages whose id it finds, such as ^9421')
    .addOption(
      new Option('--evaluation <way>', 'how rules are evaluated; both compares the two')
        .choices(['planned', 'reference', 'both'])
        .default('planned'),
    )
    .addOption(
      new Option(
        '--mode <mode>',
        "a policy's mode (default: as the rule files say; around the CRS that is Detect)",
      ).choices(['Detect', 'Block']),
    )
    .option('--exclusions <file>', 'stages that are known to fail, with reasons')
    .addOption(
      new Option('--paranoia <level>', "the CRS's paranoia level").choices(['1', '2', '3', '4']).default('4'),
    )
    .option('--chunk <bytes>', 'give bodies to the engine in pieces of so many bytes')
    .addOption(
      new Option(
        '--through <proxy>',
        'send the requests through a real Envoy and the real server (with --crs)',
      ).choices(['envoy']),
    )
    .option('--json', 'print the result as JSON')
    .action(async (flags: RulesTestFlags) => {
      const { runRulesTest } = await import('../rules-test/command.ts');
      const { loadEngineFactory } = await import('../rules-test/engine-loader.ts');
      process.exitCode = await runRulesTest(flags, {
        stdout: process.stdout,
        stderr: process.stderr,
        loadEngine: loadEngineFactory,
      });
    });
}
