/** `sluice rules explain`: what a rule does, how it is decided, and who has a say in it. */
import { type Command, InvalidArgumentError } from 'commander';
import type { RulesExplainFlags } from '../rules-explain/command.ts';

const HELP = `
Examples:
  sluice rules explain 942100
  sluice rules explain 10001 --rules exclusions.conf
  sluice rules explain 930120 --json`;

/** Adds to `sluice rules`, which rules.ts makes. */
export function register(program: Command): void {
  program.commands
    .find((command) => command.name() === 'rules')
    ?.command('explain')
    .argument('<id>', 'id of a rule', readId)
    .description('say in words what a rule looks for, how it is decided, and what skips or changes it')
    .option('--crs <directory>', 'the OWASP CRS in this directory instead of the pinned one')
    .option('--no-crs', 'without the OWASP CRS')
    .option('--rules <file>', 'a rule file on top of the others; once for each', collect)
    .option('--json', 'print the facts as JSON')
    .addHelpText('after', HELP)
    .action(async (id: number, flags: RulesExplainFlags) => {
      const { runRulesExplain } = await import('../rules-explain/command.ts');
      process.exitCode = runRulesExplain(id, flags, { stdout: process.stdout, variables: process.env });
    });
}

const collect = (file: string, before: readonly string[] = []): readonly string[] => [...before, file];

function readId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a rule id is a whole number');
}
